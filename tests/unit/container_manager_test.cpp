#include "actors/container_manager.hpp"

#include "tests/support/actor_fixture.hpp"
#include "tests/support/engine_answers.hpp"
#include "tests/support/scripted_http.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

using namespace dw;
using namespace dw::test;
using namespace std::chrono_literals;

namespace {

template <class Request>
Request about(char container, uint64_t ticket = 0,
              std::chrono::milliseconds timeout = 0ms) {
  Request result;
  result.options = {timeout, ticket};
  result.id = full_id(container);
  return result;
}

constexpr auto start = about<start_container>;
constexpr auto stop = about<stop_container>;

struct fixture : actor_fixture {
  container_manager_actor spawn(size_t parallel_starts = 4) {
    return keep(container_manager_actor{
      sys.spawn(container_manager, http.actor(), parallel_starts)});
  }

  scripted_exchange& on_start(char container) {
    return http.on(http_method::post,
                   "/containers/" + full_id(container) + "/start");
  }

  scripted_exchange& on_stop(char container) {
    return http.on(http_method::post,
                   "/containers/" + full_id(container) + "/stop?t=30");
  }

  /// Ends an exchange and delivers what follows.
  void finish(scripted_exchange& x, int status = 204) {
    x.answer(status);
    run();
  }

  scripted_http http{*this};
};

bool is_cancelled(const caf::error& err) {
  return code_of(err) == errc::cancelled;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(container_manager_tests, fixture)

// -- one call at a time per container -----------------------------------------

BOOST_AUTO_TEST_CASE(calls_on_one_container_follow_each_other) {
  auto manager = spawn();
  auto& starting = on_start('a');
  auto& stopping = on_stop('a');
  auto first = request<done>(manager, start('a', 0, 0ms));
  auto second = request<done>(manager, stop('a', 0, 0ms));
  run();
  BOOST_TEST(starting.asked());
  BOOST_TEST(!stopping.asked());
  finish(starting);
  BOOST_CHECK(first.get());
  BOOST_TEST(stopping.asked());
  BOOST_TEST(!second.ready());
  finish(stopping, 304);
  BOOST_CHECK(second.get());
}

BOOST_AUTO_TEST_CASE(different_containers_do_not_wait_for_each_other) {
  auto manager = spawn();
  auto& one = on_stop('a');
  auto& two = on_stop('b');
  auto first = request<done>(manager, stop('a', 0, 0ms));
  auto second = request<done>(manager, stop('b', 0, 0ms));
  run();
  BOOST_TEST(one.asked());
  BOOST_TEST(two.asked());
  finish(two);
  BOOST_TEST(second.ready());
  BOOST_TEST(!first.ready());
  finish(one);
}

BOOST_AUTO_TEST_CASE(a_failed_call_lets_the_next_one_go) {
  auto manager = spawn();
  auto& starting = on_start('a');
  auto first = request<done>(manager, start('a', 0, 0ms));
  auto second = request<done>(manager, stop('a', 0, 0ms));
  auto third = request<done>(manager, about<remove_container>('a'));
  run();
  answer_error(starting, 500, "oops");
  on_stop('a').fail(errc::connection_lost);
  http.on(http_method::del, "/containers/" + full_id('a') + "?v=1").answer(204);
  run();
  BOOST_TEST((code_of(first.error()) == errc::peer_failed));
  BOOST_TEST((code_of(second.error()) == errc::connection_lost));
  BOOST_CHECK(third.get());
}

BOOST_AUTO_TEST_CASE(a_removal_by_somebody_else_is_waited_for) {
  auto manager = spawn();
  auto& removing
    = http.on(http_method::del, "/containers/" + full_id('a') + "?v=1");
  auto& waiting = http.on(http_method::post, "/containers/" + full_id('a')
                                               + "/wait?condition=removed");
  auto& stopping = on_stop('a');
  auto first = request<done>(manager, about<remove_container>('a', 0, 10s));
  auto second = request<done>(manager, stop('a', 0, 0ms));
  run();
  BOOST_TEST(!waiting.asked());
  advance(4s);
  answer_error(removing, 409,
               "removal of container web is already in progress");
  run();
  BOOST_TEST(waiting.asked());
  BOOST_TEST((waiting.request().deadlines.total == 6s));
  BOOST_TEST(!first.ready());
  BOOST_TEST(!stopping.asked());
  answer_json(waiting, 200, R"({"Error":null,"StatusCode":137})");
  run();
  BOOST_CHECK(first.get());
  answer_error(stopping, 404, "No such container");
  run();
  BOOST_TEST((code_of(second.error()) == errc::not_found));
}

BOOST_AUTO_TEST_CASE(creating_under_one_name_is_serialised) {
  auto manager = spawn();
  create_container what;
  what.spec.name = "dw-shop-live-1";
  what.spec.image = "shop:1";
  auto& one = http.on(http_method::post, target_begins("/containers/create"));
  auto& two = http.on(http_method::post, target_begins("/containers/create"));
  auto first = request<container_created>(manager, what);
  auto second = request<container_created>(manager, what);
  run();
  BOOST_TEST(!two.asked());
  answer_json(one, 201, R"({"Id":")" + full_id('a') + R"(","Warnings":[]})");
  run();
  BOOST_TEST(first.value().id == full_id('a'));
  answer_error(two, 409,
               "Conflict. The container name is already in use by "
               "container");
  run();
  BOOST_TEST((code_of(second.error()) == errc::conflict));
}

BOOST_AUTO_TEST_CASE(a_bad_id_is_refused_at_once) {
  auto manager = spawn();
  stop_container bad;
  bad.id = "../info";
  auto answer = ask<done>(manager, bad);
  BOOST_REQUIRE(!answer);
  BOOST_TEST((code_of(answer.error()) == errc::invalid_argument));
}

// -- admission of starts ------------------------------------------------------

BOOST_AUTO_TEST_CASE(starts_are_admitted_in_the_order_they_came) {
  auto manager = spawn(2);
  std::vector<scripted_exchange*> starting;
  std::vector<pending<done>> answers;
  for (auto x : {'a', 'b', 'c', 'd'}) {
    starting.push_back(&on_start(x));
    answers.push_back(request<done>(manager, start(x, 0, 0ms)));
  }
  run();
  BOOST_TEST(starting[1]->asked());
  BOOST_TEST(!starting[2]->asked());
  finish(*starting[1]);
  BOOST_TEST(starting[2]->asked());
  BOOST_TEST(!starting[3]->asked());
  starting[2]->fail(errc::timed_out);
  run();
  BOOST_TEST(starting[3]->asked());
  finish(*starting[0]);
  finish(*starting[3]);
  BOOST_CHECK(answers[0].get());
  BOOST_CHECK(answers[3].get());
}

BOOST_AUTO_TEST_CASE(restarts_count_as_starts) {
  auto manager = spawn(1);
  auto& starting = on_start('a');
  auto& restarting = http.on(http_method::post,
                             "/containers/" + full_id('b') + "/restart?t=30");
  auto first = request<done>(manager, start('a', 0, 0ms));
  auto second = request<done>(manager, about<restart_container>('b'));
  run();
  BOOST_TEST(!restarting.asked());
  finish(starting);
  BOOST_TEST(restarting.asked());
  finish(restarting);
  BOOST_CHECK(second.get());
}

BOOST_AUTO_TEST_CASE(other_calls_are_not_admitted_in_turn) {
  auto manager = spawn(1);
  auto& starting = on_start('a');
  auto first = request<done>(manager, start('a', 0, 0ms));
  on_stop('b').answer(204);
  BOOST_CHECK(ask<done>(manager, stop('b', 0, 0ms)));
  finish(starting);
}

BOOST_AUTO_TEST_CASE(a_start_that_waits_for_its_container_takes_no_place) {
  auto manager = spawn(1);
  auto& stopping = on_stop('a');
  auto& other = on_start('b');
  auto first = request<done>(manager, stop('a', 0, 0ms));
  auto second = request<done>(manager, start('a', 0, 0ms));
  auto third = request<done>(manager, start('b', 0, 0ms));
  run();
  BOOST_TEST(other.asked());
  finish(other);
  on_start('a').answer(204);
  finish(stopping);
  BOOST_CHECK(second.get());
}

// -- giving up ----------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_call_in_flight_can_be_cancelled) {
  auto manager = spawn();
  auto& stopping = on_stop('a');
  auto answer = request<done>(manager, stop('a', 5, 0ms));
  run();
  caf::send_as(answer.asker(), manager, cancel{5});
  run();
  BOOST_TEST(stopping.cancelled());
  BOOST_TEST(is_cancelled(answer.error()));
  BOOST_TEST(failure_of(answer.error()).operation == "stop container");
  BOOST_TEST(failure_of(answer.error()).object == full_id('a'));
  on_start('a').answer(204);
  BOOST_CHECK(ask<done>(manager, start('a', 0, 0ms)));
}

BOOST_AUTO_TEST_CASE(a_call_that_waits_its_turn_is_cancelled_at_once) {
  auto manager = spawn(1);
  auto& starting = on_start('a');
  auto first = request<done>(manager, start('a', 7, 0ms));
  auto second = request<done>(manager, stop('a', 7, 0ms));
  auto third = request<done>(manager, start('b', 7, 0ms));
  run();
  caf::send_as(second.asker(), manager, cancel{7});
  caf::send_as(third.asker(), manager, cancel{7});
  run();
  BOOST_TEST(is_cancelled(second.error()));
  BOOST_TEST(is_cancelled(third.error()));
  BOOST_TEST(!starting.cancelled());
  finish(starting);
  BOOST_CHECK(first.get());
  // Neither was sent, and neither keeps its place.
  on_start('b').answer(204);
  on_stop('a').answer(204);
  BOOST_CHECK(ask<done>(manager, start('b', 0, 0ms)));
  BOOST_CHECK(ask<done>(manager, stop('a', 0, 0ms)));
}

BOOST_AUTO_TEST_CASE(the_time_in_the_queue_counts_towards_the_deadline) {
  auto manager = spawn();
  auto& starting = on_start('a');
  auto first = request<done>(manager, start('a', 0, 0ms));
  auto second = request<done>(manager, stop('a', 0, 10s));
  auto third = request<done>(manager, about<remove_container>('a', 0, 3s));
  advance(4s);
  auto& stopping = on_stop('a');
  finish(starting);
  BOOST_TEST((stopping.request().deadlines.total == 6s));
  finish(stopping);
  BOOST_CHECK(second.get());
  BOOST_TEST((code_of(third.error()) == errc::timed_out));
}

BOOST_AUTO_TEST_CASE(an_asker_that_dies_cancels_its_calls) {
  auto manager = spawn();
  auto& stopping = on_stop('a');
  auto first = request<done>(manager, stop('a', 0, 0ms));
  auto second = request<done>(manager, start('a', 0, 0ms));
  run();
  kill(second.asker());
  BOOST_TEST(!stopping.cancelled());
  kill(first.asker());
  BOOST_TEST(stopping.cancelled());
}

BOOST_AUTO_TEST_CASE(an_asker_whose_earlier_call_is_done_is_still_watched) {
  auto manager = spawn();
  on_stop('a').answer(204);
  auto& second = on_stop('b');
  auto asker = keep(sys.spawn([=](caf::event_based_actor* me) {
    me->request(manager, caf::infinite, stop('a', 0, 0ms)).then([=](done) {
      me->request(manager, caf::infinite, stop('b', 0, 0ms)).then([](done) {
        BOOST_ERROR("unexpected");
      });
    });
  }));
  run();
  BOOST_TEST(second.asked());
  kill(asker);
  BOOST_TEST(second.cancelled());
}

BOOST_AUTO_TEST_CASE(all_askers_are_told_when_it_ends) {
  auto manager = spawn(1);
  on_start('a');
  http.on(http_method::get, target_begins("/containers/json"));
  http.on(http_method::get, target_begins("/containers/cc"));
  std::vector<pending<done>> answers;
  answers.push_back(request<done>(manager, start('a', 0, 0ms)));
  answers.push_back(request<done>(manager, stop('a', 0, 0ms)));
  answers.push_back(request<done>(manager, start('b', 0, 0ms)));
  auto listed
    = request<std::vector<container_summary>>(manager, list_containers{});
  auto log = request<std::vector<log_line>>(manager, about<read_logs>('c'));
  run();
  kill(manager);
  for (auto& x : answers)
    BOOST_TEST((code_of(x.error()) == errc::service_restarted));
  BOOST_TEST((code_of(listed.error()) == errc::service_restarted));
  BOOST_TEST((code_of(log.error()) == errc::service_restarted));
}

BOOST_AUTO_TEST_CASE(after_an_engines_replacement_the_version_is_agreed_again) {
  auto manager = spawn();
  answer_error(on_start('a'), 400,
               "client version 1.52 is too new. Maximum supported API version "
               "is 1.41");
  http.on_ping(engine_info{.api_version = "1.41"});
  auto answer = ask<done>(manager, start('a', 0, 0ms));
  BOOST_REQUIRE(!answer);
  BOOST_TEST(is_transient(answer.error()));
}

// -- calls that read ----------------------------------------------------------

BOOST_AUTO_TEST_CASE(reading_does_not_wait_for_changing) {
  auto manager = spawn();
  auto& stopping = on_stop('a');
  auto answer = request<done>(manager, stop('a', 0, 0ms));
  answer_json(
    http.on(http_method::get, "/containers/" + full_id('a') + "/json"), 200,
    R"({"Id":")" + full_id('a')
      + R"(","Name":"/web","State":{"Status":"running"},)"
        R"("Config":{},"NetworkSettings":{"Ports":{"80/tcp":)"
        R"([{"HostIp":"127.0.0.1","HostPort":"32768"}]}}})");
  inspect_port what = about<inspect_port>('a');
  what.container_port = 80;
  auto port = ask<port_binding>(manager, what);
  BOOST_REQUIRE(port);
  BOOST_TEST(port->host_port == 32768);
  finish(stopping);
}

BOOST_AUTO_TEST_CASE(a_wait_ends_with_the_container) {
  auto manager = spawn();
  auto& waiting = http.on(http_method::post, "/containers/" + full_id('a')
                                               + "/wait?condition=not-running");
  auto answer = request<container_exit>(manager, about<wait_container>('a'));
  advance(24h);
  BOOST_TEST(!answer.ready());
  answer_json(waiting, 200, R"({"Error":null,"StatusCode":7})");
  run();
  BOOST_TEST(answer.value().status == 7);
}

BOOST_AUTO_TEST_SUITE_END()
