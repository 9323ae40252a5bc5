#pragma once

#include <sys/epoll.h>

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace dw {

/// The sockets that a thread waits for, and an event file descriptor by which
/// other threads wake it up.
class epoll_set {
public:
  /// @throws std::system_error if the kernel has no file descriptors left.
  epoll_set();

  ~epoll_set();

  epoll_set(const epoll_set&) = delete;
  epoll_set& operator=(const epoll_set&) = delete;

  /// Waits for `events` (EPOLLIN, EPOLLOUT) of `fd` from now on; 0 for none.
  void want(int fd, uint32_t events);

  /// What is wanted of `fd`.
  uint32_t wanted(int fd) const noexcept;

  /// Call it right before closing `fd`.
  void forget(int fd);

  /// Blocks until something happens or `wake` is called.
  /// @param timeout_ms -1 for ever.
  /// @returns what happened to sockets, valid until the next call.
  std::span<const epoll_event> wait(int timeout_ms);

  /// Makes the current or next `wait` return. From any thread.
  void wake() noexcept;

private:
  struct socket_state {
    uint32_t wanted = 0;
    uint32_t registered = 0;
  };

  socket_state& at(int fd);

  int epoll_ = -1;
  int wakeup_ = -1;
  // By file descriptor: small integers, the smallest free one first.
  std::vector<socket_state> sockets_;
  std::array<epoll_event, 256> events_{};
};

} // namespace dw
