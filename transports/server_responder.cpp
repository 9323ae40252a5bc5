#include "transports/server_responder.hpp"

#include "transports/http_server_exchange.hpp"

#include <utility>

namespace dw {

server_stream::server_stream(std::shared_ptr<server_exchange> exchange)
  : exchange_{std::move(exchange)} {
  // nop
}

server_stream_state server_stream::write(std::string_view bytes) const {
  return exchange_->write(bytes);
}

void server_stream::end() const {
  exchange_->end();
}

responder::responder(std::shared_ptr<server_exchange> exchange)
  : exchange_{std::move(exchange)} {
  // nop
}

bool responder::answer(server_response x) const {
  return exchange_->answer(std::move(x));
}

std::optional<server_stream>
responder::begin_stream(int status, std::vector<http_header> headers,
                        server_stream_events events) const {
  if (!exchange_->begin_stream(status, std::move(headers), std::move(events)))
    return std::nullopt;
  return server_stream{exchange_};
}

} // namespace dw
