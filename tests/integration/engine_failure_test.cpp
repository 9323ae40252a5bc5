// The engine goes away in the middle of a deploy.

#include "tests/support/shop_stage.hpp"
#include "tests/support/test_environment.hpp"

#include <boost/test/unit_test.hpp>

using namespace dw::test;

namespace {

/// A stage whose v1 serves, and the deploy of a v2 that does not get healthy.
struct fixture {
  fixture() {
    stage.settings().image = environment().registry + "/shop-plain";
    stage.settings().more.emplace_back("health: {path: /healthz, timeout: 8s}");
    stage.must_deploy("v1");
  }

  child_process deploy_until_gating() {
    auto sound = stage.settings();
    stage.settings().more.emplace_back("env: {SHOP_UNHEALTHY: \"1\"}");
    std::erase_if(stage.settings().more,
                  [](const auto& x) { return x.starts_with("env: {API_KEY"); });
    auto result = stage.program.start({"deploy", stage.name(), "--tag", "v2"});
    result.wait_for_output("gating");
    stage.settings() = sound;
    return result;
  }

  shop_stage stage;
};

// A function, for GCC misreads what Boost does with a lambda.
boost::test_tools::assertion_result
engine_is_ours(boost::unit_test::test_unit_id) {
  return !environment().directory.empty();
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(engine, fixture,
                         *boost::unit_test::precondition(engine_is_ours))

BOOST_AUTO_TEST_CASE(a_deploy_survives_an_engine_that_is_frozen_for_a_while) {
  auto deploy = stage.program.start({"deploy", stage.name(), "--tag", "v2"});
  deploy.wait_for_output("creating");
  change_engine("freeze");
  BOOST_TEST(stage.served() == "v1");
  change_engine("thaw");
  const auto end = stage.program.finish(deploy);
  BOOST_TEST(end.status == 0, end.output);
  BOOST_TEST(stage.whats_wrong_with_only("v2") == "");
}

BOOST_AUTO_TEST_CASE(a_failure_is_undone_once_the_engine_thaws) {
  auto deploy = deploy_until_gating();
  change_engine("freeze");
  deploy.wait_for_output("undoing");
  BOOST_TEST(stage.served() == "v1");
  change_engine("thaw");
  const auto end = stage.program.finish(deploy);
  BOOST_TEST(end.status == 1, end.output);
  BOOST_TEST(stage.whats_wrong_with_only("v1") == "");
}

// Docker's own rules say what becomes of running containers: those of an
// engine that was killed stay down.
BOOST_AUTO_TEST_CASE(after_an_engine_was_killed_the_next_deploy_tidies_up) {
  auto deploy = deploy_until_gating();
  change_engine("kill");
  const auto end = stage.program.finish(deploy);
  BOOST_TEST_MESSAGE(end.output);
  BOOST_TEST(end.status == 1, end.output);
  BOOST_TEST(end.output.find("left: container " + stage.container("v2"))
               != std::string::npos,
             end.output);
  BOOST_TEST(stage.program.run({"status"}).status == 3);
  change_engine("start");
  stage.must_deploy("v2");
  BOOST_TEST(stage.whats_wrong_with_only("v2") == "");
}

// They come up again with an engine that was stopped, on other ports.
BOOST_AUTO_TEST_CASE(after_an_engine_was_stopped_start_leads_the_route_back) {
  auto deploy = deploy_until_gating();
  change_engine("stop");
  const auto end = stage.program.finish(deploy);
  BOOST_TEST_MESSAGE(end.output);
  BOOST_TEST(end.status == 1, end.output);
  change_engine("start");
  const auto start = stage.program.run({"start", stage.name()});
  BOOST_TEST(start.status == 0, start.output);
  BOOST_TEST(stage.served() == "v1");
  stage.must_deploy("v2");
  BOOST_TEST(stage.whats_wrong_with_only("v2") == "");
}

BOOST_AUTO_TEST_SUITE_END()
