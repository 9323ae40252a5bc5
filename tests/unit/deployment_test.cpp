#include "messages/naming.hpp"
#include "tests/support/deployment_fixture.hpp"

#include <boost/test/unit_test.hpp>

using namespace dw;
using namespace dw::test;
using namespace std::chrono_literals;

namespace {

using text = std::vector<std::string>;

struct fixture : deployment_fixture {
  fixture() {
    publish("1");
    publish("2");
    publish("3");
  }

  std::string name_of(int number) {
    return container(number).info.name;
  }

  void check_deployed() {
    BOOST_CHECK_MESSAGE(report->outcome == deploy_outcome::deployed,
                        render(report->error));
    BOOST_TEST(report->leftovers == text{}, boost::test_tools::per_element());
    BOOST_TEST((report->phase == deploy_phase::finished));
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(deployment_tests, fixture)

// -- deploy -------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_first_deploy_creates_everything) {
  run_action(stage_action::deploy, "1");
  check_deployed();
  text expected{"pull registry.test/shop:1",
                "ensure_network staging-net",
                "list_containers",
                "list_hosts",
                "create dw-shop-prod-1",
                "start #1",
                "subscribe #1",
                "inspect #1",
                "probe 32768",
                "set_route shop.test",
                "visit shop.test"};
  BOOST_TEST(world.calls() == expected, boost::test_tools::per_element());
  BOOST_TEST(serving() == 1);
  BOOST_TEST(world.proxy().hosts().size() == 1u);
  BOOST_TEST(report->container_name == "dw-shop-prod-1");
  BOOST_TEST(report->container_id == container(1).info.id);
  BOOST_TEST(report->instance_id == container(1).instance_id());
  BOOST_TEST(report->tag == "1");
  BOOST_TEST(report->digest.starts_with("sha256:"));
}

BOOST_AUTO_TEST_CASE(the_container_carries_what_the_spec_says) {
  auto spec = make_spec("1");
  spec.env = {{"COLOR", secret{"blue"}}};
  spec.labels = {{"team", "shop"}};
  spec.volumes = {"data:/data"};
  spec.command = {"serve"};
  spec.resources.memory = 64 << 20;
  spec.restart_policy = "on-failure";
  spec.stop_timeout = 7s;
  spec.publish_on = "127.0.0.2";
  spec.health.command = {"check", "me"};
  run_work({stage_action::deploy, spec, {}, false});
  check_deployed();
  const auto& made = container(1).spec;
  BOOST_TEST((made.env.front() == env_entry{"COLOR", secret{"blue"}}));
  BOOST_TEST(
    (made.env.back()
     == env_entry{"DOCKER_WATCHER_INSTANCE_ID", secret{report->instance_id}}));
  BOOST_TEST(made.env.size() == 5u);
  BOOST_TEST(made.labels.at("team") == "shop");
  BOOST_TEST(made.labels.at(label::project) == "shop");
  BOOST_TEST(made.labels.at(label::stage) == "prod");
  BOOST_TEST(made.labels.at(label::tag) == "1");
  BOOST_TEST(made.labels.at(label::instance_id) == report->instance_id);
  BOOST_TEST((made.volumes == spec.volumes));
  BOOST_TEST((made.command == spec.command));
  BOOST_TEST((made.resources == spec.resources));
  BOOST_TEST(made.restart_policy == "on-failure");
  BOOST_TEST((made.stop_timeout == 7s));
  BOOST_REQUIRE(made.ports.size() == 1u);
  BOOST_TEST((made.ports.front() == published_port{8080, "127.0.0.2"}));
  BOOST_TEST(made.network == "net-staging-net");
  BOOST_TEST(
    (made.aliases == text{instance_alias(made.name, report->instance_id)}));
  BOOST_REQUIRE(made.healthcheck);
  BOOST_TEST((made.healthcheck->test == text{"CMD", "check", "me"}));
  BOOST_TEST(made.image == "registry.test/shop:1@" + report->digest);
}

BOOST_AUTO_TEST_CASE(a_second_version_takes_over_and_the_first_is_kept) {
  deploy("1");
  run_action(stage_action::deploy, "2");
  check_deployed();
  BOOST_TEST(serving() == 2);
  BOOST_TEST(world.proxy().hosts().size() == 1u);
  BOOST_TEST(!container(1).is_running());
  BOOST_TEST(name_of(1) == "dw-shop-prod-1");
  BOOST_TEST(calls().back() == "stop #1");
}

BOOST_AUTO_TEST_CASE(what_exceeds_the_retention_is_removed) {
  deploy("1");
  deploy("2");
  run_action(stage_action::deploy, "3");
  check_deployed();
  BOOST_TEST(!world.engine().find(1));
  BOOST_TEST(!container(2).is_running());
  BOOST_TEST(serving() == 3);
}

BOOST_AUTO_TEST_CASE(without_retention_the_old_one_is_stopped_and_removed) {
  deploy("1");
  auto spec = make_spec("2");
  spec.keep = 0;
  run_work({stage_action::deploy, spec, {}, false});
  check_deployed();
  BOOST_TEST(!world.engine().find(1));
  BOOST_TEST(world.count("stop #1") == 1u);
  BOOST_TEST(world.count("remove #1") == 1u);
}

BOOST_AUTO_TEST_CASE(the_same_tag_again_renames_the_old_one) {
  deploy("1");
  auto old = container(1).instance_id();
  auto image = publish("1"); // the tag moved
  run_action(stage_action::deploy, "1");
  check_deployed();
  BOOST_TEST(serving() == 2);
  BOOST_TEST(name_of(2) == "dw-shop-prod-1");
  BOOST_TEST(name_of(1) == replaced_name("dw-shop-prod-1", old));
  BOOST_TEST(container(2).info.image_id == image);
}

BOOST_AUTO_TEST_CASE(without_domains_the_proxy_is_left_alone) {
  auto spec = make_spec("1");
  spec.domains.clear();
  run_work({stage_action::deploy, spec, {}, false});
  check_deployed();
  for (const auto* call : {"list_hosts", "set_route", "visit", "inspect_port"})
    BOOST_TEST(world.count(call) == 0u, call);
  BOOST_TEST(world.count("probe") == 1u); // the spec has a path
}

BOOST_AUTO_TEST_CASE(a_container_without_ports_needs_no_probe) {
  publish("1", {.exposed = {}, .status = 0});
  auto spec = make_spec("1");
  spec.domains.clear();
  spec.health.path.clear();
  run_work({stage_action::deploy, spec, {}, false});
  check_deployed();
  BOOST_TEST(world.count("probe") == 0u);
  BOOST_TEST((report->elapsed >= spec.health.stable));
}

BOOST_AUTO_TEST_CASE(on_a_shared_network_the_route_leads_to_the_alias) {
  auto spec = make_spec("1");
  spec.forward = forward_mode::network;
  run_work({stage_action::deploy, spec, {}, false});
  check_deployed();
  auto target = world.proxy().find("shop.test")->target;
  BOOST_TEST(target.host
             == instance_alias("dw-shop-prod-1", report->instance_id));
  BOOST_TEST(target.port == 8080);
  BOOST_TEST(world.count("inspect_port") == 0u);
}

BOOST_AUTO_TEST_CASE(the_old_one_runs_for_the_drain_time) {
  deploy("1");
  begin({stage_action::deploy, make_spec("2"), {}, false});
  advance(29s); // from the switch on
  BOOST_TEST(serving() == 2);
  BOOST_TEST(container(1).is_running());
  BOOST_TEST(!report);
  advance(1s);
  BOOST_TEST(!container(1).is_running());
  BOOST_TEST(bool{report});
}

BOOST_AUTO_TEST_CASE(no_drain_is_too_short_for_the_proxy_to_change) {
  deploy("1");
  auto spec = make_spec("2");
  spec.drain = 0s;
  begin({stage_action::deploy, spec, {}, false});
  advance(999ms);
  BOOST_TEST(container(1).is_running());
  advance(1ms);
  check_deployed();
  BOOST_TEST(!container(1).is_running());
}

BOOST_AUTO_TEST_CASE(success_waits_until_the_old_workers_are_gone) {
  begin({stage_action::deploy, make_spec("1"), {}, false});
  BOOST_TEST(serving() == 1);
  BOOST_TEST(!report);
  advance(250ms);
  check_deployed();
}

BOOST_AUTO_TEST_CASE(who_skips_the_drain_is_told_what_still_runs) {
  deploy("1");
  run_work({stage_action::deploy, make_spec("2"), {}, true});
  BOOST_TEST((report->outcome == deploy_outcome::deployed));
  BOOST_TEST((report->elapsed < 1s));
  BOOST_TEST(container(1).is_running());
  BOOST_TEST(report->leftovers
               == text{"container dw-shop-prod-1 still runs until it is "
                       "retired"},
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(what_is_kept_does_not_start_with_the_engine) {
  auto spec = make_spec("1");
  spec.restart_policy = "always";
  run_work({stage_action::deploy, spec, {}, false});
  run_action(stage_action::deploy, "2");
  check_deployed();
  BOOST_TEST(world.count("set_restart_policy #1 no") == 1u);
  BOOST_TEST(!container(1).is_running());
}

BOOST_AUTO_TEST_CASE(phases_without_work_are_not_told) {
  auto spec = make_spec("1");
  spec.domains.clear();
  run_work({stage_action::deploy, spec, {}, false});
  check_deployed();
  text expected{"pulling",  "preparing", "creating",
                "starting", "gating",    "finished"};
  BOOST_TEST(phases() == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(events_tell_the_phases_in_order) {
  deploy("1");
  run_action(stage_action::deploy, "2");
  text expected{"pulling", "preparing", "creating", "starting", "gating",
                "routing", "verifying", "draining", "retiring", "finished"};
  BOOST_TEST(phases() == expected, boost::test_tools::per_element());
  uint64_t sequence = 0;
  auto elapsed = 0ms;
  for (const auto& event : events) {
    BOOST_TEST(event.sequence == ++sequence);
    BOOST_TEST((event.elapsed >= elapsed));
    BOOST_TEST(event.deploy_id == "d1");
    BOOST_TEST(event.project == "shop");
    BOOST_TEST(event.stage == "prod");
    BOOST_TEST(event.text.find('\n') == std::string::npos);
    elapsed = event.elapsed;
  }
  auto has_progress = [](const auto& x) { return bool{x.progress}; };
  BOOST_TEST(std::any_of(events.begin(), events.end(), has_progress));
}

// -- images -------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_digest_that_is_there_is_not_pulled_again) {
  deploy("1");
  auto spec = make_spec("1");
  spec.digest = "sha256:" + std::string(60, '0') + "1001";
  run_work({stage_action::deploy, spec, {}, false});
  check_deployed();
  BOOST_TEST(calls().front()
             == "inspect_image registry.test/shop@" + spec.digest);
  BOOST_TEST(report->digest == spec.digest);
}

BOOST_AUTO_TEST_CASE(a_missing_image_is_pulled_unless_the_policy_is_never) {
  auto spec = make_spec("1");
  spec.pull = pull_policy::missing;
  run_work({stage_action::deploy, spec, {}, false});
  check_deployed();
  BOOST_TEST(world.count("pull") == 1u);
  spec.pull = pull_policy::never;
  spec.tag = "2";
  run_work({stage_action::deploy, spec, {}, false});
  BOOST_TEST((code_of(report->error) == errc::not_found));
  BOOST_TEST(render(report->error).find("pull: never") != std::string::npos);
  BOOST_TEST(world.count("pull") == 1u);
}

BOOST_AUTO_TEST_CASE(an_image_with_several_ports_needs_a_choice) {
  publish("1", {.exposed = {"53/udp", "8080/tcp", "9090/tcp"}});
  run_action(stage_action::deploy, "1");
  BOOST_TEST((report->outcome == deploy_outcome::failed));
  auto why = render(report->error);
  BOOST_TEST(why.find("8080, 9090") != std::string::npos, why);
  auto spec = make_spec("1");
  spec.port = 9090;
  run_work({stage_action::deploy, spec, {}, false});
  check_deployed();
  BOOST_TEST(container(1).spec.ports.front().container_port == 9090);
}

BOOST_AUTO_TEST_CASE(ports_that_are_none_do_not_count) {
  publish("1", {.exposed = {"0/tcp", "70000/tcp", "x/tcp", "8080/tcp"}});
  run_action(stage_action::deploy, "1");
  check_deployed();
  publish("2", {.exposed = {"x/tcp"}});
  run_action(stage_action::deploy, "2");
  BOOST_TEST(render(report->error).find("exposes no TCP port")
             != std::string::npos);
}

// -- whose things are whose ---------------------------------------------------

BOOST_AUTO_TEST_CASE(a_domain_of_somebody_else_is_refused_before_anything) {
  world.proxy().add("shop.test", {"http", "10.0.0.1", 80});
  run_action(stage_action::deploy, "1");
  BOOST_TEST((code_of(report->error) == errc::domain_taken));
  BOOST_TEST((report->phase == deploy_phase::preparing));
  BOOST_TEST(world.engine().containers().empty());
}

BOOST_AUTO_TEST_CASE(a_domain_of_somebody_else_can_be_adopted) {
  world.proxy().add("shop.test", {"http", "10.0.0.1", 80});
  auto spec = make_spec("1");
  spec.adopt = true;
  run_work({stage_action::deploy, spec, {}, false});
  check_deployed();
  BOOST_TEST(serving() == 1);
  BOOST_TEST(world.proxy().hosts().size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_name_that_is_not_of_the_stage_is_left_alone) {
  world.engine().pull("registry.test/shop:1");
  world.engine().create(
    {.name = "dw-shop-prod-1", .image = "registry.test/shop:1"});
  run_action(stage_action::deploy, "1");
  BOOST_TEST((code_of(report->error) == errc::conflict));
  BOOST_TEST(world.engine().containers().size() == 1u);
  BOOST_TEST(name_of(1) == "dw-shop-prod-1");
}

// As of somebody who runs an image with such labels.
BOOST_AUTO_TEST_CASE(a_container_that_only_has_our_labels_is_left_alone) {
  deploy("1");
  auto spec = container(1).spec;
  spec.name = "nice_babbage";
  spec.labels[label::instance_id] = "0123456789ab";
  world.engine().start(world.engine().create(spec)->id);
  run_action(stage_action::restart, "1");
  check_deployed();
  BOOST_TEST(serving() == 1);
  run_action(stage_action::deploy, "2");
  check_deployed();
  BOOST_TEST(serving() == 3);
  run_action(stage_action::remove, "2");
  BOOST_TEST_REQUIRE(world.engine().containers().size() == 1u);
  BOOST_TEST(container(2).is_running());
  BOOST_TEST(name_of(2) == "nice_babbage");
}

BOOST_AUTO_TEST_CASE(leftovers_of_an_interrupted_deploy_are_removed) {
  deploy("1");
  // It renamed the old one, and died after having started the new one.
  auto spec = container(1).spec;
  world.engine().rename(container(1).info.id,
                        replaced_name(spec.name, container(1).instance_id()));
  spec.labels[label::instance_id] = "0123456789ab";
  world.engine().start(world.engine().create(spec)->id);
  run_action(stage_action::deploy, "2");
  check_deployed();
  BOOST_TEST(!world.engine().find(2));
  BOOST_TEST(name_of(1) == "dw-shop-prod-1");
  BOOST_TEST(serving() == 3);
}

BOOST_AUTO_TEST_SUITE_END()
