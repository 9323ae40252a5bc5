#include "actors/service_factory.hpp"

#include "actors/container_manager.hpp"
#include "actors/credential_store.hpp"
#include "actors/engine_gateway.hpp"
#include "actors/image_puller.hpp"
#include "actors/network_manager.hpp"
#include "actors/proxy_registrar.hpp"
#include "actors/supervised.hpp"
#include "actors/token_keeper.hpp"

#include <caf/send.hpp>

#include <algorithm>
#include <thread>

namespace dw {

service_group::service_group(caf::actor_system& sys) : sys_{sys} {
  // nop
}

service_group::~service_group() {
  // Front to back: nobody is left who could ask when a service ends.
  for (auto i = spawned_.rbegin(); i != spawned_.rend(); ++i)
    caf::anon_send_exit(*i, caf::exit_reason::user_shutdown);
}

template <class Handle, class Spawn>
Handle service_group::add(std::string name, Spawn spawn) {
  auto result = spawn_supervised<Handle>(sys_, std::move(name), spawn);
  spawned_.push_back(caf::actor_cast<caf::actor>(result));
  return result;
}

shared_services::shared_services(caf::actor_system& sys,
                                 const service_settings& settings)
  : group_{sys} {
  http_ = group_.add<http_client_actor>(
    "http-client", [count = settings.count_exchange](auto& s) {
      return spawn_http_client(s, std::make_shared<http_loop>(), count);
    });
  credentials_ = group_.add<credential_store_actor>(
    "credential-store",
    [registries = settings.registries, stored = settings.stored_logins](
      auto& s) { return spawn_credential_store(s, registries, stored); });
  if (!settings.proxy)
    return;
  auto tokens = group_.add<token_keeper_actor>(
    "token-keeper", [endpoint = *settings.proxy, http = http_](auto& s) {
      return token_keeper_actor{s.spawn(token_keeper, endpoint, http)};
    });
  proxy_ = group_.add<proxy_registrar_actor>(
    "proxy-registrar",
    [endpoint = *settings.proxy, http = http_, tokens](auto& s) {
      return proxy_registrar_actor{
        s.spawn(proxy_registrar, endpoint, http, tokens)};
    });
}

service_set::service_set(caf::actor_system& sys,
                         const service_settings& settings)
  : service_set{sys, settings,
                std::make_shared<const shared_services>(sys, settings)} {
  // nop
}

service_set::service_set(caf::actor_system& sys,
                         const service_settings& settings,
                         std::shared_ptr<const shared_services> shared)
  : shared_{std::move(shared)}, group_{sys} {
  auto& x = handles_;
  x.http = shared_->http();
  x.proxy = shared_->proxy();
  x.engine = group_.add<engine_gateway_actor>(
    "engine-gateway", [endpoint = settings.engine, http = x.http](auto& s) {
      return s.spawn(engine_gateway, endpoint, http);
    });
  x.images = group_.add<image_puller_actor>(
    "image-puller",
    [engine = x.engine, credentials = shared_->credentials()](auto& s) {
      return image_puller_actor{s.spawn(image_puller, engine, credentials)};
    });
  auto starts
    = settings.parallel_starts > 0
        ? settings.parallel_starts
        : 2 * std::max<size_t>(1, std::thread::hardware_concurrency());
  x.containers = group_.add<container_manager_actor>(
    "container-manager", [engine = x.engine, starts](auto& s) {
      return container_manager_actor{
        s.spawn(container_manager, engine, starts)};
    });
  x.networks = group_.add<network_manager_actor>(
    "network-manager",
    [engine = x.engine](auto& s) { return s.spawn(network_manager, engine); });
  x.watch = group_.add<engine_watch_actor>(
    "engine-watch", [engine = x.engine, policy = settings.watch](auto& s) {
      return engine_watch_actor{s.spawn(engine_watch, engine, policy)};
    });
}

} // namespace dw
