#pragma once

#include "actors/proxy_registrar.hpp"

#include <caf/expected.hpp>

#include <functional>

// Part of the PROXY REGISTRAR: exchanges that need a token, and what to do
// about one that is no good. Continuations are called in the actor, never from
// within the call that takes them.

namespace dw {

template <class T>
using continuation = std::function<void(caf::expected<T>)>;

/// Builds a request with a token.
using request_builder
  = std::function<caf::expected<http_request>(const secret& token)>;

/// Makes one exchange for a call. If NPM refuses the token, and a better one is
/// there, `next` gets the refusal and true: whether the request may be repeated
/// depends on the request.
/// @param number The call. Nothing happens if it has ended.
void exchange_once(
  proxy_registrar_pointer self, uint64_t number, request_builder build,
  std::function<void(caf::expected<http_response>, bool)> next);

/// The same for a request that may be repeated: repeats it with the better
/// token.
void exchange(proxy_registrar_pointer self, uint64_t number,
              request_builder build, continuation<http_response> next);

/// Makes an exchange and parses the answer.
template <class T, class Parse>
void ask(proxy_registrar_pointer self, uint64_t number, request_builder build,
         Parse parse, continuation<T> next) {
  exchange(self, number, std::move(build),
           [parse, next](caf::expected<http_response> response) {
             if (response)
               next(parse(*response));
             else
               next(std::move(response.error()));
           });
}

/// Goes on after a pause.
void after(proxy_registrar_pointer self, std::chrono::milliseconds pause,
           std::function<void()> next);

} // namespace dw
