#pragma once

#include "actors/call_table.hpp"
#include "actors/lanes.hpp"
#include "messages/export.hpp"
#include "messages/interfaces.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

namespace DW_EXPORT dw {

struct service_manager_state {
  // No aggregate: CAF would initialize the first member with the actor itself.
  service_manager_state() = default;

  static inline const char* name = "service-manager";

  engine_gateway_actor engine;
  credential_store_actor credentials;
  call_table calls;
  /// A change is made from what is there, so those of one service follow each
  /// other.
  lanes services;
};

/// A SERVICE MANAGER for one engine, which need not be in a swarm as long as
/// nothing else than that is asked.
service_manager_actor::behavior_type service_manager(
  service_manager_actor::stateful_pointer<service_manager_state> self,
  engine_gateway_actor engine, credential_store_actor credentials);

} // namespace dw
