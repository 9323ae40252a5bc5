#pragma once

#include "messages/error.hpp"
#include "messages/export.hpp"
#include "messages/http.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

namespace DW_EXPORT dw {

/// A piece of the body of a stream, in order. The first may be empty: it comes
/// as soon as the headers have, for streams that stay silent at first.
struct http_chunk {
  int status = 0;
  std::string bytes;
};

/// How an exchange failed. Plain values: the loop knows no actor.
///
/// What happened, and its code:
/// - unix socket: ENOENT is `socket_missing`, EACCES and EPERM are
///   `socket_denied`, ECONNREFUSED, also of a plain file, is
///   `connection_refused`, and so is a full queue of connections;
/// - TCP: whatever keeps a connection from standing is `connection_refused`;
/// - the host name has no address: `name_not_resolved`;
/// - no agreement on TLS, our files are unreadable, or the server turned our
///   certificate down, also after the handshake (TLS 1.3): `tls_failed`;
/// - the connection ended before the answer was complete, also in front of its
///   first byte or of the last chunk of a chunked body: `connection_lost`;
/// - the same when libcurl repeated a request because a reused connection had
///   died, and then found nobody: the first attempt may have arrived;
/// - a deadline passed: `timed_out`; `reply` says which and how long it was;
/// - the answer is not HTTP/1.x: `bad_reply`;
/// - a limit was exceeded: `too_large`;
/// - URL, header or socket path cannot be right: `invalid_argument`;
/// - `cancel`: `cancelled`; the end of the loop: `service_restarted`.
struct http_failure {
  errc code = errc::internal;
  /// What was found, in libcurl's or the kernel's words.
  std::string reply;
  /// What the user can do, a full sentence, or empty.
  std::string hint;
};

/// What became of an exchange. Chunks first, if any; then exactly one response
/// or failure, which is the last report of that id.
struct http_report {
  uint64_t id = 0;
  std::variant<http_chunk, http_response, http_failure> what;
};

/// Told about exchanges from the loop's thread. Must only hand over: while it
/// works, all exchanges stand still. Must not throw.
class http_observer {
public:
  virtual ~http_observer() = default;

  /// @param batch What happened since the last call, in order, not empty.
  virtual void on_reports(std::vector<http_report> batch) = 0;
};

/// Makes HTTP/1.1 exchanges on a thread of its own: epoll and libcurl's multi
/// socket interface. Any number may be in flight; 2,048 of them, streams
/// included, have a connection, and the others wait for their turn. All
/// functions may be called from any thread, also by observers, except for the
/// destructor.
///
/// Connections are kept for the next exchange with the same origin. A kept
/// connection that turns out to be dead fails no exchange: libcurl repeats a
/// request, of any method, of which nothing was answered.
class http_loop {
public:
  /// @param keep_connections How long to keep connections that nobody uses.
  /// @throws std::system_error if the kernel has no file descriptors left.
  explicit http_loop(std::chrono::milliseconds keep_connections
                     = std::chrono::seconds{30});

  /// Fails whatever is in flight with `errc::service_restarted` and joins the
  /// thread.
  ~http_loop();

  http_loop(const http_loop&) = delete;
  http_loop& operator=(const http_loop&) = delete;

  /// Starts an exchange.
  /// @param id Unique among the exchanges in flight.
  /// @param streaming Deliver the body piece by piece: up to `limits.window`
  ///        bytes, or one piece of up to 16 KiB, and more with each `resume`.
  /// @param observer Kept until the last report.
  void start(uint64_t id, http_request request, bool streaming,
             std::shared_ptr<http_observer> observer);

  /// Fails an exchange with `errc::cancelled`, unless it has ended.
  void cancel(uint64_t id);

  /// Lets `bytes` more of a stream through.
  void resume(uint64_t id, uint64_t bytes);

private:
  class impl;
  std::unique_ptr<impl> impl_;
};

} // namespace dw
