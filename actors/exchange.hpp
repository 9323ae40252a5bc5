#pragma once

#include "actors/call_table.hpp"
#include "messages/export.hpp"
#include "messages/interfaces.hpp"
#include "transports/obligation.hpp"

#include <caf/actor_cast.hpp>
#include <caf/expected.hpp>
#include <caf/result.hpp>
#include <caf/type_id.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>

// What the services of an engine have in common. The HTTP client keeps the
// deadline of each request and answers always, also when it dies; so its askers
// set no time-out of CAF, which would wake up the thread of CAF's clock twice
// for each exchange. All functions require that
// the actor's state has `engine` (an ENGINE GATEWAY) and `calls` (a
// `call_table`).

namespace DW_EXPORT dw {

// -- calls --------------------------------------------------------------------

/// What services handle whose calls wait for work that they share.
using deadline_actor = caf::typed_actor<
  // INTERNAL: the deadline of the call with this number has passed.
  caf::reacts_to<caf::timeout_atom, uint64_t>>;

/// A call in progress.
template <class T>
struct open_call {
  uint64_t number = 0;
  /// Settles without effect once the call is given up.
  std::shared_ptr<obligation<T>> owed;
  /// Of the whole call, if it has one.
  std::optional<std::chrono::steady_clock::time_point> deadline;
};

/// Opens a call of the sender of the current message, which gets its answer
/// from here on.
/// @param operation What it is about, for errors.
/// @param listener Somebody else whose death ends the call, or null.
template <class T, class Self>
open_call<T>
begin_call(Self* self, const call& options, std::string operation,
           std::string object, const caf::actor_addr& listener = {}) {
  auto& calls = self->state.calls;
  auto asker = caf::actor_cast<caf::actor_addr>(self->current_sender());
  for (const auto& party : {asker, listener})
    if (calls.is_new(party))
      self->monitor(party);
  open_call<T> result;
  result.owed = std::make_shared<obligation<T>>(
    self->template make_response_promise<T>());
  if (options.timeout.count() > 0)
    result.deadline = self->clock().now() + options.timeout;
  result.number
    = calls.open(asker, options.ticket, listener,
                 [owed = result.owed, operation = std::move(operation),
                  object = std::move(object)](errc reason) {
                   failure why;
                   why.operation = operation;
                   why.object = object;
                   why.reply = reason == errc::timed_out ? "not done in time"
                                                         : "cancelled";
                   owed->settle(make_failure(reason, std::move(why)));
                 });
  return result;
}

/// Answers a call.
template <class T, class Self, class Answer>
void settle_call(Self* self, const open_call<T>& x, Answer answer) {
  self->state.calls.close(x.number);
  x.owed->settle(std::move(answer));
}

/// Gives a call up, with the exchange that is made for it.
template <class Self>
void give_up(Self* self, uint64_t number, errc reason) {
  self->state.calls.give_up(number, reason);
  self->send(self->state.engine, cancel{number});
}

/// Has the actor told when the deadline of a call passes that no exchange of
/// its own keeps it.
template <class T, class Self>
void watch_deadline(Self* self, const open_call<T>& x) {
  if (x.deadline)
    self->scheduled_send(self, *x.deadline, caf::timeout_atom_v, x.number);
}

/// Gives up the call that its asker cancels.
template <class Self>
void on_cancel(Self* self, const cancel& x) {
  auto asker = caf::actor_cast<caf::actor_addr>(self->current_sender());
  if (auto number = self->state.calls.find(asker, x.ticket))
    give_up(self, *number, errc::cancelled);
}

/// Gives up all calls that somebody who has died took part in.
template <class Self>
void on_party_down(Self* self, const caf::actor_addr& party) {
  self->state.calls.forget(party);
  for (auto number : self->state.calls.calls_of(party))
    give_up(self, number, errc::cancelled);
}

// -- exchanges ----------------------------------------------------------------

/// Agrees with the engine on a version again if it was up- or downgraded, so
/// that a repetition of what failed succeeds.
template <class Self>
void note_failure(Self* self, const caf::error& err) {
  if (code_of(err) == errc::version_mismatch)
    self->request(self->state.engine, std::chrono::minutes{1}, ping_engine{})
      .then([](const engine_info&) {}, [](caf::error&) {});
}

/// Makes `request` the call's own. Gives the call up if its deadline has passed
/// while it waited for its turn.
/// @returns whether the call is still open.
template <class T, class Self>
bool claim(Self* self, const open_call<T>& x, http_request& request) {
  using std::chrono::milliseconds;
  if (x.deadline) {
    auto left = *x.deadline - self->clock().now();
    if (left.count() <= 0)
      self->state.calls.give_up(x.number, errc::timed_out);
    request.deadlines.total = std::chrono::ceil<milliseconds>(left);
  }
  request.ticket = x.number;
  return self->state.calls.is_open(x.number);
}

/// Makes an exchange with the engine for a call, which `then` goes on with;
/// what fails without a response is the answer.
/// @param then Called with the `const http_response&`.
/// @param ended Called without arguments if there is none.
template <class T, class Self, class Then, class Ended>
void ask_engine(Self* self, open_call<T> x, http_request request, Then then,
                Ended ended) {
  if (!claim(self, x, request)) {
    ended();
    return;
  }
  self->request(self->state.engine, caf::infinite, std::move(request))
    .then(then, [self, x, ended](caf::error& err) {
      settle_call(self, x, std::move(err));
      ended();
    });
}

/// Answers a call with what the response was parsed to.
template <class T, class Self>
void settle_exchange(Self* self, const open_call<T>& x,
                     caf::expected<T> result) {
  if (!result)
    note_failure(self, result.error());
  settle_call(self, x, std::move(result));
}

/// Makes an exchange with the engine for a call, and answers with what `parse`
/// makes of the response.
/// @param parse `caf::expected<T>(const http_response&)`.
/// @param ended Called without arguments when the engine is done with it.
template <class T, class Self, class Parse, class Ended>
void exchange(Self* self, open_call<T> x, http_request request, Parse parse,
              Ended ended) {
  ask_engine(
    self, x, std::move(request),
    [self, x, parse, ended](const http_response& response) {
      settle_exchange(self, x, caf::expected<T>{parse(response)});
      ended();
    },
    ended);
}

/// The same for a call that nothing waits behind.
/// @param request Or the reason why there is none, which then is the answer.
template <class T, class Self, class Parse>
caf::result<T> exchange(Self* self, const call& options,
                        caf::expected<http_request> request, Parse parse) {
  if (!request)
    return std::move(request.error());
  auto x = begin_call<T>(self, options, request->operation, request->object);
  exchange(self, x, std::move(*request), parse, [] {});
  return caf::delegated<T>{};
}

/// Turns "no error" into the answer of operations that have nothing else to
/// say, for use as `parse`.
template <class Check>
auto as_done(Check check) {
  return [check](const http_response& response) -> caf::expected<done> {
    if (auto err = check(response))
      return err;
    return done{};
  };
}

/// Keeps the beginning of a streamed answer that is an error message.
inline void keep_error(std::string& kept, const body_chunk& chunk) {
  constexpr size_t limit = 64 * 1024;
  kept.append(chunk.bytes, 0, limit - kept.size());
}

} // namespace dw
