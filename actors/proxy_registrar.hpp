#pragma once

#include "actors/file_lock.hpp"
#include "actors/host_directory.hpp"
#include "actors/npm_endpoint.hpp"
#include "messages/export.hpp"
#include "messages/interfaces.hpp"

#include <caf/actor_addr.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <optional>

namespace DW_EXPORT dw {

/// The PROXY REGISTRAR with what only itself sends.
using proxy_registrar_impl
  = proxy_registrar_actor::extend_with<caf::typed_actor<
    // INTERNAL: the pause with this number is over.
    caf::reacts_to<caf::tick_atom, uint64_t>>>;

/// The state of a PROXY REGISTRAR.
struct proxy_registrar_state {
  /// A call that has no answer yet.
  struct open_call {
    caf::actor_addr asker;
    /// The asker's, 0 for none.
    uint64_t ticket = 0;
    /// For each of its exchanges; 0 for their defaults.
    std::chrono::milliseconds timeout{0};
    bool is_mutation = false;
    /// Whether it had its turn, from when on it is finished in any case.
    bool has_begun = false;
    /// Answers with an error.
    std::function<void(caf::error)> abandon;
  };

  /// A mutation that waits for its turn.
  struct waiting_mutation {
    uint64_t number = 0;
    std::function<void()> start;
  };

  /// Somebody who waits for a listing.
  struct waiting_listing {
    uint64_t number = 0;
    std::function<void(caf::error)> next;
  };

  /// The listing of all hosts, of which at most one is under way.
  struct listing_state {
    /// Or about to.
    bool is_running = false;
    std::chrono::steady_clock::time_point began;
    std::chrono::steady_clock::time_point ended;
    std::chrono::steady_clock::duration took{0};
    /// For the next one.
    std::vector<waiting_listing> waiting;
    npm::host_listing reader;
  };

  static inline const char* name = "proxy-registrar";

  npm_endpoint endpoint;
  http_client_actor http;
  token_keeper_actor tokens;
  /// By numbers of our own, for the tickets of two askers may be equal.
  std::map<uint64_t, open_call> calls;
  uint64_t last_call = 0;
  /// How many of them each asker has.
  std::map<caf::actor_addr, size_t> askers;
  /// The mutation in progress, 0 for none. Parallel mutations make NPM fail,
  /// and take innocent hosts offline.
  uint64_t mutating = 0;
  std::deque<waiting_mutation> waiting;
  /// Keeps other processes from changing the same NPM; none without a lock.
  std::optional<file_lock> turn;
  /// When we took our turn; none while others may.
  std::optional<std::chrono::steady_clock::time_point> turn_began;
  /// We shall try to get our turn after a pause.
  bool awaits_turn = false;
  listing_state listing;
  /// What the last listing said.
  host_directory directory;
  /// When NPM last accepted our token.
  std::chrono::steady_clock::time_point proved;
  /// What is to be done after a pause.
  std::map<uint64_t, std::function<void()>> pauses;
  uint64_t last_pause = 0;
};

using proxy_registrar_pointer
  = proxy_registrar_impl::stateful_pointer<proxy_registrar_state>;

/// Manages the proxy hosts of one NPM. All who change hosts of that NPM should
/// ask the same registrar. A mutation that has begun is finished, so that it
/// leaves a known state, also if its asker cancels it or ends.
/// @param endpoint Where NPM is. The account is the TOKEN KEEPER's business.
/// @param http Makes the exchanges.
/// @param tokens Keeps the token of the same NPM.
proxy_registrar_impl::behavior_type
proxy_registrar(proxy_registrar_pointer self, npm_endpoint endpoint,
                http_client_actor http, token_keeper_actor tokens);

} // namespace dw
