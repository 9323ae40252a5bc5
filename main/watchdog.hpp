#pragma once

#include "messages/interfaces.hpp"

#include <caf/actor_system.hpp>

#include <chrono>
#include <optional>

namespace dw {

/// How often systemd wants a sign of life (WATCHDOG_USEC, sd_watchdog_enabled
/// (3)); nothing if it does not.
std::optional<std::chrono::microseconds> watchdog_interval();

/// Gives it twice as often, each time the supervisor has answered: if messages
/// do not get through any more, the program is to be started again.
/// @returns the actor that does it; ends with an exit message.
caf::actor
spawn_watchdog(caf::actor_system& sys, deploy_supervisor_actor supervisor,
               std::chrono::microseconds interval);

} // namespace dw
