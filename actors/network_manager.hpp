#pragma once

#include "actors/exchange.hpp"
#include "messages/export.hpp"
#include "messages/interfaces.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <string>
#include <unordered_map>
#include <vector>

namespace DW_EXPORT dw {

/// The NETWORK MANAGER with what only itself sends.
using network_manager_impl = network_manager_actor::
  extend_with<deadline_actor>::extend_with<caf::typed_actor<
    // INTERNAL: whoever else created a network of this name has done so by now.
    caf::reacts_to<caf::tick_atom, std::string>>>;

/// The state of a NETWORK MANAGER.
struct network_manager_state {
  /// Somebody who waits for a network.
  struct waiter {
    open_call<network_info> call;
    /// Services are to join it.
    bool overlay = false;
  };

  // No aggregate: CAF would initialize the first member with the actor itself.
  network_manager_state() = default;

  static inline const char* name = "network-manager";

  engine_gateway_actor engine;
  call_table calls;
  /// Who waits for a network, by its name.
  std::unordered_map<std::string, std::vector<waiter>> waiting;
};

/// Finds, creates and connects the networks of one engine. Ensures of one name
/// share one look-up: engines before 25 create as many networks of one name as
/// they are asked for at once (docker API, section 9).
/// @param engine Makes the exchanges.
network_manager_impl::behavior_type network_manager(
  network_manager_impl::stateful_pointer<network_manager_state> self,
  engine_gateway_actor engine);

} // namespace dw
