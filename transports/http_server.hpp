#pragma once

#include "transports/server_request.hpp"
#include "transports/server_responder.hpp"

#include <caf/expected.hpp>

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace dw {

/// Listen on a unix socket.
struct unix_listener {
  std::string path;
  /// Those that may write may connect.
  mode_t mode = 0600;
};

/// PEM files of a server. They are read when it starts.
struct server_tls {
  /// The certificate, then those between it and its authority.
  std::string certificate;
  /// Its key, without a passphrase.
  std::string key;
};

/// Listen on TCP.
struct tcp_listener {
  /// An IP address; "::" means IPv4 as well.
  std::string address = "127.0.0.1";
  /// 0 for any free one.
  uint16_t port = 0;
  std::optional<server_tls> tls;
};

using server_listener = std::variant<unix_listener, tcp_listener>;

/// What clients can make a server spend. Whoever exceeds a limit is told by a
/// problem document if that is possible, and then the connection is closed.
struct server_limits {
  /// Request line and headers, in bytes; else 431.
  size_t header_bytes = 16 * 1024;
  /// The body, in bytes; else 413.
  size_t body_bytes = 1024 * 1024;
  /// Connections of each listener; else 503, or with TLS nothing. Not of all
  /// together, so that strangers on TCP keep nobody off the unix socket.
  size_t connections = 256;
  /// What of a stream's body is kept for a slow client, in bytes.
  size_t stream_buffer = 256 * 1024;
  /// From a request's first byte, or a connection's beginning and its
  /// handshake, to the end of the headers; else 408.
  std::chrono::milliseconds header_time{10'000};
  /// From there to the end of the body; else 408.
  std::chrono::milliseconds body_time{30'000};
  /// How long a client may take nothing of an answer.
  std::chrono::milliseconds write_time{30'000};
  /// How long a connection without a request is kept.
  std::chrono::milliseconds idle_time{60'000};
  /// How long a client may take to close after the server has: what it is still
  /// sending would make the kernel take the last answer back.
  std::chrono::milliseconds linger_time{1'000};
  /// How long answers may take after `http_server::stop`.
  std::chrono::milliseconds grace_time{10'000};
};

/// An HTTP/1.1 and 1.0 server on a thread of its own, event-driven. It knows
/// about HTTP, and nothing about what is served.
///
/// Requests of one connection are handed over one by one, in order; pipelined
/// ones wait until the former answer has left. What is no HTTP gets a 400; a
/// transfer coding other than chunked a 501; an expectation other than
/// 100-continue a 417. An answer that is not begun when the client has closed
/// its sending direction is still sent, a stream is over then.
class http_server {
public:
  /// Told about each request, on the server's thread. Must only hand over:
  /// while it works, all connections stand still. What it throws is dropped
  /// together with the responder, which then answers 500.
  using handler = std::function<void(server_request, responder)>;

  /// Listens everywhere, then starts to serve.
  /// @returns the first listener's error: `errc::tls_failed`, and what
  /// `server_socket` has; nothing is left then.
  /// @throws std::system_error if the kernel has no descriptors or threads
  /// left.
  static caf::expected<std::unique_ptr<http_server>>
  start(const std::vector<server_listener>& listeners,
        const server_limits& limits, handler serve);

  /// Calls `stop` and joins the thread, which takes up to `grace_time` and
  /// `linger_time`. Must not be called on the server's thread. The handler is
  /// not called afterwards; responders can still be used, in vain.
  ~http_server();

  http_server(const http_server&) = delete;
  http_server& operator=(const http_server&) = delete;

  /// Drains: closes the listeners and removes socket files, closes idle
  /// connections, refuses requests that are not complete with a 503, and lets
  /// those that were handed over finish, streams included, which are cut after
  /// `grace_time`. Any thread, any number of times; returns at once.
  void stop();

  /// The TCP ports, in the order of the listeners; 0 for unix sockets.
  const std::vector<uint16_t>& ports() const noexcept;

private:
  class impl;

  explicit http_server(std::unique_ptr<impl> x);

  std::unique_ptr<impl> impl_;
};

} // namespace dw
