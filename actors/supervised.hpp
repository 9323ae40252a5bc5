#pragma once

#include "messages/export.hpp"

#include <caf/actor.hpp>
#include <caf/actor_cast.hpp>
#include <caf/actor_system.hpp>
#include <caf/event_based_actor.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

namespace DW_EXPORT dw {

/// How often a service may be restarted before somebody has to look.
struct restart_policy {
  /// So many restarts within `window` are restarts at once; further ones wait
  /// for `pause`, so that a service that cannot start does not spin.
  uint32_t burst = 5;
  std::chrono::milliseconds window{10'000};
  std::chrono::milliseconds pause{1'000};
};

/// Spawns a service behind a handle that outlives it. Messages go into the
/// service's own mailbox, and answers to the asker, directly. When the service
/// dies of anything but an orderly exit it is spawned again; what it was
/// working on has failed with `errc::service_restarted`, and a message that
/// kills it again and again does so only as often as its sender repeats it.
/// @param name For the log.
/// @param spawn Spawns the service; called here first, and from the front actor
///        later.
caf::actor
spawn_supervised(caf::actor_system& sys, std::string name,
                 restart_policy policy,
                 std::function<caf::actor(caf::actor_system&)> spawn);

/// The same with typed handles.
template <class Handle, class Spawn>
Handle spawn_supervised(caf::actor_system& sys, std::string name, Spawn spawn,
                        restart_policy policy = {}) {
  return caf::actor_cast<Handle>(spawn_supervised(
    sys, std::move(name), policy, [spawn](caf::actor_system& x) {
      Handle service = spawn(x);
      return caf::actor_cast<caf::actor>(service);
    }));
}

} // namespace dw
