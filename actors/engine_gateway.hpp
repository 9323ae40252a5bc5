#pragma once

#include "actors/engine_endpoint.hpp"
#include "messages/export.hpp"
#include "messages/interfaces.hpp"
#include "transports/obligation.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <string>
#include <vector>

namespace DW_EXPORT dw {

/// The state of an ENGINE GATEWAY.
struct engine_gateway_state {
  /// A request that came before there was a version.
  struct waiting_request {
    http_request request;
    /// Null for an exchange that is not streamed.
    body_consumer_actor consumer;
    caf::strong_actor_ptr asker;
    caf::typed_response_promise<http_response> promise;
  };

  ~engine_gateway_state();

  static inline const char* name = "engine-gateway";

  engine_endpoint endpoint;
  http_client_actor http;
  /// "/v1.41", empty until it is negotiated.
  std::string prefix;
  bool negotiating = false;
  std::vector<waiting_request> waiting;
  /// Those that the negotiation in progress is for.
  std::vector<obligation<engine_info>> pings;
};

/// Speaks for one engine: fills in where it is and the API version, which is
/// negotiated with the first request and again with every `ping_engine`.
/// Requests are handed on, so that answers go to the asker directly.
/// @param http Makes the exchanges.
engine_gateway_actor::behavior_type engine_gateway(
  engine_gateway_actor::stateful_pointer<engine_gateway_state> self,
  engine_endpoint endpoint, http_client_actor http);

} // namespace dw
