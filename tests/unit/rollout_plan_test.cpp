#include "actors/rollout_plan.hpp"
#include "messages/error.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <map>
#include <set>

using namespace dw;

namespace {

using state = rollout_member::member_state;

submit_work make_work(uint32_t parallel = 1) {
  submit_work result;
  result.deploy_id = "0123456789ab";
  result.spec.project = "shop";
  result.spec.stage = "prod";
  result.spec.tag = "v2";
  result.spec.place.nodes = {"web1", "web2", "web3", "web4"};
  result.spec.place.parallel = parallel;
  return result;
}

// A member in this state; an ended one with this outcome.
rollout_member make_member(const std::string& node, state x,
                           deploy_outcome outcome = deploy_outcome::deployed) {
  rollout_member result;
  result.node = node;
  result.state = x;
  result.had_instance = true;
  result.report.outcome = outcome;
  result.report.tag = "v2";
  if (outcome != deploy_outcome::deployed)
    result.report.error
      = make_failure(errc::unhealthy, {.operation = "start container",
                                       .object = "dw-shop-prod-v2",
                                       .reply = "it did not get healthy"});
  return result;
}

std::vector<rollout_member> waiting() {
  std::vector<rollout_member> result;
  for (const char* node : {"web1", "web2", "web3", "web4"})
    result.push_back(make_member(node, state::waiting));
  return result;
}

using indices = std::vector<size_t>;

} // namespace

BOOST_AUTO_TEST_CASE(the_first_node_begins_alone) {
  auto members = waiting();
  BOOST_TEST(next_members(members, make_work(3), true) == indices{0});
  members[0].state = state::running;
  BOOST_TEST(next_members(members, make_work(3), true).empty());
}

BOOST_AUTO_TEST_CASE(the_others_follow_as_many_at_a_time_as_allowed) {
  auto members = waiting();
  members[0].state = state::passed;
  BOOST_TEST(next_members(members, make_work(1), true) == indices{1});
  BOOST_TEST((next_members(members, make_work(2), true) == indices{1, 2}));
  members[1].state = state::running;
  BOOST_TEST(next_members(members, make_work(1), true).empty());
  BOOST_TEST(next_members(members, make_work(2), true) == indices{2});
}

BOOST_AUTO_TEST_CASE(nothing_begins_after_a_failure_or_a_cancellation) {
  auto members = waiting();
  members[0].state = state::ended;
  BOOST_TEST(next_members(members, make_work(), false).empty());
  members[1] = make_member("web2", state::ended, deploy_outcome::failed);
  BOOST_TEST(next_members(members, make_work(4), true).empty());
  members[1] = make_member("web2", state::ended, deploy_outcome::unknown);
  BOOST_TEST(next_members(members, make_work(4), true).empty());
}

BOOST_AUTO_TEST_CASE(what_loses_no_requests_is_done_everywhere_at_once) {
  auto work = make_work();
  work.action = stage_action::start;
  auto members = waiting();
  members[2] = make_member("web3", state::ended, deploy_outcome::failed);
  BOOST_TEST((next_members(members, work, true) == indices{0, 1, 3}));
  work.action = stage_action::restart;
  BOOST_TEST(next_members(waiting(), work, true) == indices{0});
}

BOOST_AUTO_TEST_CASE(what_has_succeeded_is_undone_the_last_first) {
  auto members = waiting();
  members[0].state = state::ended;
  members[1].state = state::ended;
  members[2] = make_member("web3", state::ended, deploy_outcome::failed);
  BOOST_TEST((members_to_undo(members, make_work(), false) == indices{1, 0}));
}

BOOST_AUTO_TEST_CASE(nothing_is_undone_if_it_is_to_be_kept) {
  auto work = make_work();
  work.spec.place.on_failure = rollout_failure::keep;
  auto members = waiting();
  members[0].state = state::ended;
  members[1] = make_member("web2", state::ended, deploy_outcome::failed);
  BOOST_TEST(members_to_undo(members, work, false).empty());
}

BOOST_AUTO_TEST_CASE(nothing_is_undone_without_a_failure) {
  auto members = waiting();
  for (auto& x : members)
    x.state = state::ended;
  BOOST_TEST(members_to_undo(members, make_work(), false).empty());
  // Cancelled when it had succeeded everywhere.
  BOOST_TEST(members_to_undo(members, make_work(), true).empty());
  // Cancelled before.
  members[3].state = state::waiting;
  BOOST_TEST((members_to_undo(members, make_work(), true) == indices{2, 1, 0}));
}

BOOST_AUTO_TEST_CASE(a_stop_is_never_undone) {
  auto work = make_work();
  work.action = stage_action::stop;
  auto members = waiting();
  members[0].state = state::ended;
  members[1] = make_member("web2", state::ended, deploy_outcome::failed);
  BOOST_TEST(members_to_undo(members, work, false).empty());
}

BOOST_AUTO_TEST_CASE(undoing_gives_back_what_was_there) {
  auto member = make_member("web1", state::ended);
  auto part = part_of(make_work(), "web1", {}, {});
  auto back = undo_of(part, "0123456789ab", member);
  BOOST_TEST((back.action == stage_action::rollback));
  BOOST_TEST(back.deploy_id != part.deploy_id);
  BOOST_TEST(back.not_serving.empty());
  member.had_instance = false;
  member.report.container_id = "c1";
  // Which a token for deploying allows.
  BOOST_TEST(undo_of(part, "0123456789ab", member).not_serving == "c1");
  BOOST_TEST(
    (undo_of(part, "0123456789ab", member).action == stage_action::remove));
}

BOOST_AUTO_TEST_CASE(a_node_gets_the_spec_as_it_is_for_itself) {
  auto work = make_work();
  work.spec.replicas = 2;
  work.spec.publish_on = "127.0.0.1";
  auto part = part_of(work, "web1", "10.0.0.2", "web1.internal");
  BOOST_TEST(part.spec.place.nodes.empty());
  BOOST_TEST(part.spec.replicas == 0u);
  BOOST_TEST(part.spec.publish_on == "10.0.0.2");
  BOOST_TEST(part.spec.forward_host == "web1.internal");
  BOOST_TEST(part.deploy_id.size() == 12u);
  BOOST_TEST(part_of(work, "web1", {}, {}).spec.publish_on == "127.0.0.1");
}

BOOST_AUTO_TEST_CASE(a_rollout_that_is_begun_again_asks_for_the_same_work) {
  BOOST_TEST(part_id("a", "deploy", "web1") == part_id("a", "deploy", "web1"));
  std::set<std::string> ids{part_id("a", "deploy", "web1"),
                            part_id("a", "deploy", "web2"),
                            part_id("b", "deploy", "web1"),
                            part_id("a", "undo", "web1")};
  BOOST_TEST(ids.size() == 4u);
}

BOOST_AUTO_TEST_CASE(all_nodes_are_chosen_in_the_order_of_the_configuration) {
  auto spec = make_work().spec;
  BOOST_TEST(chosen_nodes(spec) == spec.place.nodes);
  spec.replicas = 4;
  BOOST_TEST(chosen_nodes(spec) == spec.place.nodes);
}

BOOST_AUTO_TEST_CASE(replicas_spread_over_a_group) {
  std::map<std::string, int> stages;
  for (int i = 0; i < 200; ++i) {
    auto spec = make_work().spec;
    spec.stage = "s" + std::to_string(i);
    spec.replicas = 1;
    auto nodes = chosen_nodes(spec);
    BOOST_REQUIRE(nodes.size() == 1u);
    BOOST_TEST(chosen_nodes(spec) == nodes);
    ++stages[nodes.front()];
  }
  BOOST_TEST(stages.size() == 4u);
  for (const auto& [node, count] : stages)
    BOOST_TEST(count > 20);
}

BOOST_AUTO_TEST_CASE(a_node_more_moves_few_stages) {
  int moved = 0;
  for (int i = 0; i < 200; ++i) {
    auto spec = make_work().spec;
    spec.stage = "s" + std::to_string(i);
    spec.replicas = 2;
    auto before = chosen_nodes(spec);
    spec.place.nodes.emplace_back("web5");
    auto after = chosen_nodes(spec);
    for (const auto& x : after)
      if (std::find(before.begin(), before.end(), x) == before.end()) {
        ++moved;
        BOOST_TEST(x == "web5");
      }
  }
  BOOST_TEST(moved > 0);
}

BOOST_AUTO_TEST_CASE(the_report_is_about_the_node_that_failed) {
  auto members = waiting();
  members[0].state = state::ended;
  members[0].was_undone = true;
  members[1] = make_member("web2", state::ended, deploy_outcome::failed);
  members[1].report.leftovers = {"container x was not removed"};
  auto report = conclude(make_work(), members, false);
  BOOST_TEST((report.outcome == deploy_outcome::failed));
  BOOST_TEST((code_of(report.error) == errc::unhealthy));
  BOOST_TEST(failure_of(report.error).object == "dw-shop-prod-v2 on node web2");
  BOOST_REQUIRE(report.nodes.size() == 2u);
  BOOST_TEST(report.nodes[0].node == "web1");
  BOOST_TEST(report.nodes[0].was_undone);
  BOOST_TEST(report.nodes[1].problem.find("healthy") != std::string::npos);
  BOOST_REQUIRE(report.leftovers.size() == 1u);
  BOOST_TEST(report.leftovers[0] == "node web2: container x was not removed");
}

BOOST_AUTO_TEST_CASE(a_node_that_stays_lost_makes_the_outcome_unknown) {
  auto members = waiting();
  members[0] = make_member("web1", state::ended, deploy_outcome::unknown);
  auto report = conclude(make_work(), members, false);
  BOOST_TEST((report.outcome == deploy_outcome::unknown));
}

BOOST_AUTO_TEST_CASE(it_is_deployed_when_all_nodes_have_it) {
  auto members = waiting();
  for (auto& x : members)
    x.state = state::ended;
  auto report = conclude(make_work(), members, true);
  BOOST_TEST((report.outcome == deploy_outcome::deployed));
  BOOST_TEST(report.tag == "v2");
  BOOST_TEST(report.nodes.size() == 4u);
}

BOOST_AUTO_TEST_CASE(a_cancelled_rollout_is_cancelled_also_if_no_node_failed) {
  auto members = waiting();
  members[0].state = state::ended;
  members[0].was_undone = true;
  auto report = conclude(make_work(), members, true);
  BOOST_TEST((report.outcome == deploy_outcome::cancelled));
  BOOST_TEST((code_of(report.error) == errc::cancelled));
}
