#pragma once

#include "actors/engine_endpoint.hpp"
#include "actors/engine_watch.hpp"
#include "actors/npm_endpoint.hpp"
#include "actors/secret_store.hpp"
#include "actors/services.hpp"
#include "messages/export.hpp"
#include "messages/interfaces.hpp"
#include "transports/http_client.hpp"

#include <caf/actor_system.hpp>

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace DW_EXPORT dw {

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

  /// Spawns a service unless there is one: unless `slot` is not null. All that
  /// it asks must be there already.
  /// @param name For the log.
  /// @param spawn `Handle(caf::actor_system&)`
  template <class Handle, class Spawn>
  void provide(Handle& slot, std::string name, Spawn spawn);

private:
  caf::actor_system& sys_;
  std::vector<caf::actor> spawned_;
};

/// What all engines of a program share: the connections, the registries'
/// logins and, because an NPM bears one mutation at a time, its registrar.
class shared_services {
public:
  /// Spawns what `given` does not have.
  /// @param settings Only `proxy`, `registries`, `stored_logins` and
  ///                 `count_exchange` are used.
  shared_services(caf::actor_system& sys, const service_settings& settings,
                  services given = {});

  /// The others of them are as in `given`.
  const services& handles() const noexcept {
    return handles_;
  }

private:
  service_group group_;
  services handles_;
};

/// The services of one engine and one proxy.
class service_set {
public:
  /// Spawns what `given` does not have. What it has is used instead, remains
  /// its owner's to end, and is not restarted: actors of the embedding program,
  /// or those that several engines share. The settings of what is not spawned
  /// are not used.
  service_set(caf::actor_system& sys, const service_settings& settings,
              services given = {});

  const services& handles() const noexcept {
    return handles_;
  }

private:
  shared_services shared_;
  service_group group_;
  services handles_;
};

} // namespace dw
