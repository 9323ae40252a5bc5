#include "main/api/work_request.hpp"

#include "messages/error.hpp"

#include <boost/test/unit_test.hpp>

using namespace dw;
using namespace dw::api;
using namespace std::chrono_literals;

namespace {

struct fixture {
  fixture() {
    deploy_spec spec;
    spec.project = "shop";
    spec.stage = "prod";
    spec.image = "registry.example.com/shop";
    spec.tag = "v1";
    config.stages.push_back(spec);
  }

  submit_work good(const std::string& text) const {
    auto result = parse_work_request(config, text);
    if (!result)
      BOOST_FAIL("failed: " << render(result.error()));
    return *result;
  }

  std::string problem(const std::string& text) const {
    auto result = parse_work_request(config, text);
    BOOST_REQUIRE_MESSAGE(!result, text);
    BOOST_TEST((code_of(result.error()) == errc::invalid_argument));
    return failure_of(result.error()).reply;
  }

  configuration config;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(work_requests, fixture)

BOOST_AUTO_TEST_CASE(a_stage_is_enough) {
  auto work = good(R"({"stage":"shop/prod"})");
  BOOST_TEST((work.action == stage_action::deploy));
  BOOST_TEST((work.spec == config.stages.front()));
  BOOST_TEST(!work.skip_drain);
}

BOOST_AUTO_TEST_CASE(everything_can_be_said) {
  auto work = good(R"({"stage":"shop/prod","action":"deploy","tag":"v2",)"
                   R"("timeout_ms":60000,"skip_drain":true,"drain_ms":0})");
  BOOST_TEST(work.spec.tag == "v2");
  BOOST_TEST((work.spec.timeout == 60s));
  BOOST_TEST(work.skip_drain);
  BOOST_TEST((work.spec.drain == 0s));
  work = good(R"({"stage":"shop/prod","image":"other/shop:v3"})");
  BOOST_TEST(work.spec.tag == "v3");
}

BOOST_AUTO_TEST_CASE(the_tag_of_a_rollback_is_where_to_go_back_to) {
  auto work = good(R"({"stage":"shop/prod","action":"rollback","tag":"v0"})");
  BOOST_TEST((work.action == stage_action::rollback));
  BOOST_TEST(work.rollback_to == "v0");
  BOOST_TEST(work.spec.tag == "v1");
}

BOOST_AUTO_TEST_CASE(what_is_wrong_is_named) {
  const std::pair<const char*, const char*> texts[] = {
    {"[]", "it is no object"},
    {"{}", "stage is missing"},
    {R"({"stage":null})", "stage is missing"},
    {R"({"stage":["shop/prod"]})", "stage is no text"},
    {R"({"stage":"shop/prod","Tag":"v2"})", "\"Tag\" is not known"},
    {R"({"stage":"shop/prod","tag":2})", "tag is no text"},
    {R"({"stage":"shop/prod","action":"Deploy"})", "\"Deploy\" is no action"},
    {R"({"stage":"shop/prod","timeout_ms":0})",
     "timeout_ms is no positive number"},
    {R"({"stage":"shop/prod","timeout_ms":1.5})",
     "timeout_ms is no positive number"},
    {R"({"stage":"shop/prod","skip_drain":"yes"})",
     "skip_drain is neither true nor false"},
    {R"({"stage":"shop/prod","drain_ms":-1})",
     "drain_ms is no number from 0 on"},
    {R"({"stage":"shop/prod","stage":"shop/test"})", "stage is there twice"},
    {R"({"stage":"shop/prod","tag":""})", "tag is empty"},
    {R"({"stage":"shop/prod","image":""})", "image is empty"},
    {R"({"stage":"shop/prod","action":""})", "action is empty"},
    {R"({"stage":"shop/prod","action":"stop","tag":"v2"})",
     "tag is for deploy and rollback only"},
    {R"({"stage":"shop/prod","action":"rollback","image":"x"})",
     "image is for deploy only"},
  };
  for (const auto& [text, expected] : texts)
    BOOST_TEST(problem(text) == expected, text);
  BOOST_TEST(problem("").starts_with("this is not JSON"));
  BOOST_TEST(problem(R"({"stage":"shop/test"})").ends_with("does not have it"));
}

BOOST_AUTO_TEST_SUITE_END()
