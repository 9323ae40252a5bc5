#include "actors/service_factory.hpp"

#include "actors/container_manager.hpp"
#include "actors/credential_store.hpp"
#include "actors/engine_gateway.hpp"
#include "actors/image_puller.hpp"
#include "actors/network_manager.hpp"
#include "actors/proxy_registrar.hpp"
#include "actors/service_manager.hpp"
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
  while (!spawned_.empty()) {
    caf::anon_send_exit(spawned_.back(), caf::exit_reason::user_shutdown);
    spawned_.pop_back();
  }
}

template <class Handle, class Spawn>
void service_group::provide(Handle& slot, std::string name, Spawn spawn) {
  if (slot)
    return;
  slot = spawn_supervised<Handle>(sys_, std::move(name), spawn);
  spawned_.push_back(caf::actor_cast<caf::actor>(slot));
}

shared_services::shared_services(caf::actor_system& sys,
                                 const service_settings& settings,
                                 services given)
  : group_{sys}, handles_{std::move(given)} {
  auto& x = handles_;
  group_.provide(
    x.http, "http-client", [count = settings.count_exchange](auto& s) {
      return spawn_http_client(s, std::make_shared<http_loop>(), count);
    });
  group_.provide(x.credentials, "credential-store",
                 [registries = settings.registries,
                  stored = settings.stored_logins](auto& s) {
                   return spawn_credential_store(s, registries, stored);
                 });
  if (!settings.proxy || x.proxy)
    return;
  group_.provide(x.tokens, "token-keeper",
                 [endpoint = *settings.proxy, http = x.http](auto& s) {
                   return token_keeper_actor{
                     s.spawn(token_keeper, endpoint, http)};
                 });
  group_.provide(x.proxy, "proxy-registrar",
                 [endpoint = *settings.proxy, http = x.http,
                  tokens = x.tokens](auto& s) {
                   return proxy_registrar_actor{
                     s.spawn(proxy_registrar, endpoint, http, tokens)};
                 });
}

service_set::service_set(caf::actor_system& sys,
                         const service_settings& settings, services given)
  : shared_{sys, settings, std::move(given)}, group_{sys},
    handles_{shared_.handles()} {
  auto& x = handles_;
  group_.provide(x.engine, "engine-gateway",
                 [endpoint = settings.engine, http = x.http](auto& s) {
                   return s.spawn(engine_gateway, endpoint, http);
                 });
  group_.provide(x.images, "image-puller",
                 [engine = x.engine, credentials = x.credentials](auto& s) {
                   return image_puller_actor{
                     s.spawn(image_puller, engine, credentials)};
                 });
  auto starts
    = settings.parallel_starts > 0
        ? settings.parallel_starts
        : 2 * std::max<size_t>(1, std::thread::hardware_concurrency());
  group_.provide(x.containers, "container-manager",
                 [engine = x.engine, starts](auto& s) {
                   return container_manager_actor{
                     s.spawn(container_manager, engine, starts)};
                 });
  group_.provide(x.swarm, "service-manager",
                 [engine = x.engine, credentials = x.credentials](auto& s) {
                   return s.spawn(service_manager, engine, credentials);
                 });
  group_.provide(x.networks, "network-manager", [engine = x.engine](auto& s) {
    return s.spawn(network_manager, engine);
  });
  group_.provide(x.watch, "engine-watch",
                 [engine = x.engine, policy = settings.watch](auto& s) {
                   return engine_watch_actor{
                     s.spawn(engine_watch, engine, policy)};
                 });
}

} // namespace dw
