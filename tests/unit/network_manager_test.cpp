#include "actors/network_manager.hpp"

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

struct fixture : actor_fixture {
  network_manager_actor spawn() {
    return keep(
      network_manager_actor{sys.spawn(network_manager, http.actor())});
  }

  scripted_exchange& on_list() {
    return http.on(http_method::get, target_begins("/networks?"));
  }

  scripted_exchange& on_create() {
    return http.on(http_method::post, "/networks/create");
  }

  scripted_exchange& on_remove(const std::string& id) {
    return http.on(http_method::del, "/networks/" + id);
  }

  static std::string network(const std::string& id, const std::string& name,
                             const std::string& created) {
    return R"({"Id":")" + id + R"(","Name":")" + name
           + R"(","Driver":"bridge","Created":")" + created + R"("})";
  }

  /// The list of the one network "staging-net".
  static std::string only_one() {
    return "[" + network(full_id('a'), "staging-net", "2026-01-01T00:00:00Z")
           + "]";
  }

  static void answer_created(scripted_exchange& x, char id) {
    answer_json(x, 201, R"({"Id":")" + full_id(id) + R"(","Warning":""})");
  }

  static ensure_network ensure(std::string name = "staging-net") {
    return {{}, std::move(name)};
  }

  connect_network connect(uint64_t ticket = 0) {
    connect_network result;
    result.options.ticket = ticket;
    result.network = full_id('a');
    result.container = full_id('c');
    return result;
  }

  scripted_http http{*this};
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(network_manager_tests, fixture)

// -- ensure -------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(an_existing_network_is_found) {
  auto manager = spawn();
  answer_json(on_list(), 200,
              "[" + network(full_id('b'), "xstaging-net", "2025") + ","
                + network(full_id('a'), "staging-net", "2026") + "]");
  auto found = ask<network_info>(manager, ensure());
  BOOST_REQUIRE(found);
  BOOST_TEST(found->id == full_id('a'));
  BOOST_TEST(found->driver == "bridge");
}

BOOST_AUTO_TEST_CASE(an_absent_network_is_created) {
  auto manager = spawn();
  answer_json(on_list(), 200, "[]");
  auto& create = on_create();
  answer_created(create, 'a');
  auto made = request<network_info>(manager, ensure());
  run();
  // Another one may be created at the same time, and shows up by then.
  BOOST_TEST(!made.ready());
  answer_json(on_list(), 200, only_one());
  advance(1s);
  BOOST_TEST(made.value().id == full_id('a'));
  BOOST_TEST(create.request().body.find(R"("Name":"staging-net")")
             != std::string::npos);
}

BOOST_AUTO_TEST_CASE(concurrent_ensures_of_one_name_share_a_look_up) {
  auto manager = spawn();
  auto& list = on_list();
  std::vector<pending<network_info>> answers;
  for (int i = 0; i < 20; ++i)
    answers.push_back(request<network_info>(manager, ensure()));
  run();
  answer_json(list, 200, only_one());
  run();
  BOOST_TEST(http.log().size() == 1u);
  for (auto& x : answers)
    BOOST_TEST(x.value().id == full_id('a'));
}

BOOST_AUTO_TEST_CASE(ensures_of_different_names_go_side_by_side) {
  auto manager = spawn();
  auto& first = on_list();
  auto& second = on_list();
  auto one = request<network_info>(manager, ensure("one"));
  auto two = request<network_info>(manager, ensure("two"));
  run();
  BOOST_TEST(second.asked());
  answer_json(second, 200, "[" + network(full_id('2'), "two", "2026") + "]");
  run();
  BOOST_TEST(two.value().id == full_id('2'));
  BOOST_TEST(!one.ready());
  answer_json(first, 200, "[" + network(full_id('1'), "one", "2026") + "]");
  run();
  BOOST_TEST(one.value().id == full_id('1'));
}

BOOST_AUTO_TEST_CASE(a_later_ensure_looks_again) {
  auto manager = spawn();
  answer_json(on_list(), 200, only_one());
  BOOST_CHECK(ask<network_info>(manager, ensure()));
  answer_json(on_list(), 200, only_one());
  BOOST_CHECK(ask<network_info>(manager, ensure()));
}

BOOST_AUTO_TEST_CASE(who_loses_the_race_to_create_takes_the_winners) {
  auto manager = spawn();
  answer_json(on_list(), 200, "[]");
  answer_error(on_create(), 409,
               "network with name staging-net already exists");
  answer_json(on_list(), 200, only_one());
  auto found = ask<network_info>(manager, ensure());
  BOOST_REQUIRE(found);
  BOOST_TEST(found->id == full_id('a'));
}

BOOST_AUTO_TEST_CASE(of_twenty_networks_created_at_once_the_oldest_is_kept) {
  auto manager = spawn();
  answer_json(on_list(), 200, "[]");
  answer_created(on_create(), 'a');
  std::string list;
  std::vector<scripted_exchange*> removals;
  for (int i = 0; i < 20; ++i) {
    // The oldest is in the middle, and has the shorter fraction.
    auto id = std::string(62, 'e') + std::to_string(10 + i);
    auto created = i == 7 ? "2026-01-01T00:00:00.1Z"
                          : "2026-01-01T00:00:00.12" + std::to_string(i) + "Z";
    list += (i == 0 ? "" : ",") + network(id, "staging-net", created);
    if (i != 7)
      removals.push_back(&on_remove(id));
  }
  answer_json(on_list(), 200, "[" + list + "]");
  auto kept = request<network_info>(manager, ensure());
  advance(1s);
  BOOST_TEST(kept.value().id == std::string(62, 'e') + "17");
  for (auto* x : removals)
    BOOST_TEST(x->asked());
  removals[0]->answer(204);
  answer_error(*removals[1], 403, "network has active endpoints");
  removals[2]->fail(errc::connection_lost);
  run();
  answer_json(on_list(), 200, only_one());
  BOOST_CHECK(ask<network_info>(manager, ensure()));
}

BOOST_AUTO_TEST_CASE(duplicates_that_were_there_before_are_left_alone) {
  auto manager = spawn();
  answer_json(on_list(), 200,
              "[" + network(full_id('b'), "staging-net", "2026-02") + ","
                + network(full_id('a'), "staging-net", "2026-01") + "]");
  auto found = ask<network_info>(manager, ensure());
  BOOST_REQUIRE(found);
  BOOST_TEST(found->id == full_id('a'));
  BOOST_TEST(http.log().size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_failed_creation_reaches_all_who_wait) {
  auto manager = spawn();
  answer_json(on_list(), 200, "[]");
  auto& create = on_create();
  auto one = request<network_info>(manager, ensure());
  auto two = request<network_info>(manager, ensure());
  run();
  answer_error(create, 404,
               "could not find an available, non-overlapping IPv4 address "
               "pool among the defaults to assign to the network");
  run();
  for (const auto* x : {&one, &two}) {
    BOOST_TEST((code_of(x->error()) == errc::rejected));
    BOOST_TEST(failure_of(x->error()).object == "staging-net");
  }
}

BOOST_AUTO_TEST_CASE(a_failed_look_up_reaches_all_who_wait) {
  auto manager = spawn();
  auto& list = on_list();
  auto one = request<network_info>(manager, ensure());
  auto two = request<network_info>(manager, ensure());
  run();
  list.fail(errc::connection_lost);
  run();
  BOOST_TEST((code_of(one.error()) == errc::connection_lost));
  BOOST_TEST((code_of(two.error()) == errc::connection_lost));
  answer_json(on_list(), 200, only_one());
  BOOST_CHECK(ask<network_info>(manager, ensure()));
}

BOOST_AUTO_TEST_CASE(a_network_that_vanishes_at_once_is_an_error) {
  auto manager = spawn();
  answer_json(on_list(), 200, "[]");
  answer_created(on_create(), 'a');
  answer_json(on_list(), 200, "[]");
  auto answer = request<network_info>(manager, ensure());
  advance(1s);
  BOOST_TEST((code_of(answer.error()) == errc::not_found));
}

BOOST_AUTO_TEST_CASE(a_bad_name_is_refused_without_asking) {
  auto manager = spawn();
  auto answer = ask<network_info>(manager, ensure("../info"));
  BOOST_REQUIRE(!answer);
  BOOST_TEST((code_of(answer.error()) == errc::invalid_argument));
}

BOOST_AUTO_TEST_CASE(after_an_engines_replacement_the_version_is_agreed_again) {
  auto manager = spawn();
  answer_error(on_list(), 400,
               "client version 1.41 is too old. Minimum supported API version "
               "is 1.44, please upgrade your client to a newer version");
  http.on_ping(engine_info{.api_version = "1.44"});
  auto answer = ask<network_info>(manager, ensure());
  BOOST_REQUIRE(!answer);
  BOOST_TEST((code_of(answer.error()) == errc::version_mismatch));
  BOOST_TEST(is_transient(answer.error()));
}

// -- find ---------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_network_is_found) {
  auto manager = spawn();
  answer_json(on_list(), 200, only_one());
  auto found = ask<network_info>(manager, find_network{{}, "staging-net"});
  BOOST_REQUIRE(found);
  BOOST_TEST(found->id == full_id('a'));
}

BOOST_AUTO_TEST_CASE(a_network_that_is_not_found_is_not_created) {
  auto manager = spawn();
  answer_json(on_list(), 200, "[]");
  auto answer = ask<network_info>(manager, find_network{{}, "staging-net"});
  BOOST_REQUIRE(!answer);
  BOOST_TEST((code_of(answer.error()) == errc::not_found));
  BOOST_TEST(http.log().size() == 1u);
}

// -- who waits ----------------------------------------------------------------

BOOST_AUTO_TEST_CASE(one_who_waits_cancels_and_the_others_go_on) {
  auto manager = spawn();
  auto& list = on_list();
  auto mine = ensure();
  mine.options.ticket = 4;
  auto one = request<network_info>(manager, mine);
  auto two = request<network_info>(manager, mine);
  run();
  caf::send_as(one.asker(), manager, cancel{4});
  run();
  BOOST_TEST((code_of(one.error()) == errc::cancelled));
  BOOST_TEST(failure_of(one.error()).object == "staging-net");
  BOOST_TEST(!two.ready());
  answer_json(list, 200, only_one());
  run();
  BOOST_TEST(two.value().id == full_id('a'));
}

BOOST_AUTO_TEST_CASE(each_who_waits_has_a_deadline_of_its_own) {
  auto manager = spawn();
  auto& list = on_list();
  auto hasty = ensure();
  hasty.options.timeout = 2s;
  auto one = request<network_info>(manager, hasty);
  auto two = request<network_info>(manager, ensure());
  advance(1999ms);
  BOOST_TEST(!one.ready());
  advance(1ms);
  BOOST_TEST((code_of(one.error()) == errc::timed_out));
  BOOST_TEST(!two.ready());
  answer_json(list, 200, only_one());
  run();
  BOOST_TEST(two.value().id == full_id('a'));
}

BOOST_AUTO_TEST_CASE(a_deadline_after_the_answer_does_nothing) {
  auto manager = spawn();
  answer_json(on_list(), 200, only_one());
  auto patient = ensure();
  patient.options.timeout = 2s;
  BOOST_CHECK(ask<network_info>(manager, patient));
  advance(1h);
  answer_json(on_list(), 200, only_one());
  BOOST_CHECK(ask<network_info>(manager, ensure()));
}

BOOST_AUTO_TEST_CASE(all_who_wait_are_told_when_it_ends) {
  auto manager = spawn();
  on_list();
  http.on(http_method::post, target_begins("/networks/"));
  auto one = request<network_info>(manager, ensure());
  auto two = request<done>(manager, connect());
  run();
  kill(manager);
  BOOST_TEST((code_of(one.error()) == errc::service_restarted));
  BOOST_TEST((code_of(two.error()) == errc::service_restarted));
}

// -- connect ------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_container_is_connected) {
  auto manager = spawn();
  http.on(http_method::post, "/networks/" + full_id('a') + "/connect")
    .answer(200);
  BOOST_CHECK(ask<done>(manager, connect()));
}

BOOST_AUTO_TEST_CASE(a_container_that_is_connected_already_is_fine) {
  auto manager = spawn();
  answer_error(http.on(http_method::post, target_begins("/networks/")), 403,
               "endpoint with name web already exists in network staging-net");
  BOOST_CHECK(ask<done>(manager, connect()));
}

BOOST_AUTO_TEST_CASE(a_connect_can_be_cancelled) {
  auto manager = spawn();
  auto& slow = http.on(http_method::post, target_begins("/networks/"));
  auto answer = request<done>(manager, connect(3));
  run();
  caf::send_as(answer.asker(), manager, cancel{3});
  run();
  BOOST_TEST(slow.cancelled());
  BOOST_TEST((code_of(answer.error()) == errc::cancelled));
}

BOOST_AUTO_TEST_CASE(an_asker_that_dies_cancels_its_calls) {
  auto manager = spawn();
  auto& slow = http.on(http_method::post, target_begins("/networks/"));
  auto answer = request<done>(manager, connect());
  run();
  kill(answer.asker());
  BOOST_TEST(slow.cancelled());
}

BOOST_AUTO_TEST_SUITE_END()
