#pragma once

#include "messages/interfaces.hpp"

#include <caf/actor_system.hpp>

#include <functional>

namespace dw {

/// Calls `f` once, from a thread of the actor system, when no work runs or
/// waits.
void notify_when_idle(caf::actor_system& sys,
                      const deploy_supervisor_actor& supervisor,
                      std::function<void()> f);

} // namespace dw
