#include "actors/push_policy.hpp"

#include "actors/stage_record.hpp"
#include "messages/error.hpp"
#include "messages/naming.hpp"

#include <boost/test/unit_test.hpp>

using namespace dw;

namespace {

std::string digest(char x) {
  return "sha256:" + std::string(64, x);
}

pushed_image pushed(std::string tag, std::string its_digest = {}) {
  return {"registry.example.com", "shop", std::move(tag), std::move(its_digest),
          "1"};
}

unfinished_work
under_way(stage_action action, std::string tag, std::string its_digest = {},
          deploy_phase phase = deploy_phase::queued) {
  unfinished_work result;
  result.work.action = action;
  result.work.spec.tag = std::move(tag);
  result.work.spec.digest = std::move(its_digest);
  result.phase = phase;
  return result;
}

work_record past(stage_action action, std::string tag, std::string its_digest,
                 caf::error problem = {}) {
  work_record result;
  result.work.action = action;
  result.work.spec.tag = tag;
  result.tag = std::move(tag);
  result.digest = std::move(its_digest);
  result.report = deploy_report{};
  result.report->error = std::move(problem);
  return result;
}

struct fixture {
  void serves(std::string tag, std::string its_digest) {
    facts.current = deployed_version{std::move(tag), std::move(its_digest)};
  }

  std::string push(const std::string& tag, const std::string& its_digest = {}) {
    return why_not_deploy(rule, pushed(tag, its_digest), facts);
  }

  std::string follow(const std::string& tag, const std::string& its_digest) {
    return why_not_follow({"shop", "prod", tag, its_digest}, facts);
  }

  auto_deploy rule;
  push_facts facts;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(push_policy, fixture)

// -- tags ---------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_pattern_chooses_tags) {
  rule.tags = "v*";
  BOOST_TEST(takes_tag(rule, "v1"));
  BOOST_TEST(takes_tag(rule, "v"));
  BOOST_TEST(!takes_tag(rule, "1"));
  rule.tags = "latest";
  BOOST_TEST(takes_tag(rule, "latest"));
  BOOST_TEST(!takes_tag(rule, "latest2"));
  rule.tags = "1.[0-9]-?lpine";
  BOOST_TEST(takes_tag(rule, "1.7-alpine"));
  BOOST_TEST(!takes_tag(rule, "1.x-alpine"));
}

BOOST_AUTO_TEST_CASE(a_range_chooses_versions) {
  rule.semver = ">=1.2 <2";
  BOOST_TEST(takes_tag(rule, "v1.4.0"));
  BOOST_TEST(takes_tag(rule, "1.4.0"));
  BOOST_TEST(!takes_tag(rule, "2.0.0"));
  BOOST_TEST(!takes_tag(rule, "1.4.0-rc.1"));
  BOOST_TEST(!takes_tag(rule, "latest"));
  BOOST_TEST(!takes_tag(rule, "1.4"));
}

BOOST_AUTO_TEST_CASE(without_a_rule_no_tag_is_taken) {
  BOOST_TEST(!takes_tag(rule, "v1"));
  BOOST_TEST(!takes_tag(rule, ""));
}

// -- pushes -------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(what_was_never_deployed_is) {
  rule.tags = "v*";
  BOOST_TEST(push("v1", digest('a')) == "");
  BOOST_TEST(push("v1") == "");
}

BOOST_AUTO_TEST_CASE(what_serves_is_not_deployed_again) {
  rule.tags = "v*";
  serves("v1", digest('a'));
  BOOST_TEST(push("v1", digest('a')) == "it is there already");
  BOOST_TEST(push("v1", digest('b')) == "");
  BOOST_TEST(push("v2", digest('a')) == "");
  // Nobody knows what it is.
  BOOST_TEST(push("v1") == "");
}

BOOST_AUTO_TEST_CASE(what_is_queued_is_not_queued_again) {
  rule.tags = "v*";
  facts.unfinished = {under_way(stage_action::deploy, "v1", digest('a'))};
  BOOST_TEST(push("v1", digest('a')) == "it is being deployed");
  BOOST_TEST(push("v1", digest('b')) == "");
  BOOST_TEST(push("v2", digest('a')) == "");
  BOOST_TEST(push("v1") == "");
}

BOOST_AUTO_TEST_CASE(without_a_digest_only_what_has_not_begun_is_the_same) {
  rule.tags = "v*";
  facts.unfinished = {under_way(stage_action::deploy, "v1")};
  BOOST_TEST(push("v1") == "it is being deployed");
  BOOST_TEST(push("v1", digest('a')) == "");
  facts.unfinished.front().phase = deploy_phase::pulling;
  BOOST_TEST(push("v1") == "");
  facts.unfinished.front().digest = digest('a');
  BOOST_TEST(push("v1") == "");
  BOOST_TEST(push("v1", digest('a')) == "it is being deployed");
}

BOOST_AUTO_TEST_CASE(the_last_push_wins_over_what_is_queued_before) {
  rule.tags = "v*";
  serves("v1", digest('a'));
  facts.unfinished = {under_way(stage_action::deploy, "v2", digest('b')),
                      under_way(stage_action::deploy, "v3", digest('c')),
                      under_way(stage_action::restart, "v3", digest('c'))};
  BOOST_TEST(push("v1", digest('a')) == "");
  BOOST_TEST(push("v2", digest('b')) == "");
  BOOST_TEST(push("v3", digest('c')) == "it is being deployed");
}

BOOST_AUTO_TEST_CASE(versions_only_go_up) {
  rule.semver = "*";
  serves("v1.10.0", digest('a'));
  BOOST_TEST(push("v1.9.0", digest('b')) == "v1.10.0 is newer");
  BOOST_TEST(push("1.10.0-rc.1", digest('b')) == "v1.10.0 is newer");
  BOOST_TEST(push("1.10.0", digest('b')) == "");
  BOOST_TEST(push("v1.10.0", digest('b')) == "");
  BOOST_TEST(push("v1.10.1", digest('b')) == "");
  serves("latest", digest('a'));
  BOOST_TEST(push("v0.0.1", digest('b')) == "");
}

BOOST_AUTO_TEST_CASE(versions_only_go_up_from_what_is_queued) {
  rule.semver = "*";
  serves("v1.0.0", digest('a'));
  facts.unfinished = {under_way(stage_action::deploy, "v1.5.0"),
                      under_way(stage_action::deploy, "v1.2.0")};
  BOOST_TEST(push("v1.4.0") == "v1.5.0 is newer");
  BOOST_TEST(push("v1.6.0") == "");
  facts.unfinished = {under_way(stage_action::rollback, "v1.0.0")};
  BOOST_TEST(push("v1.4.0") == "");
  facts.unfinished.front().tag = "v1.7.0";
  BOOST_TEST(push("v1.4.0") == "v1.7.0 is newer");
  facts.unfinished = {under_way(stage_action::stop, "v9.0.0")};
  BOOST_TEST(push("v1.4.0") == "");
}

BOOST_AUTO_TEST_CASE(other_rules_may_go_down) {
  rule.tags = "*";
  serves("v2.0.0", digest('a'));
  BOOST_TEST(push("v1.0.0", digest('b')) == "");
}

// -- tags that are followed ---------------------------------------------------

BOOST_AUTO_TEST_CASE(a_tag_that_moves_is_followed) {
  BOOST_TEST(follow("v1", digest('a')) == "");
  serves("v1", digest('a'));
  facts.history = {past(stage_action::deploy, "v1", digest('a'))};
  BOOST_TEST(follow("v1", digest('a')) == "it is there already");
  BOOST_TEST(follow("v1", digest('b')) == "");
}

BOOST_AUTO_TEST_CASE(a_tag_that_moves_back_is_followed) {
  serves("v1", digest('b'));
  facts.history = {past(stage_action::deploy, "v1", digest('b')),
                   past(stage_action::deploy, "v1", digest('a'))};
  BOOST_TEST(follow("v1", digest('a')) == "");
}

BOOST_AUTO_TEST_CASE(another_tag_that_was_deployed_stays) {
  serves("v2", digest('b'));
  BOOST_TEST(follow("v1", digest('a')) == "v2 was deployed instead");
}

BOOST_AUTO_TEST_CASE(nothing_is_followed_while_there_is_work) {
  facts.unfinished = {under_way(stage_action::stop, "v1")};
  BOOST_TEST(follow("v1", digest('a')) == "there is work under way");
}

BOOST_AUTO_TEST_CASE(what_was_rolled_back_does_not_come_again) {
  serves("v1", digest('a'));
  facts.history = {past(stage_action::rollback, "v1", digest('a')),
                   past(stage_action::deploy, "v1", digest('b')),
                   past(stage_action::deploy, "v1", digest('a'))};
  BOOST_TEST(follow("v1", digest('b')) == "it was deployed already");
  BOOST_TEST(follow("v1", digest('c')) == "");
}

BOOST_AUTO_TEST_CASE(what_failed_comes_again_only_if_the_reason_may_be_gone) {
  serves("v1", digest('a'));
  facts.history = {past(stage_action::deploy, "v1", digest('b'),
                        make_failure(errc::unhealthy, {}))};
  BOOST_TEST(follow("v1", digest('b')) == "it was deployed already");
  facts.history.front().report->error
    = make_failure(errc::connection_refused, {});
  BOOST_TEST(follow("v1", digest('b')) == "");
}

// -- containers ---------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_container_tells_what_it_was_made_of) {
  deploy_spec spec;
  spec.image = "shop";
  spec.tag = "v1";
  spec.digest = digest('a');
  container_summary x;
  x.labels = {{label::tag, "v1"}, {label::record, write_record(spec)}};
  BOOST_TEST((version_of(x) == deployed_version{"v1", digest('a')}));
  x.labels.erase(label::record);
  BOOST_TEST((version_of(x) == deployed_version{"v1", ""}));
  x.labels.clear();
  BOOST_TEST((version_of(x) == deployed_version{}));
}

BOOST_AUTO_TEST_SUITE_END()
