#include "transports/response_error.hpp"

#include "transports/general_hint.hpp"

#include <utility>

namespace dw {

caf::error make_failure(errc code, const http_response& response,
                        std::string reply, std::string hint) {
  return make_exchange_failure(code, {.operation = response.operation,
                                      .object = response.object,
                                      .peer = response.peer,
                                      .status = response.status,
                                      .reply = std::move(reply),
                                      .hint = std::move(hint)});
}

} // namespace dw
