#include "actors/proxy_link.hpp"

#include "messages/error.hpp"
#include "tests/support/actor_fixture.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

using namespace dw;
using namespace dw::test;
using namespace std::chrono_literals;

namespace {

using host_list = std::vector<proxy_host>;

struct fixture : actor_fixture {
  fixture() : aut{keep(sys.spawn(proxy_link))} {
    // nop
  }

  // A proxy that a controller lends, and that may keep its askers waiting.
  lent_proxy_actor make_lender(const std::string& name, bool answers = true) {
    auto host = [](int64_t id) {
      proxy_host result;
      result.id = id;
      return result;
    };
    auto see
      = [=, this](lent_proxy_actor::pointer me, const node_pass& pass,
                  const auto& x, auto answer) -> caf::result<decltype(answer)> {
      asked.push_back(name + " with " + pass.value.reveal());
      tickets.push_back(x.options.ticket);
      if (answers)
        return answer;
      return me->make_response_promise<decltype(answer)>();
    };
    return keep(sys.spawn(
      [=](lent_proxy_actor::pointer me) -> lent_proxy_actor::behavior_type {
        return {
          [=](const node_pass& pass, const list_proxy_hosts& x) {
            return see(me, pass, x, host_list{host(1)});
          },
          [=](const node_pass& pass, const update_proxy_host& x) {
            return see(me, pass, x, host(x.id));
          },
          [=](const node_pass& pass, const delete_proxy_host& x) {
            return see(me, pass, x, done{});
          },
          [=](const node_pass& pass, const disable_proxy_host& x) {
            return see(me, pass, x, done{});
          },
          [=](const node_pass& pass, const set_route& x) {
            return see(me, pass, x, route_result{{{7, true, {}}}});
          },
          [=](const node_pass& pass, const revert_route& x) {
            return see(me, pass, x, done{});
          },
        };
      }));
  }

  lent_proxy_actor lend(const std::string& name, bool answers = true) {
    auto lender = make_lender(name, answers);
    caf::anon_send(aut, lend_proxy{lender, {secret{name + "'s pass"}}, name});
    run();
    return lender;
  }

  template <class T, class Request>
  errc code_of_asking(const Request& x) {
    auto answer = ask<T>(aut, x);
    return answer ? errc{} : code_of(answer.error());
  }

  proxy_link_impl aut;
  std::vector<std::string> asked;
  std::vector<uint64_t> tickets;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(a_proxy_link, fixture)

BOOST_AUTO_TEST_CASE(says_who_is_missing_while_no_proxy_is_lent) {
  auto answer = ask<route_result>(aut, set_route{});
  BOOST_REQUIRE(!answer);
  BOOST_CHECK(code_of(answer.error()) == errc::connection_refused);
  BOOST_TEST(is_transient(answer.error()));
  BOOST_TEST(render(answer.error()).find("controller") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(has_the_lender_do_what_deploys_need) {
  lend("anna");
  BOOST_TEST(ask<host_list>(aut, list_proxy_hosts{})->size() == 1u);
  update_proxy_host update;
  update.id = 5;
  update.options.ticket = 77;
  BOOST_TEST(ask<proxy_host>(aut, update)->id == 5);
  BOOST_CHECK(ask<done>(aut, delete_proxy_host{}));
  BOOST_CHECK(ask<done>(aut, disable_proxy_host{}));
  BOOST_TEST(ask<route_result>(aut, set_route{})->changes[0].host_id == 7);
  BOOST_CHECK(ask<done>(aut, revert_route{}));
  BOOST_TEST(asked == std::vector<std::string>(6, "anna with anna's pass"),
             boost::test_tools::per_element());
  // The asker's ticket means nothing to others.
  BOOST_TEST(tickets == std::vector<uint64_t>(6, 0),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(refuses_what_no_deploy_needs) {
  lend("anna");
  BOOST_CHECK(code_of_asking<proxy_info>(ping_proxy{}) == errc::rejected);
  BOOST_CHECK(code_of_asking<proxy_host>(create_proxy_host{})
              == errc::rejected);
  BOOST_CHECK(code_of_asking<proxy_host>(read_proxy_host{}) == errc::rejected);
  BOOST_CHECK(code_of_asking<proxy_host>(find_proxy_host{}) == errc::rejected);
  BOOST_CHECK(code_of_asking<done>(enable_proxy_host{}) == errc::rejected);
  BOOST_TEST(asked.empty());
}

BOOST_AUTO_TEST_CASE(uses_the_proxy_that_was_lent_last) {
  lend("anna");
  lend("bob");
  BOOST_CHECK(ask<done>(aut, revert_route{}));
  BOOST_TEST(asked.back() == "bob with bob's pass");
}

BOOST_AUTO_TEST_CASE(does_not_mind_the_end_of_a_former_lender) {
  auto anna = lend("anna");
  lend("bob");
  kill(anna);
  BOOST_CHECK(ask<done>(aut, revert_route{}));
}

BOOST_AUTO_TEST_CASE(fails_what_waits_when_the_lender_is_gone) {
  auto lender = lend("anna", false);
  auto answer = request<route_result>(aut, set_route{});
  run();
  BOOST_REQUIRE(!answer.ready());
  kill(lender);
  BOOST_CHECK(code_of(answer.error()) == errc::connection_lost);
  BOOST_TEST(is_outcome_unknown(answer.error()));
  BOOST_CHECK(code_of_asking<done>(revert_route{}) == errc::connection_refused);
}

BOOST_AUTO_TEST_CASE(waits_a_little_longer_than_the_request_may_take) {
  lend("anna", false);
  set_route x;
  x.options.timeout = 10s;
  auto answer = request<route_result>(aut, x);
  run();
  advance(14s);
  BOOST_TEST(!answer.ready());
  advance(1s);
  BOOST_CHECK(code_of(answer.error()) == errc::timed_out);
}

BOOST_AUTO_TEST_CASE(a_request_without_a_time_ends_as_well) {
  lend("anna", false);
  auto answer = request<host_list>(aut, list_proxy_hosts{});
  run();
  advance(65s);
  BOOST_CHECK(code_of(answer.error()) == errc::timed_out);
}

BOOST_AUTO_TEST_CASE(ends_with_what_is_under_way) {
  lend("anna", false);
  auto answer = request<route_result>(aut, set_route{});
  run();
  kill(aut);
  BOOST_CHECK(code_of(answer.error()) == errc::connection_lost);
}

BOOST_AUTO_TEST_CASE(survives_stray_messages) {
  auto stray = caf::actor_cast<caf::actor>(aut);
  caf::anon_send(stray, caf::make_error(caf::sec::runtime_error));
  lend("anna");
  BOOST_CHECK(ask<done>(aut, revert_route{}));
}

BOOST_AUTO_TEST_SUITE_END()
