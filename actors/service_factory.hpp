#pragma once

#include "actors/engine_endpoint.hpp"
#include "actors/engine_watch.hpp"
#include "actors/npm_endpoint.hpp"
#include "actors/services.hpp"
#include "messages/interfaces.hpp"

#include <caf/actor_system.hpp>

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace dw {

/// What the services of one engine and one proxy need to know.
struct service_settings {
  engine_endpoint engine;
  /// None without a proxy.
  std::optional<npm_endpoint> proxy;
  /// By registry host; others are looked up in the Docker CLI's configuration.
  std::map<std::string, registry_credentials> registries;
  /// 0 for twice the number of cores here, which is right for a local engine.
  size_t parallel_starts = 0;
  watch_policy watch;
};

/// The services of one engine and one proxy, each restarted when it dies.
class service_set {
public:
  /// Spawns all services.
  service_set(caf::actor_system& sys, const service_settings& settings);

  /// Ends all services, those that ask before those that are asked.
  ~service_set();

  service_set(const service_set&) = delete;
  service_set& operator=(const service_set&) = delete;

  const services& handles() const noexcept {
    return handles_;
  }

private:
  template <class Handle, class Spawn>
  Handle add(std::string name, Spawn spawn);

  caf::actor_system& sys_;
  services handles_;
  std::vector<caf::actor> spawned_;
};

} // namespace dw
