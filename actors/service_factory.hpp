#pragma once

#include "actors/engine_endpoint.hpp"
#include "actors/engine_watch.hpp"
#include "actors/npm_endpoint.hpp"
#include "actors/secret_store.hpp"
#include "actors/services.hpp"
#include "messages/interfaces.hpp"
#include "transports/http_client.hpp"

#include <caf/actor_system.hpp>

#include <map>
#include <memory>
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
  /// Logins that `docker-watcher login` has stored; they come second.
  secret_files stored_logins;
  /// 0 for twice the number of cores here, which is right for a local engine.
  size_t parallel_starts = 0;
  watch_policy watch;
  /// Counts the exchanges of all services; may be empty.
  exchange_counter count_exchange;
};

/// Services that are restarted when they die, and end with us: those that ask
/// before those that are asked.
class service_group {
public:
  explicit service_group(caf::actor_system& sys);
  ~service_group();

  service_group(const service_group&) = delete;
  service_group& operator=(const service_group&) = delete;

  /// Spawns a service. All that it asks must be there already.
  /// @param spawn `Handle(caf::actor_system&)`
  template <class Handle, class Spawn>
  Handle add(std::string name, Spawn spawn);

private:
  caf::actor_system& sys_;
  std::vector<caf::actor> spawned_;
};

/// What all engines of a program share: the connections, the registries'
/// logins and, because an NPM bears one mutation at a time, its registrar.
class shared_services {
public:
  /// Takes `proxy`, `registries`, `stored_logins` and `count_exchange` of the
  /// settings.
  shared_services(caf::actor_system& sys, const service_settings& settings);

  const http_client_actor& http() const noexcept {
    return http_;
  }

  const credential_store_actor& credentials() const noexcept {
    return credentials_;
  }

  /// Null without a proxy.
  const proxy_registrar_actor& proxy() const noexcept {
    return proxy_;
  }

private:
  service_group group_;
  http_client_actor http_;
  credential_store_actor credentials_;
  proxy_registrar_actor proxy_;
};

/// The services of one engine and one proxy.
class service_set {
public:
  /// Spawns all services.
  service_set(caf::actor_system& sys, const service_settings& settings);

  /// Spawns those of the engine, beside others that share the rest.
  /// @param settings `proxy` and `registries` are those of `shared`.
  service_set(caf::actor_system& sys, const service_settings& settings,
              std::shared_ptr<const shared_services> shared);

  const services& handles() const noexcept {
    return handles_;
  }

private:
  std::shared_ptr<const shared_services> shared_;
  service_group group_;
  services handles_;
};

} // namespace dw
