#include "actors/validate_spec.hpp"
#include "messages/naming.hpp"
#include "tests/support/deployment_fixture.hpp"

#include <boost/test/unit_test.hpp>

using namespace dw;
using namespace dw::test;
using namespace std::chrono_literals;

namespace {

struct fixture : deployment_fixture {
  fixture() {
    for (const auto* tag : {"1", "2", "3"})
      publish(tag, good());
    publish("sick", sick());
  }

  static fake_app good() {
    fake_app result;
    result.has_check = true;
    return result;
  }

  static fake_app sick() {
    auto result = good();
    result.health = health_status::unhealthy;
    return result;
  }

  deploy_spec swarm_spec(const std::string& tag) {
    auto spec = make_spec(tag);
    spec.health.path.clear();
    spec.target = deploy_target::swarm;
    spec.publish = publish_mode::host;
    return spec;
  }

  /// Without a route, and so updated in place.
  deploy_spec worker_spec(const std::string& tag) {
    auto spec = swarm_spec(tag);
    spec.domains.clear();
    return spec;
  }

  const deploy_report& act(stage_action action, deploy_spec spec) {
    return run_work({action, std::move(spec), {}, false});
  }

  void must(stage_action action, deploy_spec spec) {
    const auto& end = act(action, std::move(spec));
    BOOST_REQUIRE_MESSAGE(end.outcome == deploy_outcome::deployed,
                          render(end.error));
    BOOST_TEST(end.leftovers.empty());
  }

  const deploy_report& fails(deploy_spec spec) {
    const auto& end = act(stage_action::deploy, std::move(spec));
    BOOST_TEST((end.outcome == deploy_outcome::failed));
    BOOST_TEST(end.leftovers.empty());
    return end;
  }

  /// "TAG REPLICAS" of each service, the oldest first.
  std::vector<std::string> services() {
    std::vector<std::string> result;
    for (const auto& x : world.swarm().services())
      result.push_back(x.spec.task.labels.at(label::tag) + " "
                       + std::to_string(x.spec.replicas));
    return result;
  }

  fake_service& service() {
    BOOST_REQUIRE(!world.swarm().services().empty());
    return world.swarm().services().back();
  }

  /// The tag of what answers for the domain.
  std::string served() {
    auto number = serving();
    return number == 0 ? "" : container(number).info.labels.at(label::tag);
  }

  bool waits_for(const std::string& call) {
    return world.count(call) > 0;
  }
};

using list = std::vector<std::string>;

} // namespace

#define CHECK_LIST(found, ...)                                                 \
  BOOST_TEST((found) == (list{__VA_ARGS__}), boost::test_tools::per_element())

BOOST_FIXTURE_TEST_SUITE(swarm_deployment_tests, fixture)

// -- with a route: a service for each instance --------------------------------

BOOST_AUTO_TEST_CASE(a_service_is_created_and_routed_to) {
  must(stage_action::deploy, swarm_spec("1"));
  CHECK_LIST(services(), "1 1");
  BOOST_TEST(served() == "1");
  const auto& spec = service().spec;
  BOOST_TEST(spec.task.name
             == instance_alias("dw-shop-prod-1", report->instance_id));
  BOOST_TEST(spec.task.image.starts_with("registry.test/shop:1@sha256:"));
  BOOST_TEST(report->container_id == service().info.id);
  BOOST_TEST(report->container_name == spec.task.name);
  CHECK_LIST(spec.constraints, "node.id==node1");
}

BOOST_AUTO_TEST_CASE(an_ingress_is_not_bound_to_a_node) {
  auto spec = swarm_spec("1");
  spec.publish = publish_mode::ingress;
  spec.replicas = 2;
  must(stage_action::deploy, spec);
  CHECK_LIST(services(), "1 2");
  BOOST_TEST(served() == "1");
  BOOST_TEST(service().spec.constraints.empty());
}

BOOST_AUTO_TEST_CASE(a_network_is_forwarded_to_without_a_published_port) {
  auto spec = swarm_spec("1");
  spec.forward = forward_mode::network;
  spec.verify_url.clear();
  must(stage_action::deploy, spec);
  BOOST_TEST(service().spec.task.ports.empty());
  BOOST_TEST(world.proxy().find("shop.test")->target.host
             == service().info.name);
}

BOOST_AUTO_TEST_CASE(a_new_service_takes_over_and_the_old_one_is_kept) {
  must(stage_action::deploy, swarm_spec("1"));
  must(stage_action::deploy, swarm_spec("2"));
  CHECK_LIST(services(), "1 0", "2 1");
  BOOST_TEST(served() == "2");
  must(stage_action::deploy, swarm_spec("3"));
  CHECK_LIST(services(), "2 0", "3 1");
}

BOOST_AUTO_TEST_CASE(the_same_tag_gets_another_service) {
  must(stage_action::deploy, swarm_spec("1"));
  must(stage_action::deploy, swarm_spec("1"));
  CHECK_LIST(services(), "1 0", "1 1");
}

BOOST_AUTO_TEST_CASE(the_old_service_serves_until_the_new_one_is_verified) {
  must(stage_action::deploy, swarm_spec("1"));
  world.inject({.call = "visit shop.test", .kind = fault_kind::hold});
  begin({stage_action::deploy, swarm_spec("2"), {}, false});
  for (int i = 0; i < 10; ++i)
    advance(1s);
  BOOST_REQUIRE(world.is_holding());
  CHECK_LIST(services(), "1 1", "2 1");
  world.release();
  BOOST_TEST((finish().outcome == deploy_outcome::deployed));
}

BOOST_AUTO_TEST_CASE(an_unhealthy_service_is_removed_and_the_old_one_serves) {
  must(stage_action::deploy, swarm_spec("1"));
  const auto& end = fails(swarm_spec("sick"));
  BOOST_TEST((code_of(end.error) == errc::unhealthy));
  BOOST_TEST(failure_of(end.error).log_tail == "listening on 8080");
  CHECK_LIST(services(), "1 1");
  BOOST_TEST(served() == "1");
}

BOOST_AUTO_TEST_CASE(a_service_that_finds_no_node_is_removed) {
  world.swarm().no_node = "no suitable node";
  auto spec = swarm_spec("1");
  spec.health.timeout = 20s;
  const auto& end = fails(spec);
  BOOST_TEST(render(end.error).find("no suitable node") != std::string::npos);
  CHECK_LIST(services());
}

BOOST_AUTO_TEST_CASE(a_service_that_ends_while_it_soaks_is_replaced_again) {
  must(stage_action::deploy, swarm_spec("1"));
  auto spec = swarm_spec("2");
  spec.soak = 60s;
  begin({stage_action::deploy, spec, {}, false});
  while (events.empty() || events.back().phase != deploy_phase::soaking)
    advance(1s);
  BOOST_TEST(served() == "2");
  world.swarm().crash(service().info.id);
  BOOST_TEST((finish().outcome == deploy_outcome::failed));
  CHECK_LIST(services(), "1 1");
  BOOST_TEST(served() == "1");
}

BOOST_AUTO_TEST_CASE(a_creation_whose_answer_got_lost_is_found) {
  world.inject({.call = "create_service",
                .kind = fault_kind::lose_answer,
                .error = make_error(errc::connection_lost)});
  must(stage_action::deploy, swarm_spec("1"));
  CHECK_LIST(services(), "1 1");
}

BOOST_AUTO_TEST_CASE(a_creation_that_nobody_heard_of_is_undone) {
  world.inject({.call = "create_service",
                .kind = fault_kind::lose_answer,
                .error = make_error(errc::rejected)});
  fails(swarm_spec("1"));
  CHECK_LIST(services());
}

BOOST_AUTO_TEST_CASE(a_service_that_the_route_may_lead_to_goes_on_running) {
  must(stage_action::deploy, swarm_spec("1"));
  world.inject({"set_route", fault_kind::lose_answer,
                make_error(errc::connection_lost), 0, for_ever});
  world.inject({"list_hosts", fault_kind::refuse,
                make_error(errc::connection_refused), 1, for_ever});
  const auto& end = act(stage_action::deploy, swarm_spec("2"));
  BOOST_TEST((end.outcome == deploy_outcome::failed));
  CHECK_LIST(services(), "1 1", "2 1");
  BOOST_TEST(served() == "2");
  BOOST_REQUIRE(end.leftovers.size() == 2u);
  BOOST_TEST(end.leftovers[1].starts_with("service dw-shop-prod-2-"));
  world.forgive();
  must(stage_action::deploy, swarm_spec("3"));
  CHECK_LIST(services(), "2 0", "3 1");
  BOOST_TEST(served() == "3");
}

BOOST_AUTO_TEST_CASE(a_cancelled_deploy_leaves_the_old_service) {
  must(stage_action::deploy, swarm_spec("1"));
  auto spec = swarm_spec("2");
  world.swarm().no_node = "no suitable node";
  auto running = begin({stage_action::deploy, spec, {}, false});
  advance(5s);
  caf::anon_send(running, cancel{});
  BOOST_TEST((finish().outcome == deploy_outcome::cancelled));
  CHECK_LIST(services(), "1 1");
  BOOST_TEST(served() == "1");
}

// -- without a route: one service that is updated -----------------------------

BOOST_AUTO_TEST_CASE(a_service_without_a_route_is_updated_in_place) {
  must(stage_action::deploy, worker_spec("1"));
  BOOST_TEST(service().info.name == "dw-shop-prod");
  BOOST_TEST(service().spec.task.ports.empty());
  auto spec = worker_spec("2");
  spec.soak = 7s;
  must(stage_action::deploy, spec);
  CHECK_LIST(services(), "2 1");
  BOOST_TEST((service().info.update == update_state::completed));
  BOOST_TEST((service().spec.monitor == 7s));
  BOOST_TEST(report->container_id == service().info.id);
  BOOST_TEST(world.count("update_service") == 1u);
}

BOOST_AUTO_TEST_CASE(a_service_that_was_stopped_is_updated_and_started) {
  must(stage_action::deploy, worker_spec("1"));
  must(stage_action::stop, worker_spec("1"));
  must(stage_action::deploy, worker_spec("2"));
  CHECK_LIST(services(), "2 1");
  must(stage_action::stop, worker_spec("2"));
  fails(worker_spec("sick"));
  CHECK_LIST(services(), "2 0");
}

BOOST_AUTO_TEST_CASE(a_service_that_a_container_replaced_is_taken_up_again) {
  must(stage_action::deploy, worker_spec("1"));
  auto spec = make_spec("2");
  spec.domains.clear();
  must(stage_action::deploy, spec);
  CHECK_LIST(services(), "1 0");
  must(stage_action::deploy, worker_spec("3"));
  CHECK_LIST(services(), "3 1");
  BOOST_TEST(service().info.name == "dw-shop-prod");
}

BOOST_AUTO_TEST_CASE(an_update_that_the_swarm_rolls_back_has_failed) {
  must(stage_action::deploy, worker_spec("1"));
  const auto& end = fails(worker_spec("sick"));
  BOOST_TEST((code_of(end.error) == errc::unhealthy));
  BOOST_TEST(failure_of(end.error).log_tail == "listening on 8080");
  CHECK_LIST(services(), "1 1");
  BOOST_TEST((service().info.update == update_state::rollback_completed));
  BOOST_TEST(world.count("rollback_service") == 0u);
}

BOOST_AUTO_TEST_CASE(a_cancelled_update_is_rolled_back) {
  must(stage_action::deploy, worker_spec("1"));
  world.swarm().no_node = "no suitable node";
  auto running = begin({stage_action::deploy, worker_spec("2"), {}, false});
  advance(3s);
  BOOST_REQUIRE(waits_for("update_service"));
  caf::anon_send(running, cancel{});
  BOOST_TEST((finish().outcome == deploy_outcome::cancelled));
  BOOST_TEST(report->leftovers.empty());
  CHECK_LIST(services(), "1 1");
  BOOST_TEST((service().info.update == update_state::rollback_completed));
}

BOOST_AUTO_TEST_CASE(an_update_whose_answer_got_lost_is_not_made_twice) {
  must(stage_action::deploy, worker_spec("1"));
  world.inject({.call = "update_service",
                .kind = fault_kind::lose_answer,
                .error = make_error(errc::connection_lost)});
  must(stage_action::deploy, worker_spec("2"));
  BOOST_TEST(world.count("update_service") == 1u);
}

BOOST_AUTO_TEST_CASE(an_update_that_is_under_way_is_let_finish_first) {
  must(stage_action::deploy, worker_spec("1"));
  auto interrupted = service().spec;
  interrupted.task.labels[label::instance_id] = "interrupted";
  world.swarm().update(service().info.id, interrupted);
  service().tasks.back().looks = 5;
  begin({stage_action::deploy, worker_spec("2"), {}, false});
  advance(5s);
  BOOST_TEST(!waits_for("update_service"));
  service().tasks.back().info.state = task_state::running;
  BOOST_TEST((finish().outcome == deploy_outcome::deployed));
  CHECK_LIST(services(), "2 1");
}

// -- rolling back -------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_rollback_is_a_deploy_of_the_kept_service) {
  auto spec = swarm_spec("1");
  spec.env = {{"COLOR", secret{"blue"}}};
  must(stage_action::deploy, spec);
  must(stage_action::deploy, swarm_spec("2"));
  must(stage_action::rollback, swarm_spec("2"));
  CHECK_LIST(services(), "2 0", "1 1");
  BOOST_TEST(served() == "1");
  BOOST_TEST(
    (service().spec.task.env.front() == env_entry{"COLOR", secret{"blue"}}));
}

BOOST_AUTO_TEST_CASE(a_rollback_of_an_updated_service_takes_what_it_was) {
  auto spec = worker_spec("1");
  spec.env = {{"COLOR", secret{"blue"}}};
  must(stage_action::deploy, spec);
  must(stage_action::deploy, worker_spec("2"));
  must(stage_action::rollback, worker_spec("2"));
  CHECK_LIST(services(), "1 1");
  BOOST_TEST(
    (service().spec.task.env.front() == env_entry{"COLOR", secret{"blue"}}));
}

BOOST_AUTO_TEST_CASE(what_was_rolled_back_is_nothing_to_go_back_to) {
  must(stage_action::deploy, worker_spec("1"));
  world.swarm().no_node = "no suitable node";
  auto running = begin({stage_action::deploy, worker_spec("2"), {}, false});
  advance(3s);
  caf::anon_send(running, cancel{});
  finish();
  world.swarm().no_node.clear();
  const auto& end = act(stage_action::rollback, worker_spec("1"));
  BOOST_TEST((end.outcome == deploy_outcome::failed));
  BOOST_TEST((code_of(end.error) == errc::not_found));
}

// -- work on what is there ----------------------------------------------------

BOOST_AUTO_TEST_CASE(a_service_is_stopped_and_started_by_its_replicas) {
  must(stage_action::deploy, swarm_spec("1"));
  must(stage_action::stop, swarm_spec("1"));
  CHECK_LIST(services(), "1 0");
  BOOST_TEST(world.engine().containers().empty());
  must(stage_action::start, swarm_spec("1"));
  CHECK_LIST(services(), "1 1");
  BOOST_TEST(served() == "1");
}

BOOST_AUTO_TEST_CASE(the_route_follows_a_service_that_is_restarted) {
  must(stage_action::deploy, swarm_spec("1"));
  auto before = world.proxy().find("shop.test")->target.port;
  must(stage_action::restart, swarm_spec("1"));
  BOOST_TEST(world.proxy().find("shop.test")->target.port != before);
  BOOST_TEST(served() == "1");
}

BOOST_AUTO_TEST_CASE(all_services_of_a_stage_are_removed) {
  must(stage_action::deploy, swarm_spec("1"));
  must(stage_action::deploy, swarm_spec("2"));
  must(stage_action::remove, swarm_spec("2"));
  CHECK_LIST(services());
  BOOST_TEST(world.engine().containers().empty());
  BOOST_TEST(world.proxy().find("shop.test") == nullptr);
}

// -- from one target to the other ---------------------------------------------

BOOST_AUTO_TEST_CASE(a_service_takes_over_from_a_container) {
  must(stage_action::deploy, make_spec("1"));
  must(stage_action::deploy, swarm_spec("2"));
  BOOST_TEST(served() == "2");
  BOOST_TEST((container(1).info.state == container_state::exited));
  must(stage_action::rollback, swarm_spec("2"));
  BOOST_TEST(served() == "1");
  CHECK_LIST(services(), "2 0", "1 1");
}

BOOST_AUTO_TEST_CASE(a_container_takes_over_from_a_service) {
  must(stage_action::deploy, swarm_spec("1"));
  must(stage_action::deploy, make_spec("2"));
  BOOST_TEST(served() == "2");
  CHECK_LIST(services(), "1 0");
}

// -- what is refused ----------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_spec_says_nothing_that_a_swarm_cannot_do) {
  auto spec = swarm_spec("1");
  BOOST_TEST(validate_spec(spec, true).empty());
  spec.health.path = "/health";
  BOOST_TEST(validate_spec(spec, true).size() == 1u);
  spec = swarm_spec("1");
  spec.health.command = {"NONE"};
  BOOST_TEST(validate_spec(spec, true).size() == 1u);
  spec = swarm_spec("1");
  spec.place.nodes = {"one", "two"};
  BOOST_TEST(validate_spec(spec, true).size() == 1u);
  spec = swarm_spec("1");
  spec.replicas = 2;
  BOOST_TEST(validate_spec(spec, true).size() == 1u);
  spec.publish = publish_mode::ingress;
  BOOST_TEST(validate_spec(spec, true).empty());
}

BOOST_AUTO_TEST_CASE(an_image_without_a_health_check_is_refused) {
  publish("plain");
  const auto& end = fails(swarm_spec("plain"));
  BOOST_TEST((code_of(end.error) == errc::invalid_argument));
  BOOST_TEST(failure_of(end.error).hint.find("HEALTHCHECK")
             != std::string::npos);
  CHECK_LIST(services());
}

BOOST_AUTO_TEST_CASE(a_command_of_the_stage_is_a_health_check_too) {
  publish("plain");
  auto spec = swarm_spec("plain");
  spec.health.command = {"true"};
  must(stage_action::deploy, spec);
  BOOST_TEST(static_cast<bool>(service().spec.task.healthcheck));
}

BOOST_AUTO_TEST_CASE(an_engine_that_manages_no_swarm_is_refused) {
  world.swarm().is_manager = false;
  const auto& end = fails(swarm_spec("1"));
  BOOST_TEST((code_of(end.error) == errc::rejected));
  BOOST_TEST(failure_of(end.error).hint.find("docker swarm init")
             != std::string::npos);
  BOOST_TEST(world.count("pull") == 0u);
}

BOOST_AUTO_TEST_CASE(a_service_of_somebody_else_keeps_its_name) {
  service_spec other;
  other.task.name = "dw-shop-prod";
  other.task.image = "registry.test/shop:1";
  other.task.labels = {{label::instance_id, "theirs"}, {label::tag, "theirs"}};
  world.swarm().create(other);
  const auto& end = fails(worker_spec("1"));
  BOOST_TEST((code_of(end.error) == errc::conflict));
  CHECK_LIST(services(), "theirs 1");
}

BOOST_AUTO_TEST_SUITE_END()
