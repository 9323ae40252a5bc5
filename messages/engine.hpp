#pragma once

#include "messages/call.hpp"
#include "messages/export.hpp"

#include <cstdint>
#include <string>

namespace DW_EXPORT dw {

/// Asks an engine who it is and whether it answers.
struct ping_engine {
  call options;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, ping_engine& x) {
  return f(caf::meta::type_name("dw.ping_engine"), x.options);
}

/// What an engine says of itself.
struct engine_info {
  /// The API version that both sides speak, such as "1.41".
  std::string api_version;
  /// The newest one the engine speaks.
  std::string max_api_version;
  /// The release, such as "20.10.24"; from /version, else empty.
  std::string release;
  std::string os;
  std::string arch;

  friend bool operator==(const engine_info&, const engine_info&) = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, engine_info& x) {
  return f(caf::meta::type_name("dw.engine_info"), x.api_version,
           x.max_api_version, x.release, x.os, x.arch);
}

/// What happened to a container.
enum class engine_event_kind : uint8_t {
  /// Not an event of the engine: the stream was (re)connected and events may
  /// be missing. Read the state anew.
  resync,
  start,
  die,
  oom,
  destroy,
  rename,
  pause,
  unpause,
  healthy,
  unhealthy,
};

std::string to_string(engine_event_kind x);

struct engine_event {
  engine_event_kind kind = engine_event_kind::resync;
  /// The full container id; empty with `resync`.
  std::string container_id;
  /// Of our labels; empty where the container has none.
  std::string project;
  std::string stage;
  /// The engine's clock, ns since the epoch. 0 with `resync`.
  int64_t time_ns = 0;

  friend bool operator==(const engine_event&, const engine_event&) = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, engine_event& x) {
  return f(caf::meta::type_name("dw.engine_event"), x.kind, x.container_id,
           x.project, x.stage, x.time_ns);
}

/// INTERNAL to the engine watch: a timer, stale unless `generation` is current.
struct watch_tick {
  uint64_t generation = 0;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, watch_tick& x) {
  return f(caf::meta::type_name("dw.watch_tick"), x.generation);
}

} // namespace dw
