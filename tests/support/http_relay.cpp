#include "tests/support/http_relay.hpp"

#include <poll.h>

#include <utility>

namespace dw::test {

namespace {

void check(int result, const char* what) {
  if (result < 0)
    throw std::system_error{errno, std::generic_category(), what};
}

sockaddr_in loopback(uint16_t port) {
  sockaddr_in result{};
  result.sin_family = AF_INET;
  result.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  result.sin_port = htons(port);
  return result;
}

template <class Address>
const sockaddr* general(const Address& x) {
  return reinterpret_cast<const sockaddr*>(&x);
}

bool send_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    auto n = send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n <= 0)
      return false;
    bytes.remove_prefix(static_cast<size_t>(n));
  }
  return true;
}

} // namespace

http_relay::http_relay(const std::string& target) {
  constexpr std::string_view unix_scheme = "unix://";
  if (target.starts_with(unix_scheme))
    socket_path_ = target.substr(unix_scheme.size());
  else // stoi ends at the path
    target_port_
      = static_cast<uint16_t>(std::stoi(target.substr(target.rfind(':') + 1)));
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  check(listener_, "socket");
  sockets_.add(listener_);
  auto address = loopback(0);
  socklen_t size = sizeof address;
  check(bind(listener_, general(address), size), "bind");
  check(listen(listener_, 64), "listen");
  check(getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size),
        "getsockname");
  port_ = ntohs(address.sin_port);
  threads_.emplace_back([this] { accept_all(); });
}

http_relay::~http_relay() {
  sockets_.stop();
  for (size_t i = 0;; ++i) {
    std::thread next;
    {
      std::lock_guard guard{mutex_};
      if (i == threads_.size())
        break;
      next = std::move(threads_[i]);
    }
    next.join();
  }
  sockets_.close(listener_);
}

void http_relay::lose_answer(int number, std::function<void()> lose) {
  std::lock_guard guard{mutex_};
  until_lost_ = number;
  lose_ = std::move(lose);
  has_lost_ = false;
}

int http_relay::connect_to_target() const {
  auto family = socket_path_.empty() ? AF_INET : AF_UNIX;
  auto result = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  auto address = loopback(target_port_);
  sockaddr_un path{};
  path.sun_family = AF_UNIX;
  std::memcpy(&path.sun_path, socket_path_.c_str(), socket_path_.size() + 1);
  auto is_connected = socket_path_.empty()
                        ? connect(result, general(address), sizeof address) == 0
                        : connect(result, general(path), sizeof path) == 0;
  if (is_connected)
    return result;
  close(result);
  return -1;
}

void http_relay::accept_all() {
  for (;;) {
    auto client = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (client < 0)
      return;
    sockets_.add(client);
    auto server = connect_to_target();
    if (server < 0) {
      sockets_.close(client);
      continue;
    }
    sockets_.add(server);
    std::lock_guard guard{mutex_};
    threads_.emplace_back([=, this] {
      relay(client, server);
      sockets_.close(client);
      sockets_.close(server);
    });
  }
}

// Clients write the head of a request at once, and only when the answer to the
// one before is complete.
bool http_relay::is_to_lose(std::string_view bytes) {
  if (!bytes.starts_with("POST ") && !bytes.starts_with("PUT ")
      && !bytes.starts_with("DELETE "))
    return false;
  std::lock_guard guard{mutex_};
  return until_lost_ > 0 && --until_lost_ == 0;
}

void http_relay::relay(int client, int server) {
  std::array<char, 64 * 1024> buffer{};
  auto read = [&buffer](int fd) {
    auto n = recv(fd, buffer.data(), buffer.size(), 0);
    return std::string_view{buffer.data(), n > 0 ? static_cast<size_t>(n) : 0};
  };
  auto loses = false;
  for (;;) {
    pollfd ends[] = {{client, POLLIN, 0}, {server, POLLIN, 0}};
    if (poll(ends, 2, -1) < 0)
      return;
    if (ends[0].revents != 0) {
      auto bytes = read(client);
      loses = loses || is_to_lose(bytes);
      if (bytes.empty() || !send_all(server, bytes))
        return;
    }
    if (ends[1].revents != 0) {
      auto bytes = read(server);
      if (loses) {
        std::lock_guard guard{mutex_};
        has_lost_ = true;
        lose_();
        return;
      }
      if (bytes.empty() || !send_all(client, bytes))
        return;
    }
  }
}

} // namespace dw::test
