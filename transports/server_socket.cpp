#include "transports/server_socket.hpp"

#include "messages/error.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>

namespace dw {

namespace {

errc code_of_errno(int code) {
  switch (code) {
    case EADDRINUSE:
    case EEXIST:
      return errc::conflict;
    case EACCES:
    case EPERM:
    case EROFS:
      return errc::socket_denied;
    case ENOENT:
    case ENOTDIR:
      return errc::not_found;
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM:
      return errc::busy;
    default:
      return errc::invalid_argument;
  }
}

caf::error fail(errc code, const std::string& where, std::string reply,
                std::string hint = {}) {
  return make_failure(code, {.operation = "listen on",
                             .object = where,
                             .reply = std::move(reply),
                             .hint = std::move(hint)});
}

/// From errno.
caf::error fail(const std::string& where, std::string hint = {}) {
  auto code = errno;
  return fail(code_of_errno(code), where, std::generic_category().message(code),
              std::move(hint));
}

/// The end of a scope closes it.
class descriptor {
public:
  explicit descriptor(int fd) noexcept : fd_{fd} {
    // nop
  }

  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;

  ~descriptor() {
    if (fd_ >= 0)
      close(fd_);
  }

  int get() const noexcept {
    return fd_;
  }

private:
  int fd_;
};

template <class Address>
const sockaddr* generic(const Address& address) {
  return reinterpret_cast<const sockaddr*>(&address);
}

// -- unix sockets -------------------------------------------------------------

/// None if the path does not fit.
std::optional<sockaddr_un> unix_address(const std::string& path) {
  sockaddr_un result{};
  // No NUL within: it would cut the path or make it an abstract name.
  if (path.empty() || path.size() >= sizeof result.sun_path
      || path.find('\0') != std::string::npos)
    return std::nullopt;
  result.sun_family = AF_UNIX;
  std::memcpy(&result.sun_path, path.data(), path.size());
  return result;
}

/// Connects to a socket file. @returns 0 or what errno says.
int probe(const sockaddr_un& address) {
  // Non-blocking: a busy server's queue may be full, which is EAGAIN.
  descriptor fd{socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  if (fd.get() < 0)
    return errno;
  return connect(fd.get(), generic(address), sizeof address) == 0 ? 0 : errno;
}

/// Makes room for a socket file.
caf::error remove_stale(const std::string& path, const sockaddr_un& address) {
  struct stat found {};
  if (lstat(path.c_str(), &found) != 0)
    return errno == ENOENT ? caf::error{} : fail(path);
  if (!S_ISSOCK(found.st_mode))
    return fail(errc::conflict, path, "this file is not a socket",
                "Name another path, or remove the file.");
  errno = probe(address);
  if (errno == 0 || errno == EAGAIN)
    return fail(errc::conflict, path, "another server listens there",
                "Stop that server, or name another path.");
  if (errno != ECONNREFUSED)
    return fail(path, "There is a socket already, and whether it is in use "
                      "cannot be found out.");
  return unlink(path.c_str()) == 0 ? caf::error{} : fail(path);
}

// -- TCP ----------------------------------------------------------------------

struct tcp_address {
  sockaddr_storage bytes{};
  socklen_t size = 0;
};

std::optional<tcp_address>
parse_address(const std::string& text, uint16_t port) {
  tcp_address result;
  auto* v4 = reinterpret_cast<sockaddr_in*>(&result.bytes);
  if (inet_pton(AF_INET, text.c_str(), &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
    v4->sin_port = htons(port);
    result.size = sizeof *v4;
    return result;
  }
  auto* v6 = reinterpret_cast<sockaddr_in6*>(&result.bytes);
  if (inet_pton(AF_INET6, text.c_str(), &v6->sin6_addr) == 1) {
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(port);
    result.size = sizeof *v6;
    return result;
  }
  return std::nullopt;
}

void set_option(int fd, int level, int name, int value) noexcept {
  setsockopt(fd, level, name, &value, sizeof value);
}

uint16_t port_of(const sockaddr_storage& x) {
  if (x.ss_family == AF_INET)
    return ntohs(reinterpret_cast<const sockaddr_in&>(x).sin_port);
  if (x.ss_family == AF_INET6)
    return ntohs(reinterpret_cast<const sockaddr_in6&>(x).sin6_port);
  return 0;
}

std::string address_of(const sockaddr_storage& x) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const void* bytes = nullptr;
  auto family = int{x.ss_family};
  if (family == AF_INET6) {
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(x).sin6_addr;
    bytes = &v6;
    if (IN6_IS_ADDR_V4MAPPED(&v6)) {
      bytes = &v6.s6_addr[12];
      family = AF_INET;
    }
  } else if (family == AF_INET) {
    bytes = &reinterpret_cast<const sockaddr_in&>(x).sin_addr;
  }
  if (bytes == nullptr
      || inet_ntop(family, bytes, text.data(), text.size()) == nullptr)
    return {};
  return text.data();
}

} // namespace

// -- server_socket ------------------------------------------------------------

server_socket::server_socket(int fd) noexcept : fd_{fd} {
  // nop
}

server_socket::server_socket(server_socket&& other) noexcept
  : fd_{std::exchange(other.fd_, -1)}, path_{std::exchange(other.path_,
                                                           std::string{})},
    device_{other.device_}, inode_{other.inode_} {
  // nop
}

server_socket::~server_socket() {
  remove_file();
  if (fd_ >= 0)
    close(fd_);
}

caf::expected<server_socket>
server_socket::listen_on_path(const std::string& path, mode_t mode) {
  auto folder = std::filesystem::path{path}.parent_path().string();
  // Between finding a stale file and replacing it, no other server may do the
  // same. A lock on the directory leaves nothing behind.
  descriptor lock{open(folder.empty() ? "." : folder.c_str(),
                       O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (lock.get() < 0 || flock(lock.get(), LOCK_EX) != 0)
    return fail(path, "The socket's directory has to exist and be readable.");
  server_socket result{
    socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  if (result.fd_ < 0)
    return fail(path);
  if (auto err = result.bind_to_path(path, mode))
    return err;
  if (listen(result.fd_, SOMAXCONN) != 0)
    return fail(path);
  return result;
}

caf::error server_socket::bind_to_path(const std::string& path, mode_t mode) {
  auto address = unix_address(path);
  if (!address)
    return fail(errc::invalid_argument, path,
                "the path of a socket has 1 to 107 bytes");
  if (auto err = remove_stale(path, *address))
    return err;
  if (bind(fd_, generic(*address), sizeof *address) != 0)
    return fail(path);
  struct stat made {};
  if (lstat(path.c_str(), &made) != 0)
    return fail(path);
  path_ = path;
  device_ = made.st_dev;
  inode_ = made.st_ino;
  // Until listen() nobody can connect, whatever the umask allows.
  if (chmod(path.c_str(), mode) != 0)
    return fail(path);
  return {};
}

caf::expected<server_socket>
server_socket::listen_on_tcp(const std::string& address, uint16_t port) {
  auto is_v6 = address.find(':') != std::string::npos;
  auto where
    = (is_v6 ? "[" + address + "]" : address) + ":" + std::to_string(port);
  auto parsed = parse_address(address, port);
  if (!parsed)
    return fail(errc::invalid_argument, where, "this is not an IP address",
                "Name one of this host, such as 127.0.0.1, or 0.0.0.0 for "
                "all.");
  server_socket result{socket(parsed->bytes.ss_family,
                              SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  if (result.fd_ < 0)
    return fail(where);
  // Connections of a server that was here before may still be closing.
  set_option(result.fd_, SOL_SOCKET, SO_REUSEADDR, 1);
  if (bind(result.fd_, generic(parsed->bytes), parsed->size) != 0
      || listen(result.fd_, SOMAXCONN) != 0)
    return fail(where);
  return result;
}

int server_socket::release() noexcept {
  return std::exchange(fd_, -1);
}

uint16_t server_socket::port() const noexcept {
  sockaddr_storage bytes{};
  socklen_t size = sizeof bytes;
  getsockname(fd_, reinterpret_cast<sockaddr*>(&bytes), &size);
  return port_of(bytes);
}

void server_socket::remove_file() noexcept {
  struct stat found {};
  if (!path_.empty() && lstat(path_.c_str(), &found) == 0
      && found.st_dev == device_ && found.st_ino == inode_)
    unlink(path_.c_str());
  path_.clear();
}

int accept_connection(int listener,
                      std::chrono::milliseconds patience) noexcept {
  sockaddr_storage peer{};
  socklen_t size = sizeof peer;
  auto fd = accept4(listener, reinterpret_cast<sockaddr*>(&peer), &size,
                    SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (fd < 0 || peer.ss_family == AF_UNIX)
    return fd;
  set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
  set_option(fd, IPPROTO_TCP, TCP_USER_TIMEOUT,
             static_cast<int>(patience.count()));
  // Whoever only waits for a stream's next bytes sends nothing for hours.
  set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
  set_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, 60);
  set_option(fd, IPPROTO_TCP, TCP_KEEPINTVL, 10);
  set_option(fd, IPPROTO_TCP, TCP_KEEPCNT, 3);
  return fd;
}

server_peer peer_of(int fd) {
  server_peer result;
  sockaddr_storage bytes{};
  socklen_t size = sizeof bytes;
  if (getpeername(fd, reinterpret_cast<sockaddr*>(&bytes), &size) != 0)
    return result;
  result.address = address_of(bytes);
  result.port = port_of(bytes);
  ucred credentials{};
  socklen_t length = sizeof credentials;
  if (bytes.ss_family == AF_UNIX
      && getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &length) == 0)
    result.uid = credentials.uid;
  return result;
}

} // namespace dw
