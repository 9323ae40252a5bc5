#pragma once

#include "transports/epoll_set.hpp"

#include <curl/curl.h>

#include <chrono>
#include <memory>
#include <vector>

namespace dw {

struct easy_deleter {
  void operator()(CURL* ptr) const noexcept {
    curl_easy_cleanup(ptr);
  }
};

/// A libcurl handle for one transfer at a time.
using easy_ptr = std::unique_ptr<CURL, easy_deleter>;

/// libcurl's multi handle on an `epoll_set`, with a stock of easy handles.
class curl_multi {
public:
  using clock = std::chrono::steady_clock;

  /// How a transfer ended.
  struct done {
    CURL* easy = nullptr;
    CURLcode code = CURLE_OK;
  };

  /// @param keep_connections How long a connection may wait for its next use.
  /// @param max_connections How many connections, used or waiting, to have
  ///        before one that waits is closed.
  /// @throws std::runtime_error if libcurl cannot be used at all.
  curl_multi(epoll_set& sockets, std::chrono::milliseconds keep_connections,
             long max_connections);

  curl_multi(const curl_multi&) = delete;
  curl_multi& operator=(const curl_multi&) = delete;

  /// A handle on which everything is set that is the same for all exchanges; it
  /// may also still have options of an earlier one. Null without memory.
  easy_ptr take_easy();

  /// Puts a handle back.
  void keep_easy(easy_ptr easy);

  /// @returns false if libcurl does not take it.
  bool add(CURL* easy);

  void remove(CURL* easy);

  /// Tells libcurl what happened to a socket.
  void on_event(const epoll_event& event);

  /// When to call `on_due`.
  clock::time_point due() const noexcept {
    return due_;
  }

  void on_due();

  /// Takes the next transfer that has ended; `easy` is null if there is none.
  /// Call it until then after `on_event` and after `on_due`: `remove` walks the
  /// list of those not yet taken.
  done next_done();

  /// Closes all connections. Requires that there are no transfers.
  void close_connections();

private:
  struct multi_deleter {
    void operator()(CURLM* ptr) const noexcept {
      curl_multi_cleanup(ptr);
    }
  };

  easy_ptr make_easy();

  // Called by libcurl, which exceptions must not cross.
  static int
  on_interest(CURL*, curl_socket_t fd, int what, void* self, void*) noexcept;
  static int on_timer(CURLM*, long timeout_ms, void* self) noexcept;
  static curl_socket_t
  on_open(void*, curlsocktype, curl_sockaddr* address) noexcept;
  static int on_close(void* self, curl_socket_t fd) noexcept;

  epoll_set& sockets_;
  std::chrono::milliseconds keep_connections_;
  long max_connections_;
  clock::time_point due_ = clock::time_point::max();
  // Closes its connections by `on_close`.
  std::unique_ptr<CURLM, multi_deleter> multi_;
  std::vector<easy_ptr> spare_;
};

} // namespace dw
