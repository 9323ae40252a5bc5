#include "tests/support/container_names.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <exception>
#include <map>
#include <system_error>

namespace dw::test {

namespace {

sockaddr_in loopback(const char* address, std::uint16_t port) {
  sockaddr_in result{};
  result.sin_family = AF_INET;
  result.sin_port = htons(port);
  ::inet_pton(AF_INET, address, &result.sin_addr);
  return result;
}

const sockaddr* generic(const sockaddr_in& x) {
  return reinterpret_cast<const sockaddr*>(&x);
}

descriptor checked(int result, const char* what) {
  if (result < 0)
    throw std::system_error{errno, std::generic_category(), what};
  return descriptor{result};
}

descriptor make_socket() {
  return checked(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket");
}

/// A socket in the network of that process: a socket stays where it was made.
descriptor socket_inside(pid_t pid) {
  descriptor result;
  std::exception_ptr problem;
  std::thread{[&] {
    try {
      const auto path = "/proc/" + std::to_string(pid) + "/ns/net";
      auto there = checked(::open(path.c_str(), O_RDONLY | O_CLOEXEC), "open");
      if (::setns(there.get(), CLONE_NEWNET) != 0)
        throw std::system_error{errno, std::generic_category(), "setns"};
      result = make_socket();
    } catch (...) {
      problem = std::current_exception();
    }
  }}.join();
  if (problem)
    std::rethrow_exception(problem);
  const auto docker = loopback("127.0.0.11", 53);
  if (::connect(result.get(), generic(docker), sizeof docker) != 0)
    throw std::system_error{errno, std::generic_category(), "connect"};
  return result;
}

} // namespace

container_names::container_names(pid_t pid)
  : inside_{socket_inside(pid)}, outside_{make_socket()},
    ending_{checked(::eventfd(0, EFD_CLOEXEC), "eventfd")} {
  auto here = loopback("127.0.0.1", 0);
  socklen_t size = sizeof here;
  if (::bind(outside_.get(), generic(here), size) != 0
      || ::getsockname(outside_.get(), reinterpret_cast<sockaddr*>(&here),
                       &size)
           != 0)
    throw std::system_error{errno, std::generic_category(), "bind"};
  address_ = "127.0.0.1:" + std::to_string(ntohs(here.sin_port));
  thread_ = std::thread{[this] { run(); }};
}

container_names::~container_names() {
  ::eventfd_write(ending_.get(), 1);
  thread_.join();
}

void container_names::run() const {
  // Each worker of nginx asks for itself; the id of the question, the first two
  // bytes, tells whose answer it is.
  std::array<char, 4096> message;
  std::map<std::string, sockaddr_in> askers;
  auto id = [&message] { return std::string{message.data(), 2}; };
  for (;;) {
    std::array<pollfd, 3> fds{{{ending_.get(), POLLIN, 0},
                               {outside_.get(), POLLIN, 0},
                               {inside_.get(), POLLIN, 0}}};
    if (::poll(fds.data(), fds.size(), -1) < 0 && errno != EINTR)
      return;
    if (fds[0].revents != 0)
      return;
    if (fds[1].revents != 0) {
      sockaddr_in asker{};
      socklen_t size = sizeof asker;
      const auto n = ::recvfrom(outside_.get(), message.data(), message.size(),
                                0, reinterpret_cast<sockaddr*>(&asker), &size);
      if (n < 2)
        continue;
      askers[id()] = asker;
      ::send(inside_.get(), message.data(), static_cast<size_t>(n), 0);
    }
    if (fds[2].revents != 0) {
      const auto n = ::recv(inside_.get(), message.data(), message.size(), 0);
      if (n < 2)
        continue;
      const auto& asker = askers[id()];
      ::sendto(outside_.get(), message.data(), static_cast<size_t>(n), 0,
               generic(asker), sizeof asker);
    }
  }
}

} // namespace dw::test
