#include "transports/tcp_connect.hpp"

#include "messages/error.hpp"
#include "messages/types.hpp"

#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <future>
#include <memory>
#include <system_error>
#include <thread>
#include <vector>

namespace dw {

namespace {

using std::chrono::milliseconds;
using clock = std::chrono::steady_clock;

struct socket_address {
  sockaddr_storage bytes{};
  socklen_t size = 0;

  const sockaddr* generic() const noexcept {
    return reinterpret_cast<const sockaddr*>(&bytes);
  }
};

struct resolved {
  /// Of getaddrinfo(3).
  int status = 0;
  std::vector<socket_address> addresses;
};

caf::error fail(errc code, std::string reply) {
  return make_failure(code,
                      {.operation = "connect to", .reply = std::move(reply)});
}

milliseconds left_until(clock::time_point deadline) {
  return std::max(milliseconds{0},
                  std::chrono::ceil<milliseconds>(deadline - clock::now()));
}

resolved resolve(const std::string& host, uint16_t port) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  resolved result;
  result.status
    = getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &list);
  std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner{list, &freeaddrinfo};
  for (const auto* x = list; x != nullptr; x = x->ai_next) {
    auto& address = result.addresses.emplace_back();
    std::memcpy(&address.bytes, x->ai_addr, x->ai_addrlen);
    address.size = x->ai_addrlen;
  }
  return result;
}

// Nothing else bounds getaddrinfo(3), which cannot be given up either: what
// comes too late is of no interest.
caf::expected<std::vector<socket_address>>
resolve_until(const std::string& host, uint16_t port,
              clock::time_point deadline) {
  std::packaged_task<resolved()> task{
    [host, port] { return resolve(host, port); }};
  auto answer = task.get_future();
  std::thread{std::move(task)}.detach();
  if (answer.wait_until(deadline) != std::future_status::ready)
    return fail(errc::timed_out, "no name server answered in time");
  auto result = answer.get();
  if (result.status != 0 || result.addresses.empty())
    return fail(errc::name_not_resolved, gai_strerror(result.status));
  return std::move(result.addresses);
}

// @returns a socket. @param status Gets what errno says if there is none.
int try_connect(const socket_address& to, milliseconds patience, int& status) {
  auto fd
    = socket(to.bytes.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  status = fd < 0 || connect(fd, to.generic(), to.size) != 0 ? errno : 0;
  if (status == EINPROGRESS) {
    pollfd writable{fd, POLLOUT, 0};
    socklen_t size = sizeof status;
    if (poll(&writable, 1, static_cast<int>(patience.count())) <= 0)
      status = ETIMEDOUT;
    else if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &status, &size) != 0)
      status = errno;
  }
  if (status == 0)
    return fd;
  if (fd >= 0)
    close(fd);
  return -1;
}

} // namespace

caf::expected<int>
connect_tcp(const std::string& host, uint16_t port, milliseconds patience) {
  auto deadline = clock::now() + patience;
  auto addresses = resolve_until(host, port, deadline);
  if (!addresses)
    return std::move(addresses.error());
  auto status = 0;
  auto untried = static_cast<int>(addresses->size());
  for (const auto& x : *addresses)
    if (auto fd = try_connect(x, left_until(deadline) / untried--, status);
        fd >= 0)
      return fd;
  return fail(status == ETIMEDOUT ? errc::timed_out : errc::connection_refused,
              std::generic_category().message(status));
}

} // namespace dw
