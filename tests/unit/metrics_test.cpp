// What Prometheus is told of deploys.

#include "main/api/metrics.hpp"

#include "actors/deploy_supervisor.hpp"
#include "tests/support/deployment_fixture.hpp"

#include <boost/test/unit_test.hpp>

using namespace dw;
using namespace dw::api;
using namespace dw::test;
using namespace std::chrono_literals;

namespace {

struct fixture : deployment_fixture {
  fixture() {
    publish("1");
    supervisor = keep(
      sys.spawn(deploy_supervisor, world.handles(), supervisor_policy{}));
    keep(sys.spawn(metrics_collector, counters, supervisor,
                   world.handles().watch));
    run();
  }

  pending<deploy_report> submit(const std::string& tag) {
    auto result = request<deploy_report>(
      supervisor, submit_work{stage_action::deploy, make_spec(tag)});
    run();
    return result;
  }

  void check_has(const std::string& line) {
    auto text = counters->text();
    BOOST_TEST(text.find("\n" + line) != std::string::npos, line + text);
  }

  std::shared_ptr<metrics> counters = std::make_shared<metrics>();
  deploy_supervisor_impl supervisor;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(metrics_of_work, fixture)

BOOST_AUTO_TEST_CASE(count_deploys_by_stage_and_outcome) {
  wait_for(submit("1"));
  wait_for(submit("absent"));
  const std::string stage = R"(project="shop",stage="prod"} 1)";
  check_has(
    R"(docker_watcher_deploys_total{action="deploy",outcome="deployed",)"
    + stage);
  check_has(R"(docker_watcher_deploys_total{action="deploy",outcome="failed",)"
            + stage);
}

BOOST_AUTO_TEST_CASE(tell_what_waits_and_what_runs) {
  auto first = submit("1");
  auto second = submit("1");
  check_has("docker_watcher_deploys_in_flight 1\n");
  check_has("docker_watcher_deploys_queued 1\n");
  wait_for(first);
  wait_for(second);
  check_has("docker_watcher_deploys_in_flight 0\n");
  check_has("docker_watcher_deploys_queued 0\n");
}

BOOST_AUTO_TEST_CASE(tell_how_long_steps_took) {
  wait_for(submit("1"));
  wait_for(submit("1"));
  // The second had something to drain.
  const std::string name = "docker_watcher_step_duration_seconds";
  check_has(name + R"(_count{step="pulling"} 2)");
  check_has(name + R"(_count{step="draining"} 1)");
  counters->observe_step(deploy_phase::undoing, 1500ms);
  check_has(name + R"(_sum{step="undoing"} 1.5)");
  check_has(name + R"(_bucket{step="undoing",le="1"} 0)");
  check_has(name + R"(_bucket{step="undoing",le="2.5"} 1)");
}

BOOST_AUTO_TEST_CASE(count_exchanges_by_peer_and_end) {
  counters->count_exchange("Docker Engine at unix:///x.sock", 201, errc{});
  counters->count_exchange("Nginx Proxy Manager", 0, errc::timed_out);
  counters->count_exchange("http://10.0.0.7:8080", 200, errc{});
  const std::string name = "docker_watcher_http_exchanges_total";
  check_has(name + R"({peer="engine",status="201"} 1)");
  check_has(name + R"({peer="npm",status="timed_out"} 1)");
  check_has(name + R"({peer="other",status="200"} 1)");
}

BOOST_AUTO_TEST_SUITE_END()
