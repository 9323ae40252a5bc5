#pragma once

#include "messages/http.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dw {

/// An answer to a request.
struct server_response {
  /// 200 to 599.
  int status = 200;
  /// Names are tokens, values have no control characters but tabs. The server
  /// itself sends Connection, Content-Length, Date and Transfer-Encoding;
  /// those given here are left out.
  std::vector<http_header> headers;
  /// Not sent to a HEAD request, nor with 204 and 304.
  std::string body;
};

/// What of the wire's form of an answer depends on the request.
struct server_framing {
  /// The Content-Length, if there is one.
  std::optional<size_t> length;
  /// The body comes in chunks.
  bool chunked = false;
  /// The connection stays open for the next request.
  bool keep_alive = true;
  /// The request is HTTP/1.0, where staying open has to be said.
  bool http_1_0 = false;
};

/// Whether status and headers may go over the wire.
bool is_sendable(int status, const std::vector<http_header>& headers);

/// Whether answers of this status have a body at all.
bool has_body(int status) noexcept;

/// Status line and headers, up to and including the empty line.
/// @pre is_sendable(status, headers)
std::string compose_head(int status, const std::vector<http_header>& headers,
                         const server_framing& framing);

/// A refusal as a problem document (RFC 9457).
/// @param detail One sentence of ASCII without quotes and backslashes.
server_response make_refusal(int status, std::string_view detail);

} // namespace dw
