#pragma once

#include "messages/export.hpp"
#include "messages/secret.hpp"

#include <caf/meta/type_name.hpp>
#include <caf/optional.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace DW_EXPORT dw {

/// Paths of PEM files for a TLS connection.
struct tls_files {
  /// Authorities that may sign the server's certificate; empty for the
  /// system's.
  std::string ca;
  /// Our certificate and its key; both or neither.
  std::string certificate;
  std::string key;

  friend bool operator==(const tls_files&, const tls_files&) = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, tls_files& x) {
  return f(caf::meta::type_name("dw.tls_files"), x.ca, x.certificate, x.key);
}

/// Where a server is.
struct http_origin {
  /// Scheme and authority without a trailing slash: "https://host:2376". For a
  /// unix socket the host part only fills the Host header.
  std::string base_url;
  /// The unix socket to connect to; empty for TCP.
  std::string socket_path;
  /// "HOST:PORT" to connect to instead of `base_url`'s; empty for no change.
  std::string connect_to;
  caf::optional<tls_files> tls;
  /// Accept any server certificate. Only to find out who routes, never with
  /// credentials.
  bool insecure = false;

  friend bool operator==(const http_origin&, const http_origin&) = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, http_origin& x) {
  return f(caf::meta::type_name("dw.http_origin"), x.base_url, x.socket_path,
           x.connect_to, x.tls, x.insecure);
}

enum class http_method : uint8_t { get, head, post, put, del };

/// The method as it goes over the wire.
std::string to_string(http_method x);

/// A header; values are secrets because some are.
struct http_header {
  std::string name;
  secret value;

  friend bool operator==(const http_header&, const http_header&) = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, http_header& x) {
  return f(caf::meta::type_name("dw.http_header"), x.name, x.value);
}

/// Deadlines of one exchange in ms, counted by a monotonic clock; 0 for none.
struct http_deadlines {
  /// Until the connection (with TLS) stands.
  std::chrono::milliseconds connect{2'000};
  /// From the start until the first byte of the answer.
  std::chrono::milliseconds first_byte{0};
  /// The longest silence within the answer. Time in which the consumer holds
  /// the stream back does not count.
  std::chrono::milliseconds idle{0};
  /// From the start to the end.
  std::chrono::milliseconds total{15'000};

  friend bool operator==(const http_deadlines&, const http_deadlines&)
    = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, http_deadlines& x) {
  return f(caf::meta::type_name("dw.http_deadlines"), x.connect, x.first_byte,
           x.idle, x.total);
}

/// Limits of one exchange in bytes; exceeding one is `errc::too_large`.
struct http_limits {
  /// All headers of the answer together.
  uint64_t headers = 64 * 1024;
  /// The body; not applied to streams, which never hold more than `window`.
  uint64_t body = 32 * 1024 * 1024;
  /// How much of a stream may be on its way to a consumer that has not yet
  /// acknowledged it.
  uint64_t window = 256 * 1024;

  friend bool operator==(const http_limits&, const http_limits&) = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, http_limits& x) {
  return f(caf::meta::type_name("dw.http_limits"), x.headers, x.body, x.window);
}

/// One HTTP/1.1 exchange to be made. Redirects are answers like any other, and
/// proxies of the environment are ignored.
struct http_request {
  /// Names the exchange in `cancel`; see `call::ticket`.
  uint64_t ticket = 0;
  /// For errors: what is attempted, on which object, and who is asked.
  std::string operation;
  std::string object;
  std::string peer;
  http_origin origin;
  http_method method = http_method::get;
  /// Path and query, already encoded, beginning with '/'.
  std::string target = "/";
  std::vector<http_header> headers;
  /// Sent with a Content-Length if the method is post or put, even when empty.
  std::string body;
  http_deadlines deadlines;
  http_limits limits;
  /// Do not reuse a connection, and do not keep this one.
  bool fresh_connection = false;
};

/// Prints the request line only: bodies and headers carry secrets.
std::string to_string(const http_request& x);

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, http_request& x) {
  return f(caf::meta::type_name("dw.http_request"), x.ticket, x.operation,
           x.object, x.peer, x.origin, x.method, x.target, x.headers, x.body,
           x.deadlines, x.limits, x.fresh_connection);
}

/// A complete answer. Also the end of a stream, then with an empty body.
struct http_response {
  /// Copied from the request.
  std::string operation;
  std::string object;
  std::string peer;
  int status = 0;
  /// In the order received, names in lower case.
  std::vector<http_header> headers;
  std::string body;

  /// The first value of a header, or an empty view. @param name in lower case
  std::string_view header(std::string_view name) const noexcept;
};

/// Prints the status only: bodies carry secrets.
std::string to_string(const http_response& x);

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, http_response& x) {
  return f(caf::meta::type_name("dw.http_response"), x.operation, x.object,
           x.peer, x.status, x.headers, x.body);
}

/// A piece of a streamed body, in order. The first may be empty: it comes with
/// the headers of the answer, so that the consumer knows that the stream
/// stands.
struct body_chunk {
  /// The ticket of the request.
  uint64_t ticket = 0;
  /// The status of the answer: a stream may be an error message.
  int status = 0;
  std::string bytes;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, body_chunk& x) {
  return f(caf::meta::type_name("dw.body_chunk"), x.ticket, x.status, x.bytes);
}

/// Acknowledges `bytes` of a stream, which makes room in its window.
struct consumed {
  uint64_t ticket = 0;
  uint64_t bytes = 0;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, consumed& x) {
  return f(caf::meta::type_name("dw.consumed"), x.ticket, x.bytes);
}

} // namespace dw
