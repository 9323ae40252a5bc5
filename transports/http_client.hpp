#pragma once

#include "messages/export.hpp"
#include "messages/interfaces.hpp"
#include "transports/http_loop.hpp"

#include <caf/actor_system.hpp>

#include <functional>
#include <memory>
#include <string>

namespace DW_EXPORT dw {

/// Told of each exchange that was answered or failed, but not of those that
/// were cancelled. Called by the actor: must only count.
/// @param peer As in the request.
/// @param status 0 if there was no answer.
/// @param reason Why there was none.
using exchange_counter
  = std::function<void(const std::string& peer, int status, errc reason)>;

/// Spawns the HTTP CLIENT: gives the exchanges of actors to a loop thread, and
/// what the loop thread reports back to the actors. Every error carries the
/// operation, object and peer of its request. When the actor ends, each asker
/// that waits gets `errc::service_restarted`.
/// @param loop Shared with nobody else; is stopped when the actor ends.
/// @param count Empty if nobody wants to know.
http_client_actor
spawn_http_client(caf::actor_system& sys, std::shared_ptr<http_loop> loop,
                  exchange_counter count = {});

} // namespace dw
