#pragma once

#include "actors/rollout_plan.hpp"
#include "actors/services.hpp"
#include "messages/interfaces.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <chrono>
#include <string>
#include <vector>

namespace dw {

/// A ROLLOUT: one piece of work on the nodes of a stage. Spawned for it like a
/// DEPLOYMENT, and like it tells its events and its report to whom it was
/// spawned for. What it asks nodes for follows from its id, so that a rollout
/// may be begun again after a crash: what nodes have done by then is not done
/// again.
using rollout_actor = cancellable_actor::extend_with<deploy_listener_actor>;

/// Its state.
struct rollout_state {
  static inline const char* name = "rollout";

  // Not an aggregate: CAF would initialize the first member with the actor.
  rollout_state() = default;

  /// By the names of nodes.
  std::map<std::string, node_service> nodes;
  deploy_listener_actor client;
  submit_work work;
  std::vector<rollout_member> members;
  /// Answers of the look around that are still to come.
  size_t unseen = 0;
  /// Members that are still to be taken back, the next one last.
  std::vector<size_t> to_undo;
  std::vector<std::string> leftovers;
  bool is_undoing = false;
  bool is_cancelled = false;
  bool has_ended = false;
  deploy_phase phase = deploy_phase::queued;
  uint64_t sequence = 0;
  std::chrono::steady_clock::time_point began;
};

/// @param nodes All there are.
/// @param work Its `deploy_id` is set, and its spec names nodes.
rollout_actor::behavior_type
rollout(rollout_actor::stateful_pointer<rollout_state> self,
        std::map<std::string, node_service> nodes, deploy_listener_actor client,
        submit_work work);

} // namespace dw
