#pragma once

#include "messages/interfaces.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <map>
#include <string>

namespace dw::api {

struct work_log_state {
  static inline const char* name = "work-log";

  // Not an aggregate: CAF would initialize the first member with the actor.
  work_log_state() = default;

  /// The latest phase of what has not ended, by id.
  std::map<std::string, deploy_phase> phases;
};

/// Logs each step of all work, and how it ended.
deploy_listener_actor::behavior_type
work_log(deploy_listener_actor::stateful_pointer<work_log_state> self,
         const deploy_supervisor_actor& supervisor);

} // namespace dw::api
