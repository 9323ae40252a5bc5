#include "transports/epoll_set.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

namespace dw {

namespace {

int checked(int result, const char* what) {
  if (result < 0)
    throw std::system_error{errno, std::generic_category(), what};
  return result;
}

epoll_event make_event(int fd, uint32_t events) {
  epoll_event result{};
  result.events = events;
  result.data.fd = fd;
  return result;
}

} // namespace

epoll_set::epoll_set()
  : epoll_{checked(epoll_create1(EPOLL_CLOEXEC), "epoll_create1")} {
  try {
    wakeup_ = checked(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "eventfd");
    auto event = make_event(wakeup_, EPOLLIN);
    checked(epoll_ctl(epoll_, EPOLL_CTL_ADD, wakeup_, &event), "epoll_ctl");
  } catch (...) {
    close(wakeup_);
    close(epoll_);
    throw;
  }
}

epoll_set::~epoll_set() {
  close(wakeup_);
  close(epoll_);
}

void epoll_set::want(int fd, uint32_t events) {
  auto& socket = at(fd);
  socket.wanted = events;
  // A kept connection is wanted again soon: leaving it registered saves two
  // system calls per exchange. `wait` unregisters it if it does get an event.
  if (events == 0 || events == socket.registered)
    return;
  auto event = make_event(fd, events);
  auto op = socket.registered == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
  checked(epoll_ctl(epoll_, op, fd, &event), "epoll_ctl");
  socket.registered = events;
}

uint32_t epoll_set::wanted(int fd) const noexcept {
  auto index = static_cast<size_t>(fd);
  return index < sockets_.size() ? sockets_[index].wanted : 0;
}

void epoll_set::forget(int fd) {
  auto& socket = at(fd);
  if (socket.registered != 0)
    epoll_ctl(epoll_, EPOLL_CTL_DEL, fd, nullptr);
  socket = {};
}

std::span<const epoll_event> epoll_set::wait(int timeout_ms) {
  auto n = epoll_wait(epoll_, events_.data(), static_cast<int>(events_.size()),
                      timeout_ms);
  if (n < 0 && errno != EINTR)
    checked(n, "epoll_wait");
  auto begin = events_.begin();
  auto end = begin + std::max(n, 0);
  auto is_ours = [this](const epoll_event& event) {
    auto fd = event.data.fd;
    if (fd == wakeup_) {
      uint64_t count = 0;
      [[maybe_unused]] auto bytes = read(wakeup_, &count, sizeof count);
      return true;
    }
    if (auto& socket = at(fd); socket.wanted == 0) {
      epoll_ctl(epoll_, EPOLL_CTL_DEL, fd, nullptr);
      socket.registered = 0;
      return true;
    }
    return false;
  };
  end = std::remove_if(begin, end, is_ours);
  return {begin, end};
}

void epoll_set::wake() noexcept {
  uint64_t one = 1;
  [[maybe_unused]] auto bytes = write(wakeup_, &one, sizeof one);
}

epoll_set::socket_state& epoll_set::at(int fd) {
  auto index = static_cast<size_t>(fd);
  if (index >= sockets_.size())
    sockets_.resize(index + 1);
  return sockets_[index];
}

} // namespace dw
