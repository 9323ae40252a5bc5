#pragma once

#include "messages/interfaces.hpp"
#include "transports/http_loop.hpp"

#include <caf/actor_system.hpp>

#include <memory>

namespace dw {

/// Spawns the HTTP CLIENT: gives the exchanges of actors to a loop thread, and
/// what the loop thread reports back to the actors. Every error carries the
/// operation, object and peer of its request. When the actor ends, each asker
/// that waits gets `errc::service_restarted`.
/// @param loop Shared with nobody else; is stopped when the actor ends.
http_client_actor
spawn_http_client(caf::actor_system& sys, std::shared_ptr<http_loop> loop);

} // namespace dw
