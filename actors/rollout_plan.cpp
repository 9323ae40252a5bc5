#include "actors/rollout_plan.hpp"

#include "actors/sha256.hpp"
#include "actors/work_report.hpp"
#include "messages/error.hpp"

#include <algorithm>
#include <utility>

namespace dw {

namespace {

using member_state = rollout_member::member_state;

bool has_succeeded(const rollout_member& x) {
  return x.state == member_state::passed
         || (x.state == member_state::ended
             && x.report.outcome == deploy_outcome::deployed);
}

bool has_failed(const rollout_member& x) {
  return x.state == member_state::ended && !has_succeeded(x);
}

size_t count_running(const std::vector<rollout_member>& xs) {
  return static_cast<size_t>(
    std::count_if(xs.begin(), xs.end(), [](const auto& x) {
      return x.state == member_state::running;
    }));
}

node_result result_of(const rollout_member& x) {
  node_result result;
  result.node = x.node;
  result.outcome = x.report.outcome;
  result.was_undone = x.was_undone;
  result.container_name = x.report.container_name;
  if (x.report.error)
    result.problem = first_line(x.report.error);
  return result;
}

// A stage as it is on one of its nodes.
void settle_on_node(deploy_spec& spec, const std::string& publish_on,
                    const std::string& forward_host) {
  spec.place = {};
  if (spec.target == deploy_target::container)
    spec.replicas = 0;
  if (!publish_on.empty())
    spec.publish_on = publish_on;
  if (!forward_host.empty())
    spec.forward_host = forward_host;
}

} // namespace

std::vector<std::string> chosen_nodes(const deploy_spec& spec) {
  auto result = spec.place.nodes;
  if (spec.replicas == 0 || spec.replicas >= result.size())
    return result;
  // Rendezvous hashing: each node gets a number from the stage's name and its
  // own, and the highest win.
  auto rank = [&](const std::string& node) {
    return sha256_hex(spec.project + "/" + spec.stage + "@" + node);
  };
  std::sort(result.begin(), result.end(),
            [&](const auto& x, const auto& y) { return rank(x) > rank(y); });
  result.resize(spec.replicas);
  return result;
}

bool is_on(const deploy_spec& spec, const std::string& node) {
  if (node.empty())
    return spec.place.nodes.empty();
  auto nodes = chosen_nodes(spec);
  return std::find(nodes.begin(), nodes.end(), node) != nodes.end();
}

std::string part_id(const std::string& deploy_id, std::string_view what,
                    const std::string& node) {
  return sha256_id(deploy_id + "\n" + std::string{what} + "\n" + node);
}

std::vector<size_t> next_members(const std::vector<rollout_member>& members,
                                 const submit_work& work, bool may_begin) {
  std::vector<size_t> result;
  auto rolling = is_rolling(work.action);
  auto failed = std::any_of(members.begin(), members.end(), has_failed);
  if (!may_begin || (rolling && failed))
    return result;
  auto room = members.size();
  if (rolling) {
    auto barrier = std::none_of(members.begin(), members.end(), has_succeeded);
    size_t most = barrier ? 1 : std::max(1u, work.spec.place.parallel);
    auto running = count_running(members);
    room = most > running ? most - running : 0;
  }
  for (size_t i = 0; i < members.size() && result.size() < room; ++i)
    if (members[i].state == member_state::waiting)
      result.push_back(i);
  return result;
}

std::vector<size_t>
members_to_undo(const std::vector<rollout_member>& members,
                const submit_work& work, bool is_cancelled) {
  std::vector<size_t> result;
  auto failed = std::any_of(members.begin(), members.end(), has_failed);
  if (!replaces_instance(work.action) || !(failed || is_cancelled)
      || work.spec.place.on_failure == rollout_failure::keep)
    return result;
  for (auto i = members.size(); i > 0; --i)
    if (has_succeeded(members[i - 1]))
      result.push_back(i - 1);
  // All have it: there is nothing to take it back for.
  if (result.size() == members.size())
    result.clear();
  return result;
}

std::string common_digest(const std::vector<rollout_member>& members,
                          const submit_work& work) {
  // A rollback goes to what each node had.
  if (work.action != stage_action::deploy || !work.spec.digest.empty())
    return work.spec.digest;
  for (const auto& x : members)
    if (x.state == member_state::ended && has_succeeded(x)
        && !x.report.digest.empty())
      return x.report.digest;
  return {};
}

submit_work
part_of(const submit_work& work, const std::string& node,
        const std::string& publish_on, const std::string& forward_host) {
  auto result = work;
  result.deploy_id = part_id(work.deploy_id, "deploy", node);
  settle_on_node(result.spec, publish_on, forward_host);
  return result;
}

look_after
part_of(const look_after& orders, const std::string& node,
        const std::string& publish_on, const std::string& forward_host) {
  look_after result;
  result.interval = orders.interval;
  for (const auto& spec : orders.stages) {
    if (!is_on(spec, node))
      continue;
    result.stages.push_back(spec);
    if (node.empty())
      continue;
    settle_on_node(result.stages.back(), publish_on, forward_host);
    result.stages.back().env.clear();
  }
  return result;
}

submit_work undo_of(const submit_work& part, const std::string& deploy_id,
                    const rollout_member& member) {
  submit_work result;
  result.action
    = member.had_instance ? stage_action::rollback : stage_action::remove;
  result.spec = part.spec;
  result.deploy_id = part_id(deploy_id, "undo", member.node);
  result.asked_by = part.asked_by;
  // Nothing but what the deploy has brought, which needs no right to remove.
  if (!member.had_instance)
    result.not_serving = member.report.container_id;
  return result;
}

deploy_report
conclude(const submit_work& work, const std::vector<rollout_member>& members,
         bool is_cancelled) {
  auto result
    = make_report(work, deploy_phase::finished, deploy_outcome::deployed, {});
  for (const auto& x : members) {
    if (x.state != member_state::ended)
      continue;
    result.nodes.push_back(result_of(x));
    for (const auto& leftover : x.report.leftovers)
      result.leftovers.push_back("node " + x.node + ": " + leftover);
    if (has_succeeded(x) && !x.was_undone) {
      result.tag = x.report.tag;
      result.digest = x.report.digest;
    } else if (has_failed(x) && !result.error) {
      result.outcome = x.report.outcome;
      result.phase = x.report.phase;
      result.error = with_failure(x.report.error, [&](failure& y) {
        y.object += (y.object.empty() ? "node " : " on node ") + x.node;
      });
    }
  }
  auto all_have_it
    = !members.empty()
      && std::all_of(members.begin(), members.end(), [](const auto& x) {
           return has_succeeded(x) && !x.was_undone;
         });
  if (is_cancelled && !all_have_it) {
    result.outcome = deploy_outcome::cancelled;
    if (!result.error)
      result.error = make_failure(
        errc::cancelled, {.operation = to_string(work.action),
                          .object = work.spec.project + "/" + work.spec.stage,
                          .reply = "cancelled before all nodes had it"});
  }
  return result;
}

} // namespace dw
