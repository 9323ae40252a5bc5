#pragma once

#include "messages/error.hpp"
#include "messages/http.hpp"

#include <cstdint>
#include <memory>
#include <string>

namespace dw {

/// How an exchange failed. Plain values: the loop knows nothing of CAF.
struct http_failure {
  errc code = errc::internal;
  /// What was found, in libcurl's or the kernel's words.
  std::string reply;
  /// What the user can do.
  std::string hint;
};

/// Told about one exchange, from the loop's thread. Must only hand over.
class http_observer {
public:
  virtual ~http_observer() = default;

  /// A piece of the body of a stream. Comes no faster than `resume` allows.
  virtual void on_chunk(int status, std::string bytes) = 0;

  /// The end, exactly once, the last call.
  virtual void on_response(http_response response) = 0;
  virtual void on_failure(http_failure failure) = 0;
};

/// Makes HTTP/1.1 exchanges on a thread of its own: epoll and libcurl's multi
/// socket interface. Thousands may be in flight. All functions may be called
/// from any thread.
class http_loop {
public:
  http_loop();

  /// Fails whatever is in flight with `errc::service_restarted` and joins the
  /// thread.
  ~http_loop();

  http_loop(const http_loop&) = delete;
  http_loop& operator=(const http_loop&) = delete;

  /// Starts an exchange.
  /// @param id Unique among the exchanges in flight.
  /// @param streaming Deliver the body by `on_chunk`.
  void start(uint64_t id, http_request request, bool streaming,
             std::unique_ptr<http_observer> observer);

  /// Fails an exchange with `errc::cancelled`, unless it has ended.
  void cancel(uint64_t id);

  /// Lets `bytes` more of a stream through.
  void resume(uint64_t id, uint64_t bytes);

private:
  class impl;
  std::unique_ptr<impl> impl_;
};

} // namespace dw
