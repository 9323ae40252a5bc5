// The guarantee: whatever is deployed, succeeds or fails, no visitor notices.

#include "tests/support/shop_stage.hpp"
#include "tests/support/test_environment.hpp"
#include "tests/support/visitors.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <future>
#include <set>
#include <utility>

using namespace dw::test;
using namespace std::chrono_literals;

namespace {

using time_point = visit::time_point;

/// What answers: "v2 9f2c..", the version and the instance.
using answerer = std::string;

answerer answerer_of(const visit& x) {
  return x.version + " " + x.instance_id;
}

/// A run of the program, and who served before and after it.
struct step {
  std::vector<std::string> arguments;
  int status = 0;
  time_point began;
  time_point ended;
  answerer before;
  answerer after;
};

constexpr auto project = "zero-downtime";
constexpr auto stage = "zero-downtime/prod";
constexpr auto network = "zero-downtime";
constexpr auto domain = "zero-downtime.test";

watcher_settings settings() {
  auto result = environment_settings();
  result.network = network;
  result.stages = {
    {.project = project,
     .image = environment().registry + "/shop",
     .domains = {domain},
     .more = {"drain: 1s", "soak: 1s", "keep: 2", "health: {timeout: 20s}"}}};
  return result;
}

/// The stage, and nothing of it afterwards.
struct fixture {
  fixture() {
    forget_project(project, network);
  }
  ~fixture() {
    program.run({"remove", "--yes", stage});
    forget_project(project, network);
  }

  /// Deploys v1 as the beginning of the story. A host that is new takes a
  /// moment until all workers of nginx serve it; who asks before is no visitor
  /// yet.
  void open_the_shop() {
    run({"deploy", stage});
    BOOST_TEST_REQUIRE(story.front().status == 0);
    constexpr int enough = 50;
    const auto deadline = std::chrono::steady_clock::now() + 20s;
    for (int in_a_row = 0; in_a_row < enough;) {
      BOOST_TEST_REQUIRE((std::chrono::steady_clock::now() < deadline));
      const auto answer = exchange(
        {.url = environment().proxy_url + "/", .headers = {{"Host", domain}}});
      in_a_row = answer.body == "shop v1\n" ? in_a_row + 1 : 0;
    }
  }

  /// Runs the program, and adds what it did to the story.
  void run(std::vector<std::string> arguments) {
    step next{.arguments = arguments, .before = serving, .after = serving};
    arguments.emplace_back("--json");
    next.began = std::chrono::steady_clock::now();
    const auto end = program.run(arguments);
    next.ended = std::chrono::steady_clock::now();
    next.status = end.status;
    const auto report = last_of_type(end.output, "report");
    if (end.status == 0)
      serving = report.at("tag").text() + " " + report.at("instance_id").text();
    next.after = serving;
    story.push_back(std::move(next));
  }

  watcher program{settings()};
  answerer serving;
  std::vector<step> story;
};

/// Who may answer a visit: who served when it began, and whoever began to serve
/// while it lasted.
std::set<answerer>
expected_answerers(const visit& x, const std::vector<step>& story) {
  std::set<answerer> result;
  auto serving = story.front().before;
  for (const auto& next : story) {
    if (next.ended <= x.began)
      serving = next.after;
    else if (next.began <= x.ended)
      result.insert(next.after);
  }
  result.insert(serving);
  return result;
}

std::string describe(const visit& x, const std::vector<step>& story) {
  auto at = std::chrono::duration_cast<std::chrono::milliseconds>(
    x.began - story.front().began);
  return "after " + std::to_string(at.count()) + " ms "
         + (x.keeps_alive ? "on a kept" : "on a new") + " connection: status "
         + std::to_string(x.status) + ", " + answerer_of(x) + ", " + x.problem;
}

/// Checks each visit; tells what was seen.
std::set<answerer>
check_visits(const std::vector<visit>& visits, const std::vector<step>& story) {
  std::set<answerer> result;
  size_t replaced = 0;
  for (const auto& x : visits) {
    BOOST_TEST(x.status == 200, describe(x, story));
    BOOST_TEST(expected_answerers(x, story).contains(answerer_of(x)),
               describe(x, story));
    result.insert(answerer_of(x));
    if (x.keeps_alive && x.connections > 0)
      ++replaced;
  }
  BOOST_TEST_MESSAGE(visits.size() << " visits, " << replaced
                                   << " kept connections were replaced");
  return result;
}

/// "NAME STATE VERSION INSTANCE" of each container.
std::vector<std::string> describe_containers() {
  std::vector<std::string> result;
  for (const auto& x : containers_of(project)) {
    BOOST_TEST(x.stage == "prod");
    result.push_back(x.name + " " + x.state + " " + x.tag + " "
                     + x.instance_id);
  }
  return result;
}

/// The proxy hosts that have the domain.
std::vector<npm_standin::json> hosts() {
  const auto& given = environment();
  const npm_session admin{given.npm_url, given.npm_identity, given.npm_secret};
  const auto all = admin.ask("GET", "/nginx/proxy-hosts").body;
  std::vector<npm_standin::json> result;
  for (const auto& x : all.items())
    if (x.at("domain_names").items().front().text() == domain)
      result.push_back(x);
  return result;
}

std::string instance_in(const answerer& x) {
  return x.substr(x.find(' ') + 1);
}

} // namespace

BOOST_FIXTURE_TEST_CASE(no_visitor_notices_what_is_deployed, fixture) {
  open_the_shop();
  const auto first = std::exchange(story, {}).front();
  visitors crowd{environment().proxy_url, domain, 3, 3};
  BOOST_TEST_REQUIRE(crowd.wait_for(100, 60s));
  run({"deploy", stage, "--tag", "v2"});
  run({"deploy", stage, "--tag", "v2"});
  run({"deploy", stage, "--tag", "v3"});
  run({"deploy", stage, "--tag", "v4"});
  run({"deploy", stage, "--tag", "no-such-tag"});
  run({"rollback", stage, "--tag", "v1"});
  BOOST_TEST(crowd.wait_for(5'000, 120s));
  const auto seen = check_visits(crowd.stop(), story);

  std::vector<int> statuses;
  for (const auto& x : story)
    statuses.push_back(x.status);
  BOOST_TEST(statuses == (std::vector{0, 0, 1, 1, 1, 0}),
             boost::test_tools::per_element());
  BOOST_TEST(
    seen
    == (std::set{first.after, story[0].after, story[1].after, story[5].after}));
  BOOST_TEST(seen.size() == 4U);
  const auto& v1 = story[5].after;
  const auto& old_v2 = story[0].after;
  const auto& v2 = story[1].after;
  const auto name = "dw-" + std::string{project} + "-prod-";
  BOOST_TEST(describe_containers()
               == (std::vector{
                 name + "v1 running " + v1, name + "v2 exited " + v2,
                 name + "v2-was-" + instance_in(old_v2) + " exited " + old_v2}),
             boost::test_tools::per_element());
  BOOST_TEST(std::ranges::count(networks(), network) == 1);
  const auto served = hosts();
  BOOST_TEST_REQUIRE(served.size() == 1U);
  BOOST_TEST(served.front().at("meta").dump().find(instance_in(v1))
             != std::string::npos);
}

BOOST_FIXTURE_TEST_CASE(a_request_in_flight_is_answered_by_the_old_version,
                        fixture) {
  program.settings.stages.front().more = {"drain: 4s", "soak: 0s"};
  open_the_shop();
  auto slow = std::async(std::launch::async, [] {
    return exchange({.url = environment().proxy_url + "/slow?4",
                     .headers = {{"Host", domain}}});
  });
  run({"deploy", stage, "--tag", "v2"});
  BOOST_TEST(story.back().status == 0);
  const auto answer = slow.get();
  BOOST_TEST(answer.status == 200);
  BOOST_TEST(answer.body == "shop v1, slowly\n");
}

// Otherwise the first case would prove nothing.
BOOST_FIXTURE_TEST_CASE(visitors_do_notice_a_restart, fixture) {
  open_the_shop();
  visitors crowd{environment().proxy_url, domain, 3, 3};
  BOOST_TEST_REQUIRE(crowd.wait_for(100, 60s));
  run({"restart", stage});
  BOOST_TEST(story.back().status == 0);
  const auto visits = crowd.stop();
  BOOST_TEST(std::ranges::count(visits, 502, &visit::status) > 0);
}
