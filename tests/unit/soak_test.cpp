// The time after the switch in which a deploy can still be taken back.

#include "tests/support/deployment_fixture.hpp"

#include <boost/test/unit_test.hpp>

using namespace dw;
using namespace dw::test;
using namespace std::chrono_literals;

namespace {

/// Container 1 of tag 1 serves, and container 2 of tag 2 has just taken over.
struct fixture : deployment_fixture {
  void soak(fake_app app = {}) {
    publish("1");
    publish("2", std::move(app));
    deploy("1");
    auto spec = make_spec("2");
    spec.soak = 10s;
    // The soak does not count.
    spec.timeout = 5s;
    worker = begin({stage_action::deploy, spec, {}, false});
    advance(1s); // the proxy changes its workers
    BOOST_REQUIRE(phases().back() == "soaking");
    BOOST_REQUIRE(serving() == 2);
  }

  void check_taken_back(errc code) {
    BOOST_TEST(serving() == 1); // before anything else
    finish();
    BOOST_TEST((report->outcome == deploy_outcome::failed));
    BOOST_TEST((report->phase == deploy_phase::soaking));
    BOOST_TEST((code_of(report->error) == code));
    BOOST_TEST(failure_of(report->error).log_tail == "listening on 8080");
    check_old_remains();
  }

  void check_old_remains() {
    BOOST_TEST(report->leftovers.size() == 0u);
    BOOST_TEST(serving() == 1);
    BOOST_TEST(world.engine().containers().size() == 1u);
    BOOST_TEST(container(1).is_running());
    BOOST_TEST(world.count("stop #1") == 0u);
  }

  void end_new_one() {
    container(2).info.state = container_state::exited;
    container(2).info.exit_code = 3;
    world.tell(engine_event_kind::die, 2);
    run();
  }

  deployment_actor worker;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(soak_tests, fixture)

// Before it soaks, visitors are sent to it as well.
BOOST_AUTO_TEST_CASE(one_that_fails_its_verification_finishes_its_requests) {
  publish("1");
  publish("2");
  deploy("1");
  world.inject(
    {"visit", fault_kind::refuse, make_error(errc::timed_out), 0, for_ever});
  auto spec = make_spec("2");
  spec.timeout = 5s;
  worker = begin({stage_action::deploy, spec, {}, false});
  for (auto i = 0; i < 100 && phases().back() != "undoing"; ++i)
    advance(100ms);
  BOOST_TEST_REQUIRE(phases().back() == "undoing");
  BOOST_TEST(serving() == 1);
  advance(900ms);
  BOOST_TEST(container(2).is_running());
  advance(100ms);
  BOOST_TEST(world.count("stop #2") == 1u);
  finish();
  check_old_remains();
}

BOOST_AUTO_TEST_CASE(what_keeps_well_has_succeeded_when_it_ends) {
  soak();
  advance(9s);
  BOOST_TEST(phases().back() == "soaking");
  BOOST_TEST(container(1).is_running());
  advance(1s);
  BOOST_TEST(phases().back() == "draining");
  finish();
  BOOST_TEST((report->outcome == deploy_outcome::deployed));
  BOOST_TEST(serving() == 2);
  BOOST_TEST(!container(1).is_running());
  // The drain counts from the switch.
  BOOST_TEST((report->elapsed == 30s));
}

BOOST_AUTO_TEST_CASE(one_that_ends_gives_the_route_back_at_once) {
  soak();
  advance(2s);
  end_new_one();
  check_taken_back(errc::container_failed);
  BOOST_TEST(failure_of(report->error).reply == "it ended with exit code 3");
}

BOOST_AUTO_TEST_CASE(its_end_is_seen_even_if_the_event_is_lost) {
  soak();
  container(2).info.state = container_state::exited;
  advance(1s);
  check_taken_back(errc::container_failed);
}

BOOST_AUTO_TEST_CASE(one_that_gets_unhealthy_gives_the_route_back) {
  soak({.has_check = true});
  container(2).info.health = health_status::unhealthy;
  world.tell(engine_event_kind::unhealthy, 2);
  run();
  check_taken_back(errc::unhealthy);
}

BOOST_AUTO_TEST_CASE(one_whose_path_fails_three_times_gives_the_route_back) {
  soak();
  container(2).app.status = 500;
  advance(2s);
  BOOST_TEST(phases().back() == "soaking");
  advance(1s);
  check_taken_back(errc::unhealthy);
  BOOST_TEST(failure_of(report->error).reply
             == "GET /health failed 3 times: HTTP status 500");
}

BOOST_AUTO_TEST_CASE(a_path_that_fails_now_and_then_does_not_count) {
  soak();
  for (int i = 0; i < 4; ++i) {
    container(2).app.status = i % 2 == 0 ? 500 : 200;
    advance(2s);
  }
  BOOST_TEST(phases().back() == "soaking");
  BOOST_TEST(serving() == 2);
}

BOOST_AUTO_TEST_CASE(one_that_the_engine_starts_anew_gives_the_route_back) {
  soak();
  container(2).info.started = "2026-01-01T00:00:00Z";
  world.tell(engine_event_kind::start, 2);
  run();
  check_taken_back(errc::container_failed);
  BOOST_TEST(failure_of(report->error).reply == "it was started anew");
}

BOOST_AUTO_TEST_CASE(an_engine_that_does_not_answer_says_nothing_about_it) {
  soak();
  world.inject({.call = "inspect #2",
                .error = make_error(errc::connection_refused),
                .times = 12});
  advance(11s);
  BOOST_TEST(phases().back() == "soaking");
  advance(2s);
  BOOST_TEST(phases().back() == "draining");
}

BOOST_AUTO_TEST_CASE(cancelled_while_it_soaks_the_old_one_serves_again) {
  soak();
  caf::anon_send(worker, cancel{});
  run();
  BOOST_TEST(serving() == 1);
  // Visitors are still being answered.
  BOOST_TEST(container(2).is_running());
  finish();
  BOOST_TEST((report->outcome == deploy_outcome::cancelled));
  BOOST_TEST(world.count("stop #2") == 1u);
  check_old_remains();
}

BOOST_AUTO_TEST_CASE(without_anything_to_go_back_to_there_is_no_soak) {
  publish("1");
  auto spec = make_spec("1");
  spec.soak = 10s;
  run_work({stage_action::deploy, spec, {}, false});
  BOOST_TEST((report->outcome == deploy_outcome::deployed));
  BOOST_TEST((report->elapsed < 1s));
}

BOOST_AUTO_TEST_SUITE_END()
