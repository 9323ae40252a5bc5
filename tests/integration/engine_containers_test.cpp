// What becomes of a container in a real engine.

#include "messages/naming.hpp"
#include "tests/integration/engine_fixture.hpp"

#include <algorithm>

using namespace dw;
using namespace dw::test;
using namespace std::chrono_literals;
using npm_standin::json;

namespace {

// No engine has such a container.
const std::string gone(64, 'e');

constexpr auto forever = "exec sleep 600";

/// A value of an environment, empty if it has none of that name.
std::string value_of(const container_info& info, const std::string& name) {
  for (const auto& x : info.env)
    if (x.name == name)
      return x.value.reveal();
  return {};
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(engine_containers, engine_fixture)

// -- creating -----------------------------------------------------------------

/// A spec in which nothing is left to the engine.
struct full_spec_fixture : engine_fixture {
  full_spec_fixture() {
    auto network = network_name("net");
    ask<network_info>(to.networks, ensure_network{{}, network});
    what = script("full", forever);
    what.env = {{"GREETING", secret{"good = morning"}}, {"EMPTY", secret{}}};
    what.ports = {{8080, "127.0.0.1"}};
    what.network = network;
    what.aliases = {"shop"};
    what.healthcheck
      = health_check{{"CMD-SHELL", "true"}, 200ms, 1s, 0s, 0s, 2};
    what.volumes = {volume_name("data") + ":/data"};
    what.resources = {uint64_t{64} << 20, 500'000'000, 64};
    what.restart_policy = "on-failure";
    what.stop_timeout = 3s;
    what.log_max_size = "5m";
    what.log_max_files = "2";
    id = create(what);
  }

  container_spec what;
  std::string id;
};

BOOST_FIXTURE_TEST_CASE(all_of_a_spec_reaches_the_engine, full_spec_fixture) {
  auto all = raw(id);
  const auto& host = all.at("HostConfig");
  BOOST_TEST(host.at("Memory").integer() == 64 << 20);
  BOOST_TEST(host.at("MemorySwap").integer() == 64 << 20);
  BOOST_TEST(host.at("NanoCpus").integer() == 500'000'000);
  BOOST_TEST(host.at("PidsLimit").integer() == 64);
  BOOST_TEST(host.at("RestartPolicy").at("Name").text() == "on-failure");
  BOOST_TEST(host.at("Init").flag());
  const auto& log = host.at("LogConfig").at("Config");
  BOOST_TEST(log.at("max-size").text() == "5m");
  BOOST_TEST(log.at("max-file").text() == "2");
  BOOST_TEST(all.at("Config").at("StopTimeout").integer() == 3);
  const auto& mount = all.at("Mounts").items().at(0);
  BOOST_TEST(mount.at("Name").text() == name("data"));
  BOOST_TEST(mount.at("Destination").text() == "/data");
  const auto& endpoint
    = all.at("NetworkSettings").at("Networks").at(what.network);
  BOOST_TEST(endpoint.at("Aliases").dump().find("\"shop\"")
             != std::string::npos);
}

BOOST_FIXTURE_TEST_CASE(all_of_a_spec_is_read_back, full_spec_fixture) {
  ask<done>(to.containers, start_container{{}, id});
  auto info = inspect(id);
  BOOST_TEST(info.id == id);
  BOOST_TEST(info.name == what.name);
  BOOST_TEST(info.image == what.image);
  BOOST_TEST((info.state == container_state::running));
  BOOST_TEST((info.labels == what.labels));
  BOOST_TEST(value_of(info, "GREETING") == "good = morning");
  BOOST_TEST(value_of(info, "SHOP_VERSION") == "v1");
  BOOST_REQUIRE(info.healthcheck);
  BOOST_TEST((info.healthcheck->interval == 200ms));
  BOOST_TEST(info.networks.contains(what.network));
  BOOST_TEST_REQUIRE(info.ports.size() == 1u);
  BOOST_TEST(info.ports[0].host_ip == "127.0.0.1");
  BOOST_TEST(
    comes_true([&] { return inspect(id).health == health_status::healthy; }));
}

BOOST_AUTO_TEST_CASE(a_name_is_taken_only_once) {
  auto what = spec("app");
  create(what);
  auto err
    = refusal<container_created>(to.containers, create_container{{}, what});
  check_failure(err, errc::conflict, what.name);
}

BOOST_AUTO_TEST_CASE(a_missing_image_is_not_pulled_in_passing) {
  auto what = spec("app");
  what.image = forgotten("shop:v3");
  auto err
    = refusal<container_created>(to.containers, create_container{{}, what});
  check_failure(err, errc::not_found, what.image);
  BOOST_TEST(failure_of(err).hint.find("Pull") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(limits_beyond_the_host_are_refused_by_the_engine) {
  auto what = spec("app");
  what.resources.nano_cpus = 1'000'000'000'000;
  auto err
    = refusal<container_created>(to.containers, create_container{{}, what});
  check_failure(err, errc::rejected, what.name);
  BOOST_TEST(failure_of(err).status == 400);
}

BOOST_AUTO_TEST_CASE(limits_that_no_engine_takes_are_not_sent) {
  auto what = spec("app");
  what.resources.memory = 1 << 20;
  auto err
    = refusal<container_created>(to.containers, create_container{{}, what});
  check_failure(err, errc::invalid_argument, what.name);
}

// -- starting and stopping ----------------------------------------------------

BOOST_AUTO_TEST_CASE(a_start_is_done_also_if_it_runs) {
  auto id = run(script("app", forever));
  auto started = inspect(id).started;
  ask<done>(to.containers, start_container{{}, id});
  BOOST_TEST(inspect(id).started == started);
}

BOOST_AUTO_TEST_CASE(a_command_that_does_not_exist_cannot_be_started) {
  auto what = spec("app", {"/no/such/program"});
  what.init = false; // an init would start, and end with 127
  auto id = create(what);
  auto err = refusal<done>(to.containers, start_container{{}, id});
  check_failure(err, errc::container_failed, "/no/such/program");
  auto info = inspect(id);
  BOOST_TEST((info.state == container_state::created));
  BOOST_TEST(info.exit_code == 127);
  BOOST_TEST(info.start_error.find("/no/such/program") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_stop_lets_the_program_end_in_its_own_way) {
  auto id = run(script("app", "trap 'exit 5' TERM; echo up; "
                              "while :; do sleep 0.1; done"));
  BOOST_TEST(comes_true([&] {
    return !ask<std::vector<log_line>>(to.containers, read_logs{{}, id})
              .empty();
  }));
  ask<done>(to.containers, stop_container{{}, id, 30s});
  auto info = inspect(id);
  BOOST_TEST((info.state == container_state::exited));
  BOOST_TEST(info.exit_code == 5);
  BOOST_TEST(info.ports.empty());
}

BOOST_AUTO_TEST_CASE(a_stop_kills_what_does_not_end_in_time) {
  auto what = spec("stubborn");
  what.image = pulled("shop-stubborn:v1");
  auto id = run(what);
  ask<done>(to.containers, stop_container{{}, id, 1s});
  BOOST_TEST(inspect(id).exit_code == 137);
}

BOOST_AUTO_TEST_CASE(a_stop_is_done_also_if_it_does_not_run) {
  auto id = create(spec("app"));
  ask<done>(to.containers, stop_container{{}, id, 1s});
  BOOST_TEST((inspect(id).state == container_state::created));
}

BOOST_AUTO_TEST_CASE(a_restart_starts_what_runs_and_what_does_not) {
  auto id = create(script("app", forever));
  ask<done>(to.containers, restart_container{{}, id, 1s});
  auto first = inspect(id);
  BOOST_TEST((first.state == container_state::running));
  ask<done>(to.containers, restart_container{{}, id, 1s});
  auto second = inspect(id);
  BOOST_TEST((second.state == container_state::running));
  BOOST_TEST(second.started != first.started);
}

BOOST_AUTO_TEST_CASE(calls_on_one_container_are_made_in_the_order_of_asking) {
  auto id = run(script("app", forever));
  auto stop = begin(to.containers, stop_container{{}, id, 1s});
  auto start = begin(to.containers, start_container{{}, id});
  BOOST_TEST(outcome<done>(stop).engaged());
  BOOST_TEST(outcome<done>(start).engaged());
  BOOST_TEST((inspect(id).state == container_state::running));
}

BOOST_AUTO_TEST_CASE(a_wait_ends_with_the_exit_code) {
  auto id = run(script("app", "sleep 0.2; exit 7"));
  auto exit = ask<container_exit>(to.containers, wait_container{{}, id});
  BOOST_TEST(exit.status == 7);
  // At once for one that does not run.
  exit = ask<container_exit>(to.containers, wait_container{{}, id});
  BOOST_TEST(exit.status == 7);
}

// -- removing, renaming, restart policy ---------------------------------------

BOOST_AUTO_TEST_CASE(what_runs_is_removed_by_force_only) {
  auto id = run(script("app", forever));
  auto err = refusal<done>(to.containers, remove_container{{}, id, false});
  check_failure(err, errc::conflict, id);
  ask<done>(to.containers, remove_container{{}, id, true});
  auto missing
    = refusal<container_info>(to.containers, inspect_container{{}, id});
  check_failure(missing, errc::not_found, id);
}

BOOST_AUTO_TEST_CASE(a_removal_is_done_also_if_it_is_gone) {
  ask<done>(to.containers, remove_container{{}, gone, false});
}

// Somebody else is another program, whose calls ours do not wait for.
BOOST_AUTO_TEST_CASE(a_removal_frees_the_name_also_if_somebody_else_removes) {
  auto what = script("app", forever);
  const service_set other{sys, engine_settings_of_environment()};
  for (auto round = 0; round < 5; ++round) {
    auto id = run(what);
    auto first
      = begin(other.handles().containers, remove_container{{}, id, true});
    ask<done>(to.containers, remove_container{{}, id, true});
    create(what);
    BOOST_REQUIRE(outcome<done>(first));
    ask<done>(to.containers, remove_container{{}, inspect(what.name).id, true});
  }
}

BOOST_AUTO_TEST_CASE(a_renamed_container_leaves_its_name_to_the_next) {
  auto what = spec("app");
  auto id = create(what);
  ask<done>(to.containers, rename_container{{}, id, name("old")});
  BOOST_TEST(inspect(id).name == name("old"));
  ask<done>(to.containers, rename_container{{}, id, name("old")});
  create(what);
  auto err = refusal<done>(to.containers, rename_container{{}, id, what.name});
  check_failure(err, errc::conflict, what.name);
}

BOOST_AUTO_TEST_CASE(the_restart_policy_can_be_changed_while_it_runs) {
  auto id = run(script("app", forever));
  for (const auto* policy : {"always", "no"}) {
    ask<done>(to.containers, set_restart_policy{{}, id, policy});
    BOOST_TEST(raw(id).at("HostConfig").at("RestartPolicy").at("Name").text()
               == policy);
  }
}

BOOST_AUTO_TEST_CASE(a_container_that_is_gone_is_not_found) {
  auto check
    = [](const caf::error& err) { check_failure(err, errc::not_found, gone); };
  auto& c = to.containers;
  check(refusal<done>(c, start_container{{}, gone}));
  check(refusal<done>(c, stop_container{{}, gone, 1s}));
  check(refusal<done>(c, restart_container{{}, gone, 1s}));
  check(refusal<done>(c, rename_container{{}, gone, name("new")}));
  check(refusal<done>(c, set_restart_policy{{}, gone, "no"}));
  check(refusal<container_info>(c, inspect_container{{}, gone}));
  check(refusal<port_binding>(c, inspect_port{{}, gone, 8080}));
  check(refusal<container_exit>(c, wait_container{{}, gone}));
  check(refusal<std::vector<log_line>>(c, read_logs{{}, gone}));
}

// -- ports and lists ----------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_published_port_is_known_while_the_container_runs) {
  auto what = script("app", forever);
  what.ports = {{8080, "127.0.0.1"}};
  auto id = run(what);
  auto port = ask<port_binding>(to.containers, inspect_port{{}, id, 8080});
  BOOST_TEST(port.container_port == 8080);
  BOOST_TEST(port.protocol == "tcp");
  BOOST_TEST(port.host_ip == "127.0.0.1");
  BOOST_TEST(port.host_port > 0);
  auto err = refusal<port_binding>(to.containers, inspect_port{{}, id, 9090});
  check_failure(err, errc::not_found, "9090");
  ask<done>(to.containers, stop_container{{}, id, 1s});
  err = refusal<port_binding>(to.containers, inspect_port{{}, id, 8080});
  check_failure(err, errc::conflict, what.name);
}

BOOST_AUTO_TEST_CASE(an_exposed_port_is_not_a_published_one) {
  auto id = run(script("app", forever)); // the image exposes 8080
  auto err = refusal<port_binding>(to.containers, inspect_port{{}, id, 8080});
  check_failure(err, errc::not_found, "8080");
}

BOOST_AUTO_TEST_CASE(containers_are_listed_by_their_labels) {
  auto what = script("one", forever);
  what.ports = {{8080, "127.0.0.1"}};
  auto running = run(what);
  auto other = spec("two");
  other.labels[label::stage] = "other";
  auto stopped = create(other);
  auto list = [&](std::map<std::string, std::string> labels) {
    labels.emplace(label::project, project);
    auto found = ask<std::vector<container_summary>>(
      to.containers, list_containers{{}, std::move(labels)});
    std::ranges::sort(found, {}, &container_summary::name);
    return found;
  };
  auto all = list({});
  BOOST_TEST_REQUIRE(all.size() == 2u);
  BOOST_TEST(all[0].id == running);
  BOOST_TEST(all[0].name == name("one"));
  BOOST_TEST(all[0].image == what.image);
  BOOST_TEST((all[0].state == container_state::running));
  BOOST_TEST(all[0].status.starts_with("Up "));
  BOOST_TEST(all[0].project == project);
  BOOST_TEST(all[0].stage == "suite");
  BOOST_TEST(all[0].instance_id == "one");
  BOOST_TEST_REQUIRE(all[0].ports.size() == 1u);
  BOOST_TEST(all[0].ports[0].host_port > 0);
  BOOST_TEST((all[1].state == container_state::created));
  auto others = list({{label::instance_id, "two"}});
  BOOST_TEST_REQUIRE(others.size() == 1u);
  BOOST_TEST(others[0].id == stopped);
  BOOST_TEST(list({{label::instance_id, "none"}}).empty());
}

BOOST_AUTO_TEST_CASE(containers_that_only_have_our_labels_are_no_stages) {
  create(spec("one"));
  BOOST_TEST(
    ask<std::vector<container_summary>>(
      to.containers,
      list_containers{{}, {{label::project, project}, {label::stage, ""}}})
      .empty());
}

// -- deadlines and cancellation -----------------------------------------------

BOOST_AUTO_TEST_CASE(a_deadline_ends_a_wait) {
  auto id = run(script("app", forever));
  auto err
    = refusal<container_exit>(to.containers, wait_container{{200ms, 0}, id});
  check_failure(err, errc::timed_out, id);
}

BOOST_AUTO_TEST_CASE(a_message_cancels_the_call_of_its_ticket_only) {
  auto id = run(script("app", forever));
  auto first = begin(to.containers, wait_container{{0ms, 1}, id});
  auto second = begin(to.containers, wait_container{{0ms, 2}, id});
  self->send(to.containers, cancel{1});
  auto result = outcome<container_exit>(first);
  BOOST_TEST_REQUIRE(!result);
  check_failure(result.error(), errc::cancelled, id);
  ask<done>(to.containers, stop_container{{}, id, 1s});
  BOOST_TEST(outcome<container_exit>(second).engaged());
}

BOOST_AUTO_TEST_CASE(a_call_ends_with_its_asker_and_lets_others_on) {
  auto what = spec("stubborn");
  what.image = pulled("shop-stubborn:v1");
  auto id = run(what);
  auto asker = spawn_asker<done>(to.containers, stop_container{{}, id, 600s});
  self->monitor(asker);
  kill(asker);
  next<caf::down_msg>();
  ask<done>(to.containers, remove_container{{20s, 0}, id, true});
}

BOOST_AUTO_TEST_SUITE_END()
