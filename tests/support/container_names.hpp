#pragma once

#include "actors/descriptor.hpp"

#include <sys/types.h>

#include <string>
#include <thread>

namespace dw::test {

/// A name server that knows the containers of a network: it passes questions on
/// to the one that Docker has inside of each container. With it an nginx that
/// is no container finds containers by name, as Nginx Proxy Manager does.
/// Needs root.
class container_names {
public:
  /// @param pid A process of a container on the network, which must outlive
  ///            this object.
  /// @throws std::system_error if the container's network cannot be entered.
  explicit container_names(pid_t pid);
  ~container_names();

  container_names(const container_names&) = delete;
  container_names& operator=(const container_names&) = delete;

  /// "127.0.0.1:PORT"
  const std::string& address() const noexcept {
    return address_;
  }

private:
  void run() const;

  descriptor inside_;
  descriptor outside_;
  descriptor ending_;
  std::string address_;
  std::thread thread_;
};

} // namespace dw::test
