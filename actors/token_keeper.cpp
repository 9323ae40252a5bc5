#include "actors/token_keeper.hpp"

#include "actors/exchange.hpp"
#include "actors/harden.hpp"
#include "messages/error.hpp"
#include "transports/npm_api.hpp"

#include <algorithm>
#include <functional>

namespace dw {

namespace {

using self_pointer = token_keeper_impl::stateful_pointer<token_keeper_state>;
using flight = token_keeper_state::flight;

// A refresh costs NPM 2 ms, a login 400.
constexpr double refresh_at = 0.6;

// NPM grants no tolerance, and a request takes its time to get there.
constexpr double useful_until = 0.95;

using fraction = std::chrono::duration<double, std::milli>;

caf::timespan part_of(std::chrono::milliseconds lifetime, double part) {
  return std::chrono::duration_cast<caf::timespan>(fraction{lifetime} * part);
}

bool has_useful_token(self_pointer self) {
  const auto& st = self->state;
  return st.token
         && self->clock().now() - st.asked_at
              < part_of(st.token->lifetime, useful_until);
}

// -- those who wait -----------------------------------------------------------

caf::result<proxy_token>
wait(self_pointer self, flight& on, const call& options) {
  auto asker = caf::actor_cast<caf::actor_addr>(self->current_sender());
  auto number = self->state.calls.open(asker, options.ticket);
  auto promise = self->make_response_promise<proxy_token>();
  on.waiting.emplace(number, obligation<proxy_token>{promise});
  if (options.timeout.count() > 0)
    self->delayed_send(self, options.timeout, caf::timeout_atom_v, number);
  return promise;
}

// The exchange goes on: others may wait for it, and its result is of use.
void give_up(self_pointer self, uint64_t number, errc why) {
  self->state.calls.close(number);
  for (auto* x : {&self->state.logging_in, &self->state.refreshing})
    if (auto node = x->waiting.extract(number); !node.empty())
      node.mapped().settle(make_failure(
        why, {.operation = "get a token of the proxy",
              .reply = why == errc::cancelled ? "cancelled in time"
                                              : "no answer in time"}));
}

void land(self_pointer self, flight& x,
          const caf::expected<proxy_token>& result) {
  x.is_running = false;
  auto waiting = std::move(x.waiting);
  x.waiting.clear();
  for (auto& [number, owed] : waiting) {
    self->state.calls.close(number);
    owed.settle(result);
  }
}

// -- exchanges ----------------------------------------------------------------

void adopt(self_pointer self, const proxy_token& token,
           token_keeper_state::time_point asked_at) {
  auto& st = self->state;
  st.token = token;
  st.asked_at = asked_at;
  ++st.generation;
  auto passed = self->clock().now() - asked_at;
  auto due = part_of(token.lifetime, refresh_at) - passed;
  self->delayed_send(self, std::max(caf::timespan{due}, caf::timespan{0}),
                     caf::tick_atom_v, st.generation);
}

// Asks for a token, keeps it if it `is_wanted` by then, and hands it to those
// who wait.
void take_off(self_pointer self, flight& x, http_request request,
              std::function<bool()> is_wanted,
              std::function<void()> on_failure) {
  x.is_running = true;
  auto asked_at = self->clock().now();
  auto finish = [self, &x, asked_at, is_wanted,
                 on_failure](const caf::expected<proxy_token>& result) {
    if (result && is_wanted())
      adopt(self, *result, asked_at);
    land(self, x, result);
    if (!result)
      on_failure();
  };
  self
    ->request(self->state.http, caf::infinite,
              at(self->state.endpoint, std::move(request)))
    .then(
      [finish](const http_response& response) {
        finish(npm::parse_token(response));
      },
      [finish](caf::error& err) { finish(std::move(err)); });
}

void start_login(self_pointer self) {
  auto& st = self->state;
  if (st.logging_in.is_running)
    return;
  take_off(
    self, st.logging_in, npm::login(st.endpoint.identity, st.endpoint.password),
    [] { return true; },
    [] {
      // nop: whoever asks next tries again
    });
}

void start_refresh(self_pointer self, std::function<void()> on_failure) {
  auto& st = self->state;
  if (st.refreshing.is_running)
    return;
  auto is_current = [self, generation = st.generation] {
    return generation == self->state.generation;
  };
  take_off(self, st.refreshing, npm::refresh(st.token->value), is_current,
           std::move(on_failure));
}

caf::result<proxy_token> log_in(self_pointer self, const call& options) {
  auto result = wait(self, self->state.logging_in, options);
  start_login(self);
  return result;
}

// -- calls --------------------------------------------------------------------

caf::result<proxy_token> on_get(self_pointer self, const get_token& x) {
  if (has_useful_token(self))
    return *self->state.token;
  return log_in(self, x.options);
}

caf::result<proxy_token> on_replace(self_pointer self, const replace_token& x) {
  auto& st = self->state;
  if (st.token && st.token->value == x.token) {
    st.token.reset();
    ++st.generation; // nor is a refresh of it of any use
  }
  return on_get(self, {x.options});
}

caf::result<proxy_token> on_refresh(self_pointer self, const refresh_token& x) {
  auto& st = self->state;
  if (!st.token)
    return make_failure(errc::unauthorized, {.operation = "refresh the token",
                                             .peer = "Nginx Proxy Manager",
                                             .reply = "there is no token"});
  auto result = wait(self, st.refreshing, x.options);
  start_refresh(self, [] {
    // nop: the asker decides
  });
  return result;
}

void on_due(self_pointer self, uint64_t generation) {
  auto& st = self->state;
  if (generation != st.generation || !st.token)
    return;
  start_refresh(self, [self] { start_login(self); });
}

} // namespace

token_keeper_impl::behavior_type
token_keeper(self_pointer self, npm_endpoint endpoint, http_client_actor http) {
  harden(self);
  self->state.endpoint = std::move(endpoint);
  self->state.http = std::move(http);
  return {
    [self](caf::tick_atom, uint64_t generation) { on_due(self, generation); },
    [self](caf::timeout_atom, uint64_t number) {
      give_up(self, number, errc::timed_out);
    },
    [self](const get_token& x) { return on_get(self, x); },
    [self](const replace_token& x) { return on_replace(self, x); },
    [self](const login& x) { return log_in(self, x.options); },
    [self](const refresh_token& x) { return on_refresh(self, x); },
    [self](const cancel& x) {
      auto asker = caf::actor_cast<caf::actor_addr>(self->current_sender());
      if (auto number = self->state.calls.find(asker, x.ticket))
        give_up(self, *number, errc::cancelled);
    },
  };
}

} // namespace dw
