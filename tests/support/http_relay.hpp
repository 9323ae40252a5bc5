#pragma once

#include "tests/support/scripted_server.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace dw::test {

/// Hands connections on to an HTTP server, and can lose an answer: what was
/// asked for has happened then, and nobody knows.
class http_relay {
public:
  /// @param target "unix:///PATH" or "http://127.0.0.1:PORT", with or without a
  ///        path behind it.
  /// @throws std::system_error
  explicit http_relay(const std::string& target);

  /// Cuts all connections.
  ~http_relay();

  http_relay(const http_relay&) = delete;
  http_relay& operator=(const http_relay&) = delete;

  /// Of 127.0.0.1, where it listens.
  uint16_t port() const noexcept {
    return port_;
  }

  /// Loses the answer to the `number`-th request from now, counting from 1,
  /// that changes something: instead of handing its first byte on, calls
  /// `lose` on a thread of its own and cuts the connection.
  void lose_answer(int number, std::function<void()> lose);

  /// Whether it did.
  bool has_lost() const noexcept {
    return has_lost_;
  }

private:
  void accept_all();
  void relay(int client, int server);
  bool is_to_lose(std::string_view bytes);
  int connect_to_target() const;

  std::string socket_path_;
  uint16_t target_port_ = 0;
  uint16_t port_ = 0;
  int listener_ = -1;
  open_sockets sockets_;
  std::mutex mutex_;
  std::vector<std::thread> threads_; // guarded by mutex_
  std::function<void()> lose_;       // guarded by mutex_
  int until_lost_ = 0;               // guarded by mutex_; 0 for never
  std::atomic<bool> has_lost_{false};
};

} // namespace dw::test
