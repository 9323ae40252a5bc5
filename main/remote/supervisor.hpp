#pragma once

#include "main/remote/server_address.hpp"
#include "main/work_source.hpp"
#include "transports/obligation.hpp"
#include "transports/sse_decoder.hpp"

#include <caf/actor_clock.hpp>
#include <caf/atom.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace dw::remote {

/// How a server that goes away is waited for.
struct follow_policy {
  /// How long it may be gone before its work is given up, which it may still
  /// do.
  std::chrono::milliseconds patience{120'000};
  /// Between two attempts to reach it: at first, and at most.
  std::chrono::milliseconds first_delay{100};
  std::chrono::milliseconds max_delay{2'000};
  /// Between two looks at work whose end was perhaps missed.
  std::chrono::milliseconds look_interval{500};
  /// How often work is asked for, if the answer does not come.
  int attempts = 10;
};

/// What it sends itself.
using retry_atom = caf::atom_constant<caf::atom("retry")>;
using look_atom = caf::atom_constant<caf::atom("look")>;

/// A DEPLOY SUPERVISOR of a server, by its API.
using supervisor_impl
  = work_source_actor::extend_with<body_consumer_actor>::extend_with<
    caf::typed_actor<caf::reacts_to<retry_atom>, caf::reacts_to<look_atom>>>;

/// Its state.
struct supervisor_state {
  /// A piece of work that was asked for.
  struct item {
    submit_work work;
    /// The Idempotency-Key.
    std::string key;
    obligation<deploy_report> owed;
    /// The request is under way.
    bool is_asking = false;
    int attempts = 0;
    /// The id that the server gave it; empty before.
    std::string id;
    bool is_cancelled = false;
    /// The server was told that.
    bool is_cancel_sent = false;
    /// Its end may have been missed: it has to be looked at.
    bool is_lost = false;
    deploy_event latest;
  };

  /// The stream of events.
  enum class stream_phase { closed, opening, open };

  static inline const char* name = "remote-supervisor";

  supervisor_state() = default;

  http_client_actor http;
  server_address server;
  follow_policy policy;
  std::function<std::string()> make_key;
  std::vector<deploy_listener_actor> listeners;
  /// By numbers of our own, in the order they came.
  std::map<uint64_t, item> items;
  uint64_t last_number = 0;

  stream_phase phase = stream_phase::closed;
  /// Names the current stream.
  uint64_t ticket = 0;
  /// What a stream that is no 200 says.
  std::string refusal;
  /// Why we have ended the stream ourselves.
  caf::error broken;
  sse_decoder decoder;
  /// Where the next stream begins.
  std::string last_event_id;
  bool was_open = false;
  /// Since when there is no stream, and how long until the next attempt.
  caf::actor_clock::time_point lost_since;
  std::chrono::milliseconds delay{0};
  bool is_looking = false;
  /// What came while ids were not known yet.
  std::vector<sse_event> early;
};

/// Has a server do what is asked, and tells how it goes: the events come to the
/// listeners, the report is the answer. Specs are as `requests.hpp` has them.
///
/// A server that cannot be reached, or refuses us, fails the first piece of
/// work at once. One that goes away later is waited for, and told where its
/// events were last seen. If its answer to a request for work is lost, the
/// request is made again, with the same key.
/// @param make_key Makes keys that nobody else has.
supervisor_impl::behavior_type
supervisor(supervisor_impl::stateful_pointer<supervisor_state> self,
           http_client_actor http, server_address server, follow_policy policy,
           std::function<std::string()> make_key);

} // namespace dw::remote
