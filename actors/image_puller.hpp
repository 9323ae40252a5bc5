#pragma once

#include "actors/exchange.hpp"
#include "messages/export.hpp"
#include "messages/interfaces.hpp"
#include "transports/docker_streams.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <map>
#include <string>
#include <vector>

namespace DW_EXPORT dw {

/// The IMAGE PULLER with what only itself sends.
using image_puller_impl = image_puller_actor::extend_with<
  // INTERNAL: a piece of a pull's stream.
  body_consumer_actor>::extend_with<deadline_actor>;

/// The state of an IMAGE PULLER.
struct image_puller_state {
  /// Somebody who waits for a pull.
  struct waiter {
    open_call<image_info> call;
    /// Null if nobody wants to know how far it is.
    pull_listener_actor listener;
  };

  /// A pull in flight.
  struct pull {
    pull_image what;
    docker::pull_decoder decoder;
    std::vector<waiter> waiters{};
    /// Why the stream was given up.
    caf::error failed{};
    /// The beginning of an answer that is not a pull.
    std::string error_body{};
  };

  // No aggregate: CAF would initialize the first member with the actor itself.
  image_puller_state() = default;

  static inline const char* name = "image-puller";

  engine_gateway_actor engine;
  credential_store_actor credentials;
  call_table calls;
  /// By the ticket of the exchange.
  std::map<uint64_t, pull> pulls;
};

/// Pulls images. Pulls of the same reference, platform and login share one
/// exchange; it is cancelled when nobody waits for it any more. Each waiter has
/// a deadline of its own.
/// @param engine Makes the exchanges.
/// @param credentials Knows the registries' logins.
image_puller_impl::behavior_type
image_puller(image_puller_impl::stateful_pointer<image_puller_state> self,
             engine_gateway_actor engine, credential_store_actor credentials);

} // namespace dw
