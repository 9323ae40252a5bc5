// What `docker-watcher serve` does about stages that are not as they should be.

#include "tests/support/await.hpp"
#include "tests/support/served_stage.hpp"
#include "tests/support/test_environment.hpp"
#include "tests/support/visitors.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <map>
#include <stdexcept>

using namespace dw::test;
using namespace std::chrono_literals;

using npm_standin::json;
using std::chrono::steady_clock;

namespace {

/// A program with a stage whose v1 serves.
struct fixture : served_stage {
  fixture() {
    stage.must_deploy("v1");
  }

  /// The kinds of drift that the daemon knows of.
  std::vector<std::string> drift() const {
    const auto body = ask("/v1/drift").body;
    std::vector<std::string> result;
    for (const auto& x : body.at("items").items())
      result.push_back(x.at("kind").text());
    return result;
  }

  std::string port_of(const std::string& container) const {
    return inspect_value(container,
                         "{{with index .NetworkSettings.Ports \"8080/tcp\"}}"
                         "{{(index . 0).HostPort}}{{end}}");
  }

  json host_of(const std::string& domain) const {
    for (auto& x : stage.hosts())
      if (x.at("domain_names").items().front().text() == domain)
        return x;
    throw std::runtime_error{"no host has " + domain};
  }

  std::string target_of(const std::string& domain) const {
    return std::to_string(host_of(domain).at("forward_port").integer());
  }

  bool is_right() const {
    return target_of(stage.domain) == port_of(stage.container("v1"));
  }

  void edit_host() const {
    const auto id = host_of(stage.domain).at("id").integer();
    stage.admin.update_host(id, R"({"forward_port":65000})");
  }

  void docker(std::vector<std::string> words) const {
    words.insert(words.begin(), "docker");
    output_of(std::move(words));
  }
};

/// The same with further apps behind the same proxy.
struct several_apps : fixture {
  several_apps() {
    for (const auto* name : {"b", "c", "d"}) {
      auto more = stage.settings();
      more.project = stage.project + name;
      more.domains = {more.project + ".test"};
      stage.program.settings.stages.push_back(std::move(more));
    }
    for (const auto& x : stage.program.settings.stages)
      if (x.project != stage.project) {
        const auto end = stage.program.run({"deploy", x.project + "/prod"});
        BOOST_TEST_REQUIRE(end.status == 0, end.output);
      }
  }

  ~several_apps() {
    for (const auto& x : stage.program.settings.stages)
      if (x.project != stage.project)
        forget_project(x.project, {});
  }

  /// Which container each domain should lead to.
  std::map<std::string, listed_container> apps() const {
    std::map<std::string, listed_container> result;
    for (const auto& x : stage.program.settings.stages)
      result[x.domains.front()] = containers_of(x.project).front();
    return result;
  }

  bool are_all_right() const {
    const auto expected = apps();
    return std::ranges::all_of(expected, [this](const auto& x) {
      return x.second.state == "running"
             && target_of(x.first) == port_of(x.second.id);
    });
  }
};

// A function, for GCC misreads what Boost does with a lambda.
boost::test_tools::assertion_result
engine_is_ours(boost::unit_test::test_unit_id) {
  return !environment().directory.empty();
}

using texts = std::vector<std::string>;

} // namespace

// -- containers ---------------------------------------------------------------

BOOST_FIXTURE_TEST_CASE(the_route_of_a_restarted_container_follows_in_2_seconds,
                        fixture) {
  auto daemon = serve();
  child_process events{{curl({"http://x/v1/events"})}};
  events.wait_for_output(":\n");
  for (int i = 0; i < 3; ++i) {
    docker({"restart", "--time", "0", stage.container("v1")});
    const auto restarted = steady_clock::now();
    await("the new route", [&] { return is_right(); });
    const auto time = steady_clock::now() - restarted;
    BOOST_TEST_MESSAGE("the route followed after " << time / 1ms << " ms");
    BOOST_TEST((time < 2s));
    BOOST_TEST(stage.served() == "v1");
  }
  events.wait_for_output("event: drift");
  await("the end of the drift", [&] { return drift().empty(); });
}

BOOST_FIXTURE_TEST_CASE(a_deleted_container_is_reported, fixture) {
  auto daemon = serve();
  docker({"rm", "--force", stage.container("v1")});
  await("the report", [&] { return drift() == texts{"missing_container"}; });
  BOOST_TEST(target_of(stage.domain) == "9");
  // And a deploy puts it right.
  stage.must_deploy("v2");
  await("the end of the drift", [&] { return drift().empty(); });
  BOOST_TEST(stage.whats_wrong_with_only("v2") == "");
}

BOOST_FIXTURE_TEST_CASE(a_stopped_container_gives_up_its_port_until_it_runs,
                        fixture) {
  auto daemon = serve();
  docker({"stop", stage.container("v1")});
  await("the report", [&] { return drift() == texts{"not_running"}; });
  BOOST_TEST(target_of(stage.domain) == "9");
  stage.proxy.settle();
  BOOST_TEST(stage.proxy.visit(stage.domain).status == 502);
  docker({"start", stage.container("v1")});
  await("the route", [&] { return is_right() && drift().empty(); });
  BOOST_TEST(stage.served() == "v1");
}

// -- proxy hosts --------------------------------------------------------------

BOOST_FIXTURE_TEST_CASE(an_edited_host_is_put_back, fixture) {
  edit_host();
  auto daemon = serve();
  await("the repair", [&] { return is_right() && drift().empty(); });
  BOOST_TEST(stage.served() == "v1");
}

BOOST_FIXTURE_TEST_CASE(an_edited_host_is_only_reported_if_that_is_wanted,
                        fixture) {
  stage.set_line("drift:", "drift: report");
  edit_host();
  auto daemon = serve();
  await("the report", [&] { return drift() == texts{"wrong_target"}; });
  BOOST_TEST(target_of(stage.domain) == "65000");
  // A start by hand repairs it.
  BOOST_TEST(stage.program.run({"start", stage.name()}).status == 0);
  BOOST_TEST(is_right());
}

BOOST_FIXTURE_TEST_CASE(an_edited_host_is_nobodys_business_if_that_is_wanted,
                        several_apps) {
  stage.set_line("drift:", "drift: off");
  edit_host();
  docker({"stop", apps().rbegin()->second.id});
  auto daemon = serve();
  // It has looked at the others.
  await("the report", [&] { return drift() == texts{"not_running"}; });
  BOOST_TEST(target_of(stage.domain) == "65000");
}

// -- the engine ---------------------------------------------------------------

namespace {

/// They come back with an engine that was killed.
struct apps_that_come_back : several_apps {
  apps_that_come_back() {
    for (const auto& [domain, app] : apps())
      docker({"update", "--restart", "always", app.id});
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(engine, several_apps,
                         *boost::unit_test::precondition(engine_is_ours))

// An engine that is killed does not tell of it, and begins to count ports anew:
// from the second time on, they change hands.
BOOST_FIXTURE_TEST_CASE(no_app_answers_for_another_once_the_routes_are_right,
                        apps_that_come_back) {
  auto daemon = serve();
  await("the first check", [&] { return drift().empty(); });
  std::map<std::string, visitors> crowds;
  for (const auto& [domain, app] : apps())
    crowds.try_emplace(domain, stage.proxy.traffic_url(), domain, 1, 1);
  struct window {
    steady_clock::time_point from, to;
  };
  std::vector<window> calm;
  for (int i = 0; i < 3; ++i) {
    change_engine("kill");
    change_engine("start");
    const auto started = steady_clock::now();
    await("the routes", [&] { return are_all_right(); });
    const auto right = steady_clock::now();
    BOOST_TEST_MESSAGE("right " << (right - started) / 1ms
                                << " ms after the engine answered");
    stage.proxy.settle();
    calm.push_back({steady_clock::now(), {}});
    for (const auto& [domain, app] : apps())
      BOOST_TEST(stage.proxy.visit(domain).status == 200);
    await("the end of the drift", [&] { return drift().empty(); });
    calm.back().to = steady_clock::now();
  }
  const auto expected = apps();
  size_t astray = 0;
  for (auto& [domain, crowd] : crowds)
    for (const auto& x : crowd.stop()) {
      const auto is_own = x.instance_id == expected.at(domain).instance_id;
      astray += !is_own && x.status == 200 ? 1 : 0;
      if (std::ranges::any_of(calm, [&](const auto& y) {
            return x.began >= y.from && x.ended <= y.to;
          }))
        BOOST_TEST(is_own, domain << " got " << x.instance_id << " " << x.status
                                  << " " << x.problem);
    }
  BOOST_TEST_MESSAGE(astray << " visits were answered by another app before");
  BOOST_TEST(astray > 0u); // otherwise this would prove nothing
}

// Docker leaves those down that have the default restart policy.
BOOST_AUTO_TEST_CASE(what_a_killed_engine_has_ended_is_reported) {
  auto daemon = serve();
  change_engine("kill");
  change_engine("start");
  await("the report", [&] { return drift() == texts(4, "not_running"); });
  for (const auto& [domain, app] : apps())
    BOOST_TEST(target_of(domain) == "9");
}

BOOST_AUTO_TEST_SUITE_END()
