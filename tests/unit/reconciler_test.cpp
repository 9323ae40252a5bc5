#include "actors/reconciler.hpp"

#include "actors/deploy_supervisor.hpp"
#include "messages/naming.hpp"
#include "tests/support/deployment_fixture.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <boost/test/unit_test.hpp>

using namespace dw;
using namespace dw::test;
using namespace std::chrono_literals;

namespace {

using text = std::vector<std::string>;

/// A stage whose tag 1 serves, and a reconciler that has checked it once.
struct fixture : deployment_fixture {
  fixture() {
    publish("1");
    publish("2");
    deploy("1");
    supervisor = keep(
      sys.spawn(deploy_supervisor, world.handles(), supervisor_policy{}));
    aut = keep(sys.spawn(reconciler, world.handles(), supervisor,
                         worker_actor{supervisor}, reconciler_policy{}));
    auto listener
      = keep(sys.spawn([this]() -> drift_listener_actor::behavior_type {
          return {[this](const drift_event& x) {
            told.push_back(to_string(x.state) + " " + to_string(x.what.kind));
          }};
        }));
    ask<done>(aut, drift_listener_actor{listener});
    look_after_it(drift_policy::repair);
    advance(0s);
  }

  void look_after_it(drift_policy policy) {
    auto spec = make_spec("1");
    spec.drift = policy;
    caf::anon_send(aut, look_after{{spec}, 5min});
    run();
  }

  size_t checks() {
    return world.count("list_containers");
  }

  void restart_container() {
    world.engine().restart(container(1).info.id);
    world.tell(engine_event_kind::die, 1);
    world.tell(engine_event_kind::start, 1);
    run();
  }

  void edit_host() {
    world.proxy().hosts().front().target = {"http", "10.0.0.9", 80};
  }

  void end_container() {
    container(1).info.state = container_state::exited;
    container(1).host_port = 0;
  }

  text drift() {
    text result;
    auto found = *ask<std::vector<dw::drift>>(aut, list_drift{});
    for (const auto& x : found)
      result.push_back(to_string(x.kind));
    return result;
  }

  void check_told(const text& expected) {
    BOOST_TEST(told == expected, boost::test_tools::per_element());
    told.clear();
  }

  deploy_supervisor_impl supervisor;
  reconciler_impl aut;
  text told;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(reconciler_tests, fixture)

BOOST_AUTO_TEST_CASE(it_checks_at_once_and_finds_nothing) {
  BOOST_TEST(checks() > 0u);
  advance(1min);
  check_told({});
  BOOST_TEST(drift() == text{}, boost::test_tools::per_element());
  BOOST_TEST(world.count("set_route") == 1u); // the deploy's
}

BOOST_AUTO_TEST_CASE(a_route_follows_a_container_that_was_restarted) {
  restart_container();
  advance(500ms);
  BOOST_TEST(serving() == 1);
  advance(1s);
  check_told({"found wrong_target", "gone wrong_target"});
  BOOST_TEST(drift() == text{}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_list_that_does_not_have_an_end_yet_is_read_again) {
  world.tell(engine_event_kind::die, 1);
  advance(10s);
  check_told({});
  end_container();
  advance(2s);
  BOOST_TEST(drift() == text{"not_running"}, boost::test_tools::per_element());
  auto before = checks();
  advance(1min);
  BOOST_TEST(checks() == before);
}

BOOST_AUTO_TEST_CASE(what_is_only_to_be_reported_is_left_alone) {
  look_after_it(drift_policy::report);
  restart_container();
  advance(10min);
  BOOST_TEST(serving() == 0);
  check_told({"found wrong_target"});
  BOOST_TEST(drift() == text{"wrong_target"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(what_is_not_to_be_looked_after_is_not_looked_at) {
  restart_container();
  look_after_it(drift_policy::off);
  advance(10min);
  check_told({});
  BOOST_TEST(drift() == text{}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(it_finds_now_and_then_what_nobody_tells) {
  advance(1s);
  edit_host();
  advance(4min);
  check_told({});
  advance(1min);
  check_told({"found wrong_target", "gone wrong_target"});
  BOOST_TEST(serving() == 1);
}

BOOST_AUTO_TEST_CASE(a_reconnect_of_the_events_is_followed_by_a_check) {
  advance(1s);
  edit_host();
  world.tell(engine_event_kind::resync, 1);
  advance(1s);
  BOOST_TEST(serving() == 1);
}

BOOST_AUTO_TEST_CASE(many_events_make_for_one_check) {
  advance(1s);
  auto before = checks();
  for (int i = 0; i < 100; ++i) {
    world.tell(engine_event_kind::start, 1);
    run();
  }
  advance(10s);
  BOOST_TEST(checks() == before + 1);
}

BOOST_AUTO_TEST_CASE(an_event_during_a_check_makes_for_another_one) {
  advance(1s);
  auto before = checks();
  world.inject({.call = "list_hosts", .kind = fault_kind::hold});
  world.tell(engine_event_kind::start, 1);
  advance(100ms);
  BOOST_REQUIRE(world.is_holding());
  for (int i = 0; i < 100; ++i)
    world.tell(engine_event_kind::start, 1);
  run();
  world.release();
  advance(10s);
  BOOST_TEST(checks() == before + 2);
}

BOOST_AUTO_TEST_CASE(a_check_that_fails_is_repeated) {
  advance(1s);
  world.inject({.call = "list_hosts", .error = make_error(errc::unauthorized)});
  edit_host();
  world.tell(engine_event_kind::start, 1);
  advance(1s);
  BOOST_TEST(serving() == 0);
  advance(5s);
  BOOST_TEST(serving() == 1);
}

BOOST_AUTO_TEST_CASE(a_stage_with_work_to_do_is_left_alone_until_that_ends) {
  advance(1s);
  world.inject({.call = "pull", .kind = fault_kind::hold});
  auto deploy = request<deploy_report>(
    supervisor, submit_work{stage_action::deploy, make_spec("2")});
  run();
  auto before = checks();
  restart_container();
  advance(1min);
  BOOST_TEST(checks() == before);
  advance(5min); // the full check, too, leaves it out
  BOOST_TEST(checks() == before + 1);
  check_told({});
  BOOST_TEST(serving() == 0);
  world.release();
  advance(1h);
  BOOST_TEST((deploy.value().outcome == deploy_outcome::deployed));
  BOOST_TEST(serving() == 2);
  check_told({});
}

BOOST_AUTO_TEST_CASE(after_work_that_has_failed_its_stage_is_checked) {
  advance(1s);
  world.inject({.call = "pull", .kind = fault_kind::hold});
  auto deploy = request<deploy_report>(
    supervisor, submit_work{stage_action::deploy, make_spec("2")});
  run();
  restart_container();
  caf::anon_send(supervisor, cancel_work{});
  advance(1s);
  BOOST_TEST((deploy.value().outcome == deploy_outcome::cancelled));
  BOOST_TEST(serving() == 1);
}

BOOST_AUTO_TEST_CASE(a_container_that_ends_is_given_time_to_start_again) {
  advance(1s);
  end_container();
  world.tell(engine_event_kind::die, 1);
  advance(900ms);
  check_told({});
  advance(1s);
  check_told({"found not_running", "found wrong_target", "gone wrong_target"});
  BOOST_TEST((world.proxy().find("shop.test")->target == nowhere()));
  // And back.
  world.engine().start(container(1).info.id);
  world.tell(engine_event_kind::start, 1);
  advance(1s);
  BOOST_TEST(serving() == 1);
  check_told({"gone not_running", "found wrong_target", "gone wrong_target"});
}

BOOST_AUTO_TEST_CASE(a_deleted_container_is_reported) {
  advance(1s);
  world.tell(engine_event_kind::destroy, 1);
  world.engine().remove(container(1).info.id, true);
  advance(1s);
  BOOST_TEST(drift() == text{"missing_container"},
             boost::test_tools::per_element());
  BOOST_TEST((world.proxy().find("shop.test")->target == nowhere()));
}

BOOST_AUTO_TEST_CASE(a_deleted_host_is_made_again) {
  advance(1s);
  world.proxy().hosts().clear();
  advance(5min);
  BOOST_TEST(serving() == 1);
}

BOOST_AUTO_TEST_CASE(a_host_deleted_right_after_a_deploy_is_made_again) {
  advance(1s);
  auto deploy = request<deploy_report>(
    supervisor, submit_work{stage_action::deploy, make_spec("2")});
  run();
  while (!deploy.ready())
    advance(10ms);
  world.proxy().hosts().clear();
  advance(5min);
  BOOST_TEST(serving() == 2);
}

BOOST_AUTO_TEST_CASE(a_repair_that_fails_is_told_and_tried_again_later) {
  advance(1s);
  world.inject(
    {.call = "set_route", .error = make_error(errc::unauthorized), .times = 2});
  restart_container();
  advance(4s);
  check_told({"found wrong_target", "not_repaired wrong_target"});
  advance(2s);
  check_told({"not_repaired wrong_target"});
  advance(9s);
  check_told({});
  BOOST_TEST(serving() == 0);
  advance(2s);
  BOOST_TEST(serving() == 1);
  check_told({"gone wrong_target"});
}

BOOST_AUTO_TEST_CASE(two_apps_whose_ports_were_swapped_get_their_own_again) {
  auto other = make_spec("1");
  other.project = "blog";
  other.domains = {"blog.test"};
  run_work({stage_action::deploy, other});
  look_after orders;
  orders.stages = {make_spec("1"), other};
  caf::anon_send(aut, orders);
  advance(1s);
  std::swap(container(1).host_port, container(2).host_port);
  BOOST_TEST(serving("shop.test") == 2);
  world.tell(engine_event_kind::resync, 1);
  advance(1s);
  BOOST_TEST(serving("shop.test") == 1);
  BOOST_TEST(serving("blog.test") == 2);
  check_told(
    {"found wrong_app", "found wrong_app", "gone wrong_app", "gone wrong_app"});
}

BOOST_AUTO_TEST_CASE(new_orders_hold_from_the_next_check_on) {
  look_after_it(drift_policy::report);
  advance(1s);
  restart_container();
  advance(1s);
  BOOST_TEST(serving() == 0);
  look_after_it(drift_policy::repair);
  advance(1s);
  BOOST_TEST(serving() == 1);
}

BOOST_AUTO_TEST_SUITE_END()
