#pragma once

#include "messages/deployment.hpp"
#include "messages/drift.hpp"

#include <string>
#include <string_view>
#include <vector>

// What a rollout does next, without doing it.

namespace dw {

/// One node of a rollout.
struct rollout_member {
  enum class member_state : uint8_t {
    waiting,
    running,
    /// What is left to do there cannot fail the work any more.
    passed,
    ended,
  };

  std::string node;
  member_state state = member_state::waiting;
  /// The stage had an instance there before.
  bool had_instance = false;
  /// It had succeeded, and has again what it had before.
  bool was_undone = false;
  /// How it ended; meaningless before.
  deploy_report report;
};

/// The nodes on which a stage is to run, in the order in which they are
/// deployed to. If it does not run on all that it may, stages spread: which
/// ones it has depends on its name and theirs alone, so that another node moves
/// few stages.
std::vector<std::string> chosen_nodes(const deploy_spec& spec);

/// Whether a stage is on a node; an empty name stands for the engine of this
/// process.
bool is_on(const deploy_spec& spec, const std::string& node);

/// Names the part of a rollout that a node does. The same each time, so that a
/// rollout that is taken up again asks for no other work.
/// @param what "deploy", or "undo" for taking it back.
std::string part_id(const std::string& deploy_id, std::string_view what,
                    const std::string& node);

/// Whether nodes are done one after the other: each time requests may be lost.
constexpr bool is_rolling(stage_action x) noexcept {
  return replaces_instance(x) || x == stage_action::restart;
}

/// Which members are to begin now. A rolling one begins with the first alone,
/// and stops at the first that fails.
/// @param may_begin Nobody has cancelled it.
std::vector<size_t> next_members(const std::vector<rollout_member>& members,
                                 const submit_work& work, bool may_begin);

/// Which members are to be taken back because others have failed, the last
/// first; none unless the policy says so and all have ended.
std::vector<size_t> members_to_undo(const std::vector<rollout_member>& members,
                                    const submit_work& work, bool is_cancelled);

/// The digest that all nodes have to get: that of the spec, or else the one
/// that the tag stood for when the first node was deployed to. Empty before
/// that, and for images that have none.
std::string common_digest(const std::vector<rollout_member>& members,
                          const submit_work& work);

/// What a node is asked for.
/// @param publish_on,forward_host Of the node; empty for those of the spec.
submit_work
part_of(const submit_work& work, const std::string& node,
        const std::string& publish_on, const std::string& forward_host);

/// Which stages a node looks after, as they are there; an empty name stands for
/// the engine of this process. It needs no environments for that.
look_after
part_of(const look_after& orders, const std::string& node,
        const std::string& publish_on, const std::string& forward_host);

/// What takes the part of a member back: it goes back to its last version, or
/// to nothing if it had nothing.
submit_work undo_of(const submit_work& part, const std::string& deploy_id,
                    const rollout_member& member);

/// The end of the whole. `error` is that of the first node that failed.
deploy_report
conclude(const submit_work& work, const std::vector<rollout_member>& members,
         bool is_cancelled);

} // namespace dw
