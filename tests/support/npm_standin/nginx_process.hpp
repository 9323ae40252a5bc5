#pragma once

#include "tests/support/npm_standin/nginx_config.hpp"

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

namespace npm_standin {

/// A socket that listens and is to be inherited by nginx. It makes
/// the choice of a free port final, and connections wait in its queue until the
/// workers are up.
class listening_socket {
public:
  /// @param host An IPv4 address.
  /// @param port Zero for any free one.
  /// @throws std::system_error
  listening_socket(const std::string& host, std::uint16_t port);
  ~listening_socket();
  listening_socket(listening_socket&& other) noexcept;
  listening_socket(const listening_socket&) = delete;
  listening_socket& operator=(const listening_socket&) = delete;
  listening_socket& operator=(listening_socket&&) = delete;

  int descriptor() const;
  std::uint16_t port() const;

private:
  int descriptor_ = -1;
  std::uint16_t port_ = 0;
};

/// An nginx of our own. It is stopped with this object, and by the kernel when
/// the thread that made the object ends for whatever reason.
class nginx_process {
public:
  /// What `nginx -t` says.
  struct verdict {
    bool good = false;
    /// Standard error.
    std::string text;
  };

  /// Starts nginx on the configuration in `layout.root`. Call it before there
  /// is a second thread.
  /// @param program Path of the nginx binary.
  /// @param sockets The sockets that the configuration listens on.
  /// @throws std::system_error
  nginx_process(std::string program, const nginx_layout& layout,
                const std::vector<listening_socket>& sockets);
  ~nginx_process();
  nginx_process(const nginx_process&) = delete;
  nginx_process& operator=(const nginx_process&) = delete;

  pid_t pid() const;

  /// `nginx -t`. Thread-safe.
  verdict test() const;

  /// `nginx -s reload`, which returns before the new workers are up. Waits for
  /// the reload before to be through: nginx would merge two into one.
  /// @throws std::runtime_error like settle().
  verdict reload();

  /// Returns when no worker with an older configuration accepts connections.
  /// Some may still be busy with old ones.
  /// @throws std::runtime_error if that takes longer than 20 s.
  void settle() const;

private:
  verdict run(const std::vector<std::string>& arguments) const;
  std::vector<pid_t> accepting_workers() const;

  std::string program_;
  std::filesystem::path root_;
  pid_t pid_ = -1;
  /// Those that the last reload retires.
  std::vector<pid_t> retiring_;
};

} // namespace npm_standin
