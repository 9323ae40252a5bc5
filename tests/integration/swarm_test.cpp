// Stages whose instances are services, on a swarm of one node.

#include "tests/support/await.hpp"
#include "tests/support/child_process.hpp"
#include "tests/support/shop_stage.hpp"
#include "tests/support/visitors.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <set>
#include <sstream>

using namespace dw::test;
using namespace std::chrono_literals;

namespace {

using list = std::vector<std::string>;

list lines_of(const std::string& text) {
  list result;
  std::istringstream in{text};
  for (std::string line; std::getline(in, line);)
    result.push_back(line);
  std::sort(result.begin(), result.end());
  return result;
}

/// Makes the environment's engine a swarm for as long as it lives.
struct one_node_swarm {
  one_node_swarm() {
    leave();
    output_of({"docker", "swarm", "init", "--listen-addr", "127.0.0.1:2377",
               "--advertise-addr", "127.0.0.1"});
  }

  ~one_node_swarm() {
    leave();
  }

  static void leave() {
    if (output_of({"docker", "info", "--format", "{{.Swarm.LocalNodeState}}"})
        != "inactive\n")
      output_of({"docker", "swarm", "leave", "--force"});
  }
};

struct fixture {
  fixture() {
    stage.set_line("keep:", "keep: 1");
    stage.set_line("target:", "target: swarm");
    stage.set_line("publish:", "publish: host");
  }

  ~fixture() {
    one_node_swarm::leave();
  }

  child_end run(list args) {
    args.insert(args.begin() + 1, stage.name());
    return stage.program.run(args);
  }

  void done(const list& args) {
    const auto end = run(args);
    BOOST_TEST_REQUIRE(end.status == 0, end.output << end.error_output);
  }

  void fails(const list& args, const std::string& why, int status = 1) {
    const auto end = run(args);
    const auto text = end.output + end.error_output;
    BOOST_TEST(end.status == status, text);
    BOOST_TEST(text.find(why) != std::string::npos, text);
  }

  /// "TAG RUNNING/WANTED" of each service, sorted.
  list services() const {
    list result;
    for (const auto& line :
         lines_of(output_of({"docker", "service", "ls", "--filter",
                             "label=docker-watcher.project=" + stage.project,
                             "--format", "{{.ID}} {{.Replicas}}"}))) {
      const auto id = line.substr(0, line.find(' '));
      result.push_back(tag_of(id) + line.substr(line.find(' ')));
    }
    std::sort(result.begin(), result.end());
    return result;
  }

  static std::string tag_of(const std::string& service) {
    auto result
      = output_of({"docker", "service", "inspect", "--format",
                   "{{index .Spec.Labels \"docker-watcher.tag\"}}", service});
    result.erase(result.find_last_not_of('\n') + 1);
    return result;
  }

  /// A task that another one has replaced takes a moment to stop.
  void check_services(const list& wanted) const {
    await("the services are as they should be",
          [&] { return services() == wanted; });
  }

  /// The swarm keeps some containers of tasks that have ended for as long as it
  /// has their service, and removes those of one that is gone a moment later.
  void check_running(size_t count) const {
    await(std::to_string(count) + " containers run", [&] {
      const auto all = containers_of(stage.project);
      const auto running
        = std::ranges::count(all, "running", &listed_container::state);
      return running == static_cast<std::ptrdiff_t>(count)
             && (count > 0 || all.empty());
    });
  }

  one_node_swarm swarm;
  shop_stage stage;
};

} // namespace

BOOST_FIXTURE_TEST_CASE(no_visitor_notices_a_new_service, fixture) {
  stage.set_line("soak:", "soak: 1s");
  stage.set_line("drain:", "drain: 1s");
  stage.set_line("health:", "health: {timeout: 20s}");
  done({"deploy", "--tag", "v1"});
  check_services({"v1 1/1"});
  BOOST_TEST(stage.served() == "v1");
  visitors crowd{stage.proxy.traffic_url(), stage.domain, 2, 2};
  BOOST_TEST_REQUIRE(crowd.wait_for(50, 60s));
  done({"deploy", "--tag", "v2"});
  check_services({"v1 0/0", "v2 1/1"});
  fails({"deploy", "--tag", "v3"}, "unhealthy");
  check_services({"v1 0/0", "v2 1/1"});
  fails({"deploy", "--tag", "v4"}, "no database");
  check_services({"v1 0/0", "v2 1/1"});
  done({"rollback"});
  check_services({"v1 1/1", "v2 0/0"});
  std::set<std::string> seen;
  for (const auto& x : crowd.stop()) {
    BOOST_TEST(x.status == 200, x.problem);
    seen.insert(x.version);
  }
  BOOST_TEST((seen == std::set<std::string>{"v1", "v2"}));
  BOOST_TEST(stage.served() == "v1");
  check_running(1);
  done({"remove", "--yes"});
  check_services({});
  BOOST_TEST(stage.hosts().empty());
  check_running(0);
}

BOOST_FIXTURE_TEST_CASE(a_worker_is_updated_in_place, fixture) {
  stage.settings().domains.clear();
  stage.set_line("soak:", "soak: 1s");
  stage.set_line("health:", "health: {timeout: 20s}");
  done({"deploy", "--tag", "v1"});
  check_services({"v1 1/1"});
  done({"deploy", "--tag", "v2"});
  check_services({"v2 1/1"});
  fails({"deploy", "--tag", "v3"}, "the swarm rolls it back");
  check_services({"v2 1/1"});
  fails({"rollback"}, "no earlier container is kept");
  done({"deploy", "--tag", "v1"});
  done({"rollback"});
  check_services({"v2 1/1"});
  done({"stop"});
  check_services({"v2 0/0"});
  done({"start"});
  check_services({"v2 1/1"});
  check_running(1);
  done({"remove", "--yes"});
  check_services({});
  check_running(0);
}

BOOST_FIXTURE_TEST_CASE(commands_that_look_know_services, fixture) {
  done({"deploy", "--tag", "v1"});
  const auto status = run({"status"});
  BOOST_TEST(status.output.find("running  serves") != std::string::npos,
             status.output);
  BOOST_TEST(status.output.find("not where the container is")
               == std::string::npos,
             status.output);
  const auto plan = run({"plan"});
  BOOST_TEST(plan.output.find("+ create service dw-" + stage.project)
               != std::string::npos,
             plan.output << plan.error_output);
  const auto logs = run({"logs"});
  BOOST_TEST(logs.output.find("shop v1 is open") != std::string::npos,
             logs.output << logs.error_output);
  done({"restart"});
  BOOST_TEST(stage.served() == "v1");
}

BOOST_FIXTURE_TEST_CASE(a_service_and_a_container_take_over_from_each_other,
                        fixture) {
  stage.set_line("target:", "target: container");
  stage.set_line("keep:", "keep: 0");
  stage.program.settings.network = stage.network + "-bridge";
  done({"deploy", "--tag", "v1"});
  BOOST_TEST(stage.whats_wrong_with_only("v1") == "");
  stage.program.settings.network = stage.network;
  stage.set_line("target:", "target: swarm");
  done({"deploy", "--tag", "v2"});
  check_services({"v2 1/1"});
  BOOST_TEST(stage.served() == "v2");
  check_running(1);
  stage.set_line("target:", "target: container");
  done({"deploy", "--tag", "v1"});
  check_services({});
  await("only the container is left",
        [&] { return stage.whats_wrong_with_only("v1").empty(); });
  done({"remove", "--yes"});
  output_of({"docker", "network", "rm", stage.network + "-bridge"});
}

BOOST_FIXTURE_TEST_CASE(what_a_swarm_cannot_do_safely_is_refused, fixture) {
  stage.set_line("health:", "health: {path: /}");
  fails({"deploy", "--tag", "v1"}, "set health.command instead", 2);
  stage.set_line("health:", "health: {timeout: 20s}");
  stage.settings().image += "-plain";
  fails({"deploy", "--tag", "v1"}, "Add a HEALTHCHECK to the image");
  one_node_swarm::leave();
  fails({"deploy", "--tag", "v1"}, "docker swarm init");
}
