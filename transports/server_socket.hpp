#pragma once

#include "transports/server_request.hpp"

#include <caf/error.hpp>
#include <caf/expected.hpp>

#include <sys/stat.h>
#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <string>

namespace dw {

/// A socket that listens. Closes it, and removes what it made in the file
/// system, when destroyed.
class server_socket {
public:
  /// Listens on a unix socket. A socket file that nobody listens on any more is
  /// replaced. Nobody can connect before the mode is set.
  /// @param mode Who may connect: those that may write, such as 0660.
  /// @returns `errc::conflict` if somebody listens there or it is another kind
  /// of file, `errc::socket_denied`, `errc::not_found` for the directory,
  /// `errc::invalid_argument` for a path that is empty or too long.
  static caf::expected<server_socket>
  listen_on_path(const std::string& path, mode_t mode);

  /// Listens on TCP.
  /// @param address An IP address, no host name; "::" means IPv4 as well.
  /// @param port 0 for any free one.
  /// @returns `errc::conflict` if somebody listens there, `errc::socket_denied`
  /// or `errc::invalid_argument`.
  static caf::expected<server_socket>
  listen_on_tcp(const std::string& address, uint16_t port);

  server_socket(server_socket&& other) noexcept;
  server_socket& operator=(server_socket&&) = delete;
  ~server_socket();

  /// Hands the descriptor over: who takes it closes it. It is non-blocking.
  int release() noexcept;

  /// The TCP port; 0 for unix sockets.
  uint16_t port() const noexcept;

  /// Removes the socket file, unless somebody else's is there by now.
  void remove_file() noexcept;

private:
  explicit server_socket(int fd) noexcept;

  caf::error bind_to_path(const std::string& path, mode_t mode);

  int fd_;
  // What we made in the file system; an empty path for nothing.
  std::string path_;
  dev_t device_ = 0;
  ino_t inode_ = 0;
};

/// Accepts a connection that waits. On TCP small writes are not held back, and
/// a peer that is not there any more is found out after a while.
/// @param patience How long written bytes may stay unconfirmed (TCP).
/// @returns a non-blocking descriptor, or -1 with errno.
int accept_connection(int listener,
                      std::chrono::milliseconds patience) noexcept;

/// Who is at the other end of a connected socket.
server_peer peer_of(int fd);

} // namespace dw
