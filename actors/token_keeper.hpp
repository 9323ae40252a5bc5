#pragma once

#include "actors/call_table.hpp"
#include "actors/npm_endpoint.hpp"
#include "messages/export.hpp"
#include "messages/interfaces.hpp"
#include "transports/obligation.hpp"

#include <caf/actor_clock.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <map>
#include <optional>

namespace DW_EXPORT dw {

/// The TOKEN KEEPER with what only itself sends.
using token_keeper_impl = token_keeper_actor::extend_with<caf::typed_actor<
  // INTERNAL: it is time to refresh the token of this generation.
  caf::reacts_to<caf::tick_atom, uint64_t>,
  // INTERNAL: the time of a call is up.
  caf::reacts_to<caf::timeout_atom, uint64_t>>>;

/// The state of a TOKEN KEEPER.
struct token_keeper_state {
  using time_point = caf::actor_clock::time_point;
  /// Those who wait for the same exchange, by the number of their call.
  using waiting_calls = std::map<uint64_t, obligation<proxy_token>>;

  /// An exchange with NPM that several may wait for.
  struct flight {
    bool is_running = false;
    waiting_calls waiting;
  };

  static inline const char* name = "token-keeper";

  npm_endpoint endpoint;
  http_client_actor http;
  call_table calls;
  std::optional<proxy_token> token;
  /// When the current token was asked for: its life is counted from then.
  time_point asked_at;
  /// Counts the tokens, so that what belongs to an old one is recognised.
  uint64_t generation = 0;
  flight logging_in;
  flight refreshing;
};

/// Keeps the token of one account: logs in once for all who wait, and refreshes
/// the token before it ends. Never logs in again by itself after a refusal.
/// @param endpoint Where to log in, and as whom.
/// @param http Makes the exchanges.
token_keeper_impl::behavior_type
token_keeper(token_keeper_impl::stateful_pointer<token_keeper_state> self,
             npm_endpoint endpoint, http_client_actor http);

} // namespace dw
