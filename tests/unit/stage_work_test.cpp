// Work on what is there: rollback, start, stop, restart, remove and retire.

#include "actors/drift_plan.hpp"
#include "messages/naming.hpp"
#include "tests/support/deployment_fixture.hpp"
#include "transports/npm_api.hpp"

#include <boost/test/unit_test.hpp>

using namespace dw;
using namespace dw::test;
using namespace std::chrono_literals;

namespace {

using text = std::vector<std::string>;

struct fixture : deployment_fixture {
  fixture() {
    for (const auto* tag : {"1", "2", "3"})
      publish(tag);
  }

  void check_done() {
    BOOST_CHECK_MESSAGE(report->outcome == deploy_outcome::deployed,
                        render(report->error));
    BOOST_TEST(report->leftovers == text{}, boost::test_tools::per_element());
  }

  // The port that the container had may be another app's by now.
  void check_leads_nowhere() {
    BOOST_TEST((world.proxy().find("shop.test")->target == nowhere()));
  }

  // Cancels work while a call that cannot be broken off is under way.
  void cancel_during(const std::string& call, stage_action action) {
    world.inject({call, fault_kind::hold, {}});
    auto worker = begin({action, make_spec("1"), {}, false});
    BOOST_REQUIRE(world.is_holding());
    caf::anon_send(worker, cancel{});
    run();
    world.release();
    finish();
  }

  void check_failed(errc code, const std::string& hint) {
    BOOST_TEST((report->outcome == deploy_outcome::failed));
    BOOST_TEST((code_of(report->error) == code));
    auto why = render(report->error);
    BOOST_TEST(why.find("shop/prod") != std::string::npos, why);
    BOOST_TEST(why.find(hint) != std::string::npos, why);
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(stage_work, fixture)

// -- rollback -----------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_rollback_runs_the_kept_image_and_settings_again) {
  auto spec = make_spec("1");
  spec.env = {{"COLOR", secret{"blue"}}};
  spec.command = {"serve"};
  run_work({stage_action::deploy, spec, {}, false});
  auto image = container(1).info.image_id;
  publish("1"); // the tag moves on
  deploy("2");
  run_action(stage_action::rollback, "2");
  check_done();
  BOOST_TEST(serving() == 3);
  BOOST_TEST(container(3).info.image_id == image);
  BOOST_TEST((container(3).spec.command == text{"serve"}));
  BOOST_TEST(
    (container(3).spec.env.front() == env_entry{"COLOR", secret{"blue"}}));
  BOOST_TEST(report->tag == "1");
  BOOST_TEST(!container(2).is_running());
  BOOST_TEST(!world.engine().find(1)); // beyond the retention
}

BOOST_AUTO_TEST_CASE(a_rollback_goes_to_the_tag_that_is_asked_for) {
  for (const auto* tag : {"1", "2", "3"}) {
    auto spec = make_spec(tag);
    spec.keep = 2;
    run_work({stage_action::deploy, spec, {}, false});
  }
  auto spec = make_spec("3");
  spec.keep = 2;
  run_work({stage_action::rollback, spec, "1", false});
  check_done();
  BOOST_TEST(report->tag == "1");
  BOOST_TEST(serving() == 4);
}

BOOST_AUTO_TEST_CASE(a_rollback_needs_something_to_go_back_to) {
  deploy("1");
  run_action(stage_action::rollback, "1");
  check_failed(errc::not_found, "Set keep");
  deploy("2");
  run_work({stage_action::rollback, make_spec("2"), "9", false});
  check_failed(errc::not_found, "Kept are: 1.");
  BOOST_TEST(serving() == 2);
}

BOOST_AUTO_TEST_CASE(a_rollback_that_fails_changes_nothing) {
  deploy("1");
  deploy("2");
  world.inject({.call = "start #3",
                .error = make_error(errc::container_failed),
                .times = for_ever});
  run_action(stage_action::rollback, "2");
  BOOST_TEST((report->outcome == deploy_outcome::failed));
  BOOST_TEST(serving() == 2);
  BOOST_TEST(container(1).info.name == "dw-shop-prod-1");
  BOOST_TEST(!world.engine().find(3));
}

// -- stop and start -----------------------------------------------------------

BOOST_AUTO_TEST_CASE(what_is_stopped_starts_again_on_its_new_port) {
  deploy("1");
  run_action(stage_action::stop, "1");
  check_done();
  BOOST_TEST(!container(1).is_running());
  check_leads_nowhere();
  run_action(stage_action::start, "1");
  check_done();
  BOOST_TEST(container(1).is_running());
  BOOST_TEST(serving() == 1);
}

BOOST_AUTO_TEST_CASE(a_start_that_fails_stops_it_again) {
  deploy("1");
  run_action(stage_action::stop, "1");
  container(1).app.status = 500;
  run_action(stage_action::start, "1");
  BOOST_TEST((report->outcome == deploy_outcome::failed));
  BOOST_TEST((report->phase == deploy_phase::gating));
  BOOST_TEST(!container(1).is_running());
  check_leads_nowhere();
}

BOOST_AUTO_TEST_CASE(a_start_that_fails_late_leads_nowhere_again) {
  deploy("1");
  run_action(stage_action::stop, "1");
  world.inject({.call = "visit shop.test",
                .error = make_error(errc::connection_refused),
                .times = for_ever});
  run_action(stage_action::start, "1");
  BOOST_TEST((report->phase == deploy_phase::verifying));
  BOOST_TEST(!container(1).is_running());
  check_leads_nowhere();
}

BOOST_AUTO_TEST_CASE(a_stop_tells_where_the_route_leads_before_it_stops) {
  deploy("1");
  run_action(stage_action::stop, "1");
  BOOST_TEST(phases() == (text{"preparing", "routing", "retiring", "finished"}),
             boost::test_tools::per_element());
  auto is_told = [](const deploy_event& x) {
    return x.text == "nowhere, for its port may become another app's";
  };
  BOOST_TEST(std::count_if(events.begin(), events.end(), is_told) == 1);
}

BOOST_AUTO_TEST_CASE(a_stop_ends_what_was_still_draining) {
  deploy("1");
  run_work({stage_action::deploy, make_spec("2"), {}, true});
  BOOST_REQUIRE(container(1).is_running());
  run_action(stage_action::stop, "2");
  check_done();
  BOOST_TEST(!container(1).is_running());
  BOOST_TEST(!container(2).is_running());
  check_leads_nowhere();
  run_action(stage_action::start, "2");
  check_done();
  BOOST_TEST(serving() == 2);
  BOOST_TEST(!container(1).is_running());
}

BOOST_AUTO_TEST_CASE(a_stop_that_is_cancelled_before_serves_again) {
  deploy("1");
  cancel_during("set_route shop.test", stage_action::stop);
  BOOST_TEST((report->outcome == deploy_outcome::cancelled));
  BOOST_TEST(container(1).is_running());
  BOOST_TEST(serving() == 1);
}

BOOST_AUTO_TEST_CASE(beside_what_cannot_be_stopped_the_newer_one_serves) {
  deploy("1");
  run_work({stage_action::deploy, make_spec("2"), {}, true});
  world.inject({.call = "stop #1",
                .error = make_error(errc::peer_failed),
                .times = for_ever});
  run_action(stage_action::stop, "2");
  BOOST_TEST((report->outcome == deploy_outcome::failed));
  BOOST_TEST(container(1).is_running());
  BOOST_TEST(container(2).is_running());
  BOOST_TEST(serving() == 2);
}

BOOST_AUTO_TEST_CASE(a_stop_removes_what_an_interrupted_deploy_left) {
  deploy("1");
  world.inject({"set_route shop.test", fault_kind::hold, {}});
  auto worker = begin({stage_action::deploy, make_spec("2"), {}, false});
  BOOST_REQUIRE(world.is_holding());
  kill(worker);
  BOOST_REQUIRE(container(2).is_running());
  run_action(stage_action::stop, "1");
  check_done();
  BOOST_TEST(!container(1).is_running());
  BOOST_TEST(!world.engine().find(2));
  check_leads_nowhere();
}

BOOST_AUTO_TEST_CASE(a_stop_leaves_a_route_to_a_name) {
  auto spec = make_spec("1");
  spec.forward = forward_mode::network;
  spec.verify_url.clear();
  run_work({stage_action::deploy, spec, {}, false});
  auto target = world.proxy().find("shop.test")->target;
  run_work({stage_action::stop, spec, {}, false});
  check_done();
  BOOST_TEST(!container(1).is_running());
  BOOST_TEST((world.proxy().find("shop.test")->target == target));
}

BOOST_AUTO_TEST_CASE(a_kept_container_gets_its_restart_policy_back) {
  auto spec = make_spec("1");
  spec.restart_policy = "always";
  run_work({stage_action::deploy, spec, {}, false});
  run_work({stage_action::stop, spec, {}, false});
  run_work({stage_action::start, spec, {}, false});
  check_done();
  BOOST_TEST(world.count("set_restart_policy #1 always") == 1u);
  BOOST_TEST(serving() == 1);
}

BOOST_AUTO_TEST_CASE(what_was_never_deployed_cannot_be_started_or_stopped) {
  for (auto action :
       {stage_action::start, stage_action::stop, stage_action::restart}) {
    run_action(action, "1");
    check_failed(errc::not_found, "Deploy it first.");
  }
}

BOOST_AUTO_TEST_CASE(a_stop_that_fails_is_no_success) {
  deploy("1");
  world.inject({.call = "stop #1",
                .error = make_error(errc::peer_failed),
                .times = for_ever});
  run_action(stage_action::stop, "1");
  BOOST_TEST((report->outcome == deploy_outcome::failed));
  BOOST_TEST((code_of(report->error) == errc::peer_failed));
  BOOST_TEST(serving() == 1);
}

BOOST_AUTO_TEST_CASE(a_stop_that_is_cancelled_too_late_is_done) {
  deploy("1");
  cancel_during("stop #1", stage_action::stop);
  check_done();
  BOOST_TEST(!container(1).is_running());
  check_leads_nowhere();
}

BOOST_AUTO_TEST_CASE(a_stop_whose_route_cannot_be_changed_stops_nothing) {
  deploy("1");
  world.inject({.call = "set_route shop.test",
                .error = make_error(errc::peer_failed),
                .times = for_ever});
  run_action(stage_action::stop, "1");
  BOOST_TEST((report->outcome == deploy_outcome::failed));
  BOOST_TEST(container(1).is_running());
  BOOST_TEST(serving() == 1);
}

// -- restart ------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_restart_routes_to_the_new_port) {
  deploy("1");
  auto port = container(1).host_port;
  run_action(stage_action::restart, "1");
  check_done();
  BOOST_TEST(container(1).host_port != port);
  BOOST_TEST(serving() == 1);
}

BOOST_AUTO_TEST_CASE(after_a_failed_restart_the_route_still_follows) {
  deploy("1");
  container(1).app.status = 500;
  run_action(stage_action::restart, "1");
  BOOST_TEST((report->outcome == deploy_outcome::failed));
  BOOST_TEST(serving() == 1);
}

BOOST_AUTO_TEST_CASE(a_restart_that_leaves_nothing_running_leads_nowhere) {
  deploy("1");
  container(1).app.dies_with = 1;
  run_action(stage_action::restart, "1");
  BOOST_TEST((report->outcome == deploy_outcome::failed));
  BOOST_TEST(!container(1).is_running());
  check_leads_nowhere();
}

BOOST_AUTO_TEST_CASE(what_runs_beside_its_stopped_successor_can_be_replaced) {
  auto spec = make_spec("1");
  spec.domains.clear();
  run_work({stage_action::deploy, spec, {}, false});
  // Of the same tag, so that the first one gets another name.
  run_work({stage_action::deploy, spec, {}, true});
  BOOST_REQUIRE(world.engine().stop(container(2).info.id));
  BOOST_REQUIRE(container(1).is_running());
  BOOST_REQUIRE(!container(2).is_running());
  spec.tag = "2";
  run_work({stage_action::deploy, spec, {}, false});
  check_done();
  BOOST_TEST(container(3).is_running());
  BOOST_TEST(world.engine().containers().size() == 2u); // with one kept
}

// -- remove -------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(removing_takes_the_host_and_every_container) {
  deploy("1");
  deploy("2");
  world.proxy().add("blog.test", {"http", "10.0.0.1", 80});
  run_action(stage_action::remove, "2");
  check_done();
  BOOST_TEST(world.engine().containers().empty());
  BOOST_TEST(world.proxy().hosts().size() == 1u);
  BOOST_TEST(world.proxy().find("blog.test") != nullptr);
}

BOOST_AUTO_TEST_CASE(an_adopted_host_is_disabled_and_let_go) {
  world.proxy().add("shop.test", {"http", "10.0.0.1", 80});
  world.proxy().hosts().front().meta = R"({"note":"by hand"})";
  auto spec = make_spec("1");
  spec.adopt = true;
  run_work({stage_action::deploy, spec, {}, false});
  run_work({stage_action::remove, spec, {}, false});
  check_done();
  BOOST_TEST(world.engine().containers().empty());
  const auto* host = world.proxy().find("shop.test");
  BOOST_REQUIRE(host != nullptr);
  BOOST_TEST(!host->enabled);
  BOOST_TEST(host->meta == R"({"note":"by hand"})");
  // And may be adopted again.
  run_work({stage_action::deploy, spec, {}, false});
  check_done();
  BOOST_TEST(world.proxy().find("shop.test")->enabled);
}

BOOST_AUTO_TEST_CASE(a_route_without_domains_in_the_spec_is_removed_too) {
  deploy("1");
  auto spec = make_spec("1");
  spec.domains.clear();
  run_work({stage_action::remove, spec, {}, false});
  check_done();
  BOOST_TEST(world.proxy().hosts().empty());
}

BOOST_AUTO_TEST_CASE(a_removal_that_is_cancelled_too_late_is_done) {
  deploy("1");
  cancel_during("remove #1", stage_action::remove);
  check_done();
  BOOST_TEST(world.engine().containers().empty());
}

BOOST_AUTO_TEST_CASE(removing_nothing_is_done) {
  run_action(stage_action::remove, "1");
  check_done();
}

// -- retire -------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(retiring_ends_what_an_interrupted_drain_left) {
  deploy("1");
  run_work({stage_action::deploy, make_spec("2"), {}, true});
  BOOST_TEST(container(1).is_running());
  auto spec = make_spec("2");
  spec.drain = 5s;
  begin({stage_action::retire, spec, {}, false});
  advance(4s);
  BOOST_TEST(container(1).is_running());
  finish();
  check_done();
  BOOST_TEST(!container(1).is_running());
  BOOST_TEST(serving() == 2);
}

BOOST_AUTO_TEST_CASE(retiring_does_not_wait_when_nothing_is_left) {
  deploy("1");
  run_action(stage_action::retire, "1");
  check_done();
  BOOST_TEST((report->elapsed == 0s));
  BOOST_TEST(serving() == 1);
}

BOOST_AUTO_TEST_SUITE_END()
