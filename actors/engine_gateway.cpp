#include "actors/engine_gateway.hpp"

#include "actors/exchange.hpp"
#include "actors/harden.hpp"
#include "transports/docker_api.hpp"

#include <algorithm>
#include <memory>
#include <utility>

namespace dw {

namespace {

using self_pointer
  = engine_gateway_actor::stateful_pointer<engine_gateway_state>;

// Fills in where the engine is, and how long it may take if the asker says so.
http_request addressed(const engine_gateway_state& st, http_request request,
                       const call& options = {}) {
  request.origin = st.endpoint.origin;
  request.peer = "Docker Engine at " + st.endpoint.display;
  if (options.timeout.count() > 0)
    request.deadlines.total = options.timeout;
  return request;
}

void hand_on(self_pointer self, engine_gateway_state::waiting_request& x) {
  auto& st = self->state;
  auto request = addressed(st, std::move(x.request));
  request.target.insert(0, st.prefix);
  if (x.consumer)
    x.promise.delegate(st.http, std::move(request), std::move(x.consumer));
  else
    x.promise.delegate(st.http, std::move(request));
}

// -- negotiation --------------------------------------------------------------

using ping_list = std::vector<obligation<engine_info>>;

void settle(ping_list& pings, const caf::expected<engine_info>& result) {
  for (auto& owed : pings)
    owed.settle(result);
}

// The release is for people: an engine that does not tell is no failure.
void ask_release(self_pointer self, const engine_info& info, ping_list pings,
                 const call& options) {
  auto& st = self->state;
  auto request = addressed(st, docker::version(), options);
  request.target.insert(0, st.prefix);
  auto owed = std::make_shared<ping_list>(std::move(pings));
  self->request(st.http, caf::infinite, std::move(request))
    .then(
      [owed, result = info](const http_response& response) mutable {
        if (auto version = docker::parse_version(response)) {
          result.release = version->release;
          result.os = version->os;
          result.arch = version->arch;
        }
        settle(*owed, result);
      },
      [owed, info](caf::error&) { settle(*owed, info); });
}

void on_negotiated(self_pointer self, caf::expected<engine_info> info,
                   const call& options) {
  auto& st = self->state;
  st.negotiating = false;
  auto waiting = std::exchange(st.waiting, {});
  auto pings = std::exchange(st.pings, {});
  if (!info) {
    for (auto& x : waiting)
      x.promise.deliver(with_failure(info.error(), [&](failure& y) {
        y.operation = x.request.operation;
        y.object = x.request.object;
      }));
    settle(pings, info);
    return;
  }
  if (st.endpoint.pinned_api_version.empty())
    st.prefix = "/v" + info->api_version;
  else
    info->api_version = st.endpoint.pinned_api_version;
  for (auto& x : waiting)
    hand_on(self, x);
  if (!pings.empty())
    ask_release(self, *info, std::move(pings), options);
}

void negotiate(self_pointer self, const call& options) {
  auto& st = self->state;
  if (st.negotiating)
    return;
  st.negotiating = true;
  auto request = addressed(st, docker::ping(), options);
  self->request(st.http, caf::infinite, std::move(request))
    .then(
      [self, options](const http_response& response) {
        on_negotiated(self, docker::parse_ping(response), options);
      },
      [self, options](caf::error& err) {
        on_negotiated(self, std::move(err), options);
      });
}

// -- requests -----------------------------------------------------------------

caf::result<http_response>
submit(self_pointer self, http_request& request, body_consumer_actor consumer) {
  engine_gateway_state::waiting_request x{
    std::move(request), std::move(consumer), self->current_sender(),
    self->make_response_promise<http_response>()};
  auto promise = x.promise;
  if (!self->state.prefix.empty()) {
    hand_on(self, x);
    return promise;
  }
  self->state.waiting.emplace_back(std::move(x));
  negotiate(self, {});
  return promise;
}

void cancel_call(self_pointer self, const cancel& x) {
  auto& waiting = self->state.waiting;
  auto i = std::find_if(waiting.begin(), waiting.end(), [&](const auto& y) {
    return x.ticket != 0 && y.request.ticket == x.ticket
           && y.asker == self->current_sender();
  });
  if (i == waiting.end()) {
    self->delegate(self->state.http, x);
    return;
  }
  i->promise.deliver(
    make_failure(errc::cancelled, {.operation = i->request.operation,
                                   .object = i->request.object,
                                   .reply = "cancelled"}));
  waiting.erase(i);
}

} // namespace

engine_gateway_state::~engine_gateway_state() {
  for (auto& x : waiting)
    x.promise.deliver(
      make_failure(errc::service_restarted, {.operation = x.request.operation,
                                             .object = x.request.object}));
}

engine_gateway_actor::behavior_type
engine_gateway(self_pointer self, engine_endpoint endpoint,
               http_client_actor http) {
  harden(self);
  self->state.endpoint = std::move(endpoint);
  self->state.http = std::move(http);
  if (const auto& pinned = self->state.endpoint.pinned_api_version;
      !pinned.empty())
    self->state.prefix = "/v" + pinned;
  return {
    [self](http_request& x) { return submit(self, x, {}); },
    [self](http_request& x, const body_consumer_actor& consumer) {
      return submit(self, x, consumer);
    },
    // Keeps the sender, by which the HTTP client knows whose exchange it is.
    [self](const consumed& x) { self->delegate(self->state.http, x); },
    [self](const cancel& x) { cancel_call(self, x); },
    [self](const ping_engine& x) -> caf::result<engine_info> {
      auto promise = self->make_response_promise<engine_info>();
      self->state.pings.emplace_back(promise);
      negotiate(self, x.options);
      return promise;
    },
  };
}

} // namespace dw
