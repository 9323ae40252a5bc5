#include "actors/engine_watch.hpp"

#include "actors/exchange.hpp"
#include "actors/harden.hpp"
#include "transports/docker_api.hpp"

#include <algorithm>

namespace dw {

namespace {

using self_pointer = engine_watch_impl::stateful_pointer<engine_watch_state>;
using phase = engine_watch_state::phase;

void tell(self_pointer self, const engine_event& event) {
  for (const auto& x : self->state.listeners)
    if (event.kind == engine_event_kind::resync || x.container_id.empty()
        || x.container_id == event.container_id)
      self->send(x.who, event);
}

// Nobody listens any more. Who comes later does not care for what has been.
void stop(self_pointer self) {
  auto& st = self->state;
  self->send(st.engine, cancel{st.generation});
  ++st.generation;
  st.now = phase::idle;
  st.last_event_ns = 0;
}

// Who waits for a stream is told why there is none, and may ask again.
void refuse_new_listeners(engine_watch_state& st, const caf::error& reason) {
  for (auto& x : st.listeners)
    for (auto& owed : x.owed)
      owed.settle(reason);
  std::erase_if(st.listeners, [](const auto& x) { return !x.owed.empty(); });
}

// Subscribes again after a pause that grows with the number of failures. The
// engine's clock is the one that `since` is read by, so the replay begins with
// the last event seen: better twice than never.
void pause(self_pointer self, const caf::error& reason) {
  auto& st = self->state;
  note_failure(self, reason);
  refuse_new_listeners(st, reason);
  if (st.listeners.empty()) {
    stop(self);
    return;
  }
  // A stream that is given up while it stands goes on otherwise.
  self->send(st.engine, cancel{st.generation++});
  spdlog::debug("engine-watch: the event stream ended: {}", render(reason));
  st.now = phase::pausing;
  auto doublings = std::min(st.failures++, 16u);
  auto delay = std::min(st.policy.reconnect_cap,
                        st.policy.reconnect_base * (1 << doublings));
  self->delayed_send(self, delay, watch_tick{st.generation});
}

void on_standing(self_pointer self) {
  auto& st = self->state;
  st.now = phase::streaming;
  for (auto& x : st.listeners) {
    for (auto& owed : x.owed)
      owed.settle(done{});
    x.owed.clear();
  }
  tell(self, engine_event{});
  self->delayed_send(self, st.policy.ping_interval, watch_tick{st.generation});
}

void on_end(self_pointer self, http_response& response) {
  if (response.status == 200) {
    pause(self, make_failure(errc::connection_lost,
                             {.operation = response.operation,
                              .peer = response.peer,
                              .reply = "it closed the stream"}));
    return;
  }
  response.body = std::move(self->state.error_body);
  pause(self, docker::to_error(response));
}

void connect(self_pointer self) {
  auto& st = self->state;
  st.now = phase::connecting;
  st.decoder = docker::event_decoder{};
  st.error_body.clear();
  auto generation = ++st.generation;
  auto request = docker::events(st.last_event_ns);
  request.ticket = generation;
  self
    ->request(st.engine, caf::infinite, std::move(request),
              body_consumer_actor{self})
    .then(
      [self, generation](http_response& response) {
        if (generation == self->state.generation)
          on_end(self, response);
      },
      [self, generation](caf::error& err) {
        if (generation == self->state.generation)
          pause(self, err);
      });
}

// A ping on another connection, for an engine that hangs keeps ours open.
void ping(self_pointer self) {
  auto& st = self->state;
  auto generation = st.generation;
  ping_engine request;
  request.options.timeout = st.policy.ping_timeout;
  self->request(st.engine, caf::duration{st.policy.ping_timeout * 2}, request)
    .then(
      [self, generation](const engine_info&) {
        auto& state = self->state;
        if (generation != state.generation)
          return;
        state.failures = 0;
        self->delayed_send(self, state.policy.ping_interval,
                           watch_tick{generation});
      },
      [self, generation](caf::error& err) {
        if (generation == self->state.generation)
          pause(self, err);
      });
}

void on_chunk(self_pointer self, const body_chunk& chunk) {
  auto& st = self->state;
  self->send(st.engine, consumed{chunk.ticket, chunk.bytes.size()});
  if (chunk.ticket != st.generation)
    return;
  if (chunk.status != 200) {
    keep_error(st.error_body, chunk);
    return;
  }
  // The first chunk may be empty: it says that the stream stands.
  if (st.now == phase::connecting)
    on_standing(self);
  auto events = st.decoder.feed(chunk.bytes);
  if (!events) {
    pause(self, events.error());
    return;
  }
  for (const auto& event : *events) {
    st.last_event_ns = event.time_ns;
    tell(self, event);
  }
}

void on_tick(self_pointer self, const watch_tick& tick) {
  auto& st = self->state;
  if (tick.generation != st.generation)
    return;
  if (st.now == phase::streaming)
    ping(self);
  else if (st.now == phase::pausing)
    connect(self);
}

caf::result<done> subscribe(self_pointer self, const engine_listener_actor& who,
                            const std::string& container_id) {
  auto& st = self->state;
  auto i = std::find_if(st.listeners.begin(), st.listeners.end(),
                        [&](const auto& x) {
                          return x.who == who && x.container_id == container_id;
                        });
  auto is_known = i != st.listeners.end();
  if (!is_known) {
    self->monitor(who);
    i = st.listeners.insert(i, {who, container_id, {}});
  }
  // One who was told that the stream stands will hear when it does again.
  if (st.now == phase::streaming || (is_known && i->owed.empty()))
    return done{};
  auto promise = self->make_response_promise<done>();
  i->owed.emplace_back(promise);
  if (st.now == phase::idle)
    connect(self);
  return promise;
}

} // namespace

engine_watch_impl::behavior_type
engine_watch(self_pointer self, engine_gateway_actor engine,
             watch_policy policy) {
  harden(self);
  self->state.engine = std::move(engine);
  self->state.policy = policy;
  self->set_down_handler([self](const caf::down_msg& msg) {
    auto& st = self->state;
    std::erase_if(st.listeners,
                  [&](const auto& x) { return x.who.address() == msg.source; });
    if (st.listeners.empty())
      stop(self);
  });
  return {
    [self](const engine_listener_actor& who, const std::string& container_id) {
      return subscribe(self, who, container_id);
    },
    [self](const body_chunk& chunk) { on_chunk(self, chunk); },
    [self](const watch_tick& tick) { on_tick(self, tick); },
  };
}

} // namespace dw
