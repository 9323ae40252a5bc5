#include "actors/engine_gateway.hpp"

#include "actors/exchange.hpp"
#include "actors/harden.hpp"
#include "transports/docker_api.hpp"

namespace dw {

namespace {

using self_pointer = engine_gateway_actor::stateful_pointer<engine_gateway_state>;

void address(const engine_gateway_state& st, http_request& request) {
  request.origin = st.endpoint.origin;
  request.peer = "Docker Engine at " + st.endpoint.display;
}

void hand_on(self_pointer self, engine_gateway_state::waiting_request& x) {
  auto& st = self->state;
  address(st, x.request);
  x.request.target.insert(0, st.prefix);
  if (x.consumer)
    x.promise.delegate(st.http, std::move(x.request), std::move(x.consumer));
  else
    x.promise.delegate(st.http, std::move(x.request));
}

void settle_pings(engine_gateway_state& st,
                  const caf::expected<engine_info>& result) {
  auto pings = std::move(st.pings);
  st.pings.clear();
  for (auto& owed : pings) {
    if (result)
      owed.settle(*result);
    else
      owed.settle(result.error());
  }
}

void on_negotiated(self_pointer self, caf::expected<engine_info> info) {
  auto& st = self->state;
  st.negotiating = false;
  auto waiting = std::move(st.waiting);
  st.waiting.clear();
  if (!info) {
    for (auto& x : waiting)
      x.promise.deliver(info.error());
    settle_pings(st, info);
    return;
  }
  if (st.endpoint.pinned_api_version.empty())
    st.prefix = "/v" + info->api_version;
  else
    info->api_version = st.endpoint.pinned_api_version;
  for (auto& x : waiting)
    hand_on(self, x);
  if (st.pings.empty())
    return;
  // The release is for people; an engine that does not tell is no failure.
  auto request = docker::version();
  address(st, request);
  request.target.insert(0, st.prefix);
  auto limit = patience(request);
  self->request(st.http, limit, std::move(request))
    .then(
      [self, result = *info](const http_response& response) mutable {
        if (auto version = docker::parse_version(response)) {
          result.release = version->release;
          result.os = version->os;
          result.arch = version->arch;
        }
        settle_pings(self->state, std::move(result));
      },
      [self, result = *info](caf::error&) {
        settle_pings(self->state, result);
      });
}

void negotiate(self_pointer self, const call& options) {
  auto& st = self->state;
  if (st.negotiating)
    return;
  st.negotiating = true;
  auto request = docker::ping();
  address(st, request);
  if (options.timeout.count() > 0)
    request.deadlines.total = options.timeout;
  auto limit = patience(request);
  self->request(st.http, limit, std::move(request))
    .then(
      [self](const http_response& response) {
        on_negotiated(self, docker::parse_ping(response));
      },
      [self](caf::error& err) { on_negotiated(self, std::move(err)); });
}

caf::result<http_response> submit(self_pointer self, http_request& request,
                                  body_consumer_actor consumer) {
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
  for (auto i = waiting.begin(); i != waiting.end(); ++i) {
    if (i->request.ticket == x.ticket
        && i->asker == self->current_sender()) {
      i->promise.deliver(make_failure(errc::cancelled,
                                      {.operation = i->request.operation,
                                       .object = i->request.object}));
      waiting.erase(i);
      return;
    }
  }
  self->delegate(self->state.http, x);
}

} // namespace

engine_gateway_state::~engine_gateway_state() {
  for (auto& x : waiting)
    x.promise.deliver(make_failure(
      errc::service_restarted,
      {.operation = x.request.operation, .object = x.request.object}));
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
