#pragma once

#include "actors/call_table.hpp"
#include "messages/interfaces.hpp"
#include "transports/obligation.hpp"

#include <caf/expected.hpp>
#include <caf/result.hpp>
#include <caf/send.hpp>

#include <chrono>
#include <memory>
#include <utility>

namespace dw {

/// How long to wait for the HTTP client's answer to a request: it keeps the
/// request's own deadline, so more than that means that it is gone.
inline caf::duration patience(const http_request& request) {
  using namespace std::chrono_literals;
  if (request.deadlines.total == 0ms)
    return caf::infinite; // a stream, ended by cancellation or by its idle time
  return caf::duration{request.deadlines.total + 10s};
}

/// Makes an exchange with the engine for the sender of the current message, and
/// answers with what `parse` makes of the response.
///
/// Requires that the state has `engine` (an ENGINE GATEWAY) and `calls` (a
/// `call_table`). Call it from a message handler.
/// @param request Or the reason why there is none, which then is the answer.
/// @param parse `caf::expected<T>(const http_response&)`.
/// @param settled Called without arguments when the call has ended.
template <class T, class Self, class Parse, class Settled>
void exchange(Self* self, std::shared_ptr<obligation<T>> owed, uint64_t number,
              const call& options, caf::expected<http_request> request,
              Parse parse, Settled settled) {
  if (request && self->state.calls.is_cancelled(number))
    request = make_failure(errc::cancelled, {.operation = request->operation,
                                             .object = request->object,
                                             .reply = "cancelled in time"});
  if (!request) {
    self->state.calls.close(number);
    owed->settle(std::move(request.error()));
    settled();
    return;
  }
  request->ticket = number;
  if (options.timeout.count() > 0)
    request->deadlines.total = options.timeout;
  auto limit = patience(*request);
  self->request(self->state.engine, limit, std::move(*request))
    .then(
      [self, owed, number, parse, settled](const http_response& response) {
        self->state.calls.close(number);
        caf::expected<T> result = parse(response);
        if (result) {
          owed->settle(std::move(*result));
        } else {
          // The engine was up- or downgraded: agree on a version again, so that
          // a repetition of the call succeeds.
          if (code_of(result.error()) == errc::version_mismatch)
            caf::anon_send(self->state.engine, ping_engine{});
          owed->settle(std::move(result.error()));
        }
        settled();
      },
      [self, owed, number, settled](caf::error& err) {
        self->state.calls.close(number);
        owed->settle(std::move(err));
        settled();
      });
}

/// The same for a call that nothing waits behind.
template <class T, class Self, class Parse>
caf::result<T> exchange(Self* self, const call& options,
                        caf::expected<http_request> request, Parse parse) {
  auto number
    = self->state.calls.open(self->current_sender(), options.ticket);
  auto promise = self->template make_response_promise<T>();
  auto owed = std::make_shared<obligation<T>>(promise);
  exchange(self, std::move(owed), number, options, std::move(request),
           std::move(parse), [] {});
  return promise;
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

} // namespace dw
