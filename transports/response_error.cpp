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

bool is_before_request(errc code) {
  switch (code) {
    case errc::socket_missing:
    case errc::socket_denied:
    case errc::connection_refused:
    case errc::name_not_resolved:
    case errc::tls_failed:
      return true;
    default:
      return false;
  }
}

} // namespace dw
