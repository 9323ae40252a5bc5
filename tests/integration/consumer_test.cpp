// Programs of others, built on the installed libraries: see tests/consumer.

#include "tests/support/shop_stage.hpp"
#include "tests/support/test_environment.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

using namespace dw::test;

namespace data = boost::unit_test::data;

namespace {

std::string path_of(const std::string& way, const std::string& program) {
  return std::string{DW_CONSUMERS} + "/" + way + "/programs/" + program;
}

/// The ways in which a program was built. `.ci/run shared` adds one.
std::vector<std::string> ways_to(const std::string& program) {
  std::vector<std::string> result;
  for (const auto* way : {"cmake", "pkg-config", "shared"})
    if (std::filesystem::exists(path_of(way, program)))
      result.emplace_back(way);
  return result;
}

bool says(const std::string& text, const std::string& words) {
  return text.find(words) != std::string::npos;
}

struct fixture {
  child_end run(const std::string& way, const std::string& program,
                const std::vector<std::string>& args) const {
    const auto& given = environment();
    child_command what;
    what.words = {path_of(way, program)};
    what.words.insert(what.words.end(), args.begin(), args.end());
    auto npm_url = stage.proxy.api_url();
    npm_url.resize(npm_url.size() - std::string{"/api"}.size());
    what.environment
      = {{"ENGINE_SOCKET", given.docker_host.substr(7)}, // without unix://
         {"NPM_URL", npm_url},
         {"NPM_IDENTITY", "admin@example.com"},
         {"NPM_SECRET", "changeme"},
         {"TRAFFIC_URL", stage.proxy.traffic_url()},
         {"REGISTRY", given.registry},
         {"REGISTRY_USERNAME", given.registry_username},
         {"REGISTRY_PASSWORD", given.registry_password},
         // The only logins are those that the programs bring.
         {"DOCKER_CONFIG", "/nonexistent"},
         {"IMAGE", given.registry + "/shop"},
         {"PROJECT", stage.project},
         {"NETWORK", stage.network},
         {"DOMAIN", stage.domain}};
    return child_process{std::move(what)}.wait();
  }

  shop_stage stage;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(consumer, fixture)

BOOST_AUTO_TEST_CASE(there_are_programs_to_run) {
  BOOST_TEST(ways_to("with_actors").size() >= 1u);
  BOOST_TEST(ways_to("without_actors").size() >= 2u);
}

BOOST_DATA_TEST_CASE(embedded_actors_deploy, data::make(ways_to("with_actors")),
                     way) {
  const auto end = run(way, "with_actors", {"v1"});
  BOOST_TEST(end.status == 0, end.output << end.error_output);
  BOOST_TEST(says(end.output, "verifying"), end.output);
  BOOST_TEST(stage.whats_wrong_with_only("v1") == "");
  const auto listed = run(way, "one_actor", {});
  BOOST_TEST(listed.status == 0, listed.error_output);
  BOOST_TEST(says(listed.output, stage.container("v1") + " running"),
             listed.output);
}

BOOST_DATA_TEST_CASE(embedded_actors_say_what_fails,
                     data::make(ways_to("with_actors")), way) {
  const auto end = run(way, "with_actors", {"no-such-tag"});
  BOOST_TEST(end.status == 1);
  BOOST_TEST(says(end.error_output, "no-such-tag"), end.error_output);
  BOOST_TEST(stage.hosts().empty());
}

BOOST_DATA_TEST_CASE(a_program_without_actors_deploys_twice,
                     data::make(ways_to("without_actors")), way) {
  const auto end = run(way, "without_actors", {"v1", "v2"});
  BOOST_TEST(end.status == 0, end.output << end.error_output);
  BOOST_TEST(says(end.output, stage.container("v1") + ": Up"), end.output);
  BOOST_TEST(says(end.output, "draining"), end.output);
  BOOST_TEST(stage.served() == "v2");
}

BOOST_AUTO_TEST_SUITE_END()
