#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <mutex>
#include <utility>

namespace dw {

/// The loop of a server's thread, and the door to it for other threads. Handles
/// may outlive the server, so the door can be closed.
class server_loop {
public:
  boost::asio::io_context io{1};

  /// Calls `f()` on the server's thread, unless the door is closed.
  template <class F>
  void post(F f) {
    std::lock_guard guard{mutex_};
    if (!closed_)
      boost::asio::post(io, std::move(f));
  }

  /// Lets nothing more in. Once that and all sockets are closed, the loop runs
  /// out of work and ends.
  void close() {
    std::lock_guard guard{mutex_};
    closed_ = true;
  }

private:
  std::mutex mutex_;
  bool closed_ = false; // guarded by mutex_
};

} // namespace dw
