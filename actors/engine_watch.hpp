#pragma once

#include "actors/retry_policy.hpp"
#include "messages/export.hpp"
#include "messages/interfaces.hpp"
#include "transports/docker_streams.hpp"
#include "transports/obligation.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <chrono>
#include <string>
#include <vector>

namespace DW_EXPORT dw {

/// When to look whether the engine is alive, and when to give a silent one up.
struct watch_policy {
  /// Between two pings while the stream stands: an idle stream carries no
  /// traffic at all, so that a wedged engine looks like a quiet one.
  std::chrono::milliseconds ping_interval{10'000};
  std::chrono::milliseconds ping_timeout{3'000};
  /// Between two attempts to subscribe again; never gives up.
  std::chrono::milliseconds reconnect_base{200};
  std::chrono::milliseconds reconnect_cap{5'000};
};

/// The ENGINE WATCH with what only itself sends.
using engine_watch_impl = engine_watch_actor::extend_with<caf::typed_actor<
  // INTERNAL: a piece of the event stream.
  caf::reacts_to<body_chunk>,
  // INTERNAL: time to ping, or to connect again, if the number is current.
  caf::reacts_to<watch_tick>>>;

/// The state of an ENGINE WATCH.
struct engine_watch_state {
  struct listener {
    engine_listener_actor who;
    /// Empty for all containers.
    std::string container_id;
    /// Owed until the stream stands.
    std::vector<obligation<done>> owed;
  };

  enum class phase { idle, connecting, streaming, pausing };

  // No aggregate: CAF would initialize the first member with the actor itself.
  engine_watch_state() = default;

  static inline const char* name = "engine-watch";

  engine_gateway_actor engine;
  watch_policy policy;
  phase now = phase::idle;
  docker::event_decoder decoder;
  /// The beginning of an answer that is not the stream.
  std::string error_body;
  std::vector<listener> listeners;
  /// Of the current stream and its timers; old ones are stale.
  uint64_t generation = 0;
  /// Since a stream last stood for a while.
  uint32_t failures = 0;
  /// Of the latest event, to replay from there after a reconnect.
  int64_t last_event_ns = 0;
};

/// Follows the events of one engine while there is somebody to tell.
/// @param engine Makes the exchanges.
engine_watch_impl::behavior_type
engine_watch(engine_watch_impl::stateful_pointer<engine_watch_state> self,
             engine_gateway_actor engine, watch_policy policy);

} // namespace dw
