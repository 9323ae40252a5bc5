#pragma once

#include "actors/call_table.hpp"
#include "actors/lanes.hpp"
#include "messages/export.hpp"
#include "messages/interfaces.hpp"
#include "transports/docker_streams.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <set>
#include <string>
#include <unordered_map>
#include <vector>

namespace DW_EXPORT dw {

/// The CONTAINER MANAGER with what only itself sends.
using container_manager_impl = container_manager_actor::extend_with<
  // INTERNAL: a piece of a log.
  body_consumer_actor>;

/// The state of a CONTAINER MANAGER.
struct container_manager_state {
  /// A log that is being read.
  struct log_reader {
    std::string container;
    docker::log_decoder decoder;
    /// Where the lines go, or null if they are collected.
    log_listener_actor listener;
    std::vector<log_line> lines{};
    /// How much was collected.
    size_t bytes = 0;
    /// The beginning of an answer that is not a log.
    std::string error_body{};
    /// Why the stream was given up.
    caf::error failed{};
  };

  // No aggregate: CAF would initialize the first member with the actor itself.
  container_manager_state() = default;

  static inline const char* name = "container-manager";

  engine_gateway_actor engine;
  call_table calls;
  /// Calls on one container do not overlap: a stop and a start that race may
  /// both be answered with success and leave it stopped.
  lanes containers;
  admission starts{1};
  /// By the number of the call.
  std::unordered_map<uint64_t, log_reader> logs;
  /// The ids of containers with our labels that are not ours, of which the log
  /// has told.
  std::set<std::string> strangers;
};

/// Manages the containers of one engine. The time a call waits for its turn
/// counts towards its deadline.
/// @param engine Makes the exchanges.
/// @param parallel_starts How many starts may be in flight; the engine
///                        saturates at about twice its cores. At least 1.
container_manager_impl::behavior_type container_manager(
  container_manager_impl::stateful_pointer<container_manager_state> self,
  engine_gateway_actor engine, size_t parallel_starts);

} // namespace dw
