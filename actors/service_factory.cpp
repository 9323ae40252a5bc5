#include "actors/service_factory.hpp"

#include "actors/container_manager.hpp"
#include "actors/credential_store.hpp"
#include "actors/engine_gateway.hpp"
#include "actors/image_puller.hpp"
#include "actors/network_manager.hpp"
#include "actors/proxy_registrar.hpp"
#include "actors/supervised.hpp"
#include "actors/token_keeper.hpp"
#include "transports/http_client.hpp"

#include <caf/send.hpp>

#include <algorithm>
#include <thread>

namespace dw {

template <class Handle, class Spawn>
Handle service_set::add(std::string name, Spawn spawn) {
  auto result = spawn_supervised<Handle>(sys_, std::move(name), spawn);
  spawned_.push_back(caf::actor_cast<caf::actor>(result));
  return result;
}

service_set::service_set(caf::actor_system& sys,
                         const service_settings& settings)
  : sys_{sys} {
  auto& x = handles_;
  x.http = add<http_client_actor>("http-client", [](caf::actor_system& s) {
    return spawn_http_client(s, std::make_shared<http_loop>());
  });
  x.engine = add<engine_gateway_actor>(
    "engine-gateway",
    [endpoint = settings.engine, http = x.http](caf::actor_system& s) {
      return s.spawn(engine_gateway, endpoint, http);
    });
  auto credentials = add<credential_store_actor>(
    "credential-store",
    [registries = settings.registries](caf::actor_system& s) {
      return spawn_credential_store(s, registries);
    });
  x.images = add<image_puller_actor>(
    "image-puller", [engine = x.engine, credentials](caf::actor_system& s) {
      return image_puller_actor{s.spawn(image_puller, engine, credentials)};
    });
  auto starts
    = settings.parallel_starts > 0
        ? settings.parallel_starts
        : 2 * std::max<size_t>(1, std::thread::hardware_concurrency());
  x.containers = add<container_manager_actor>(
    "container-manager", [engine = x.engine, starts](caf::actor_system& s) {
      return container_manager_actor{
        s.spawn(container_manager, engine, starts)};
    });
  x.networks = add<network_manager_actor>(
    "network-manager", [engine = x.engine](caf::actor_system& s) {
      return s.spawn(network_manager, engine);
    });
  x.watch = add<engine_watch_actor>(
    "engine-watch",
    [engine = x.engine, policy = settings.watch](caf::actor_system& s) {
      return engine_watch_actor{s.spawn(engine_watch, engine, policy)};
    });
  if (!settings.proxy)
    return;
  auto tokens = add<token_keeper_actor>(
    "token-keeper",
    [endpoint = *settings.proxy, http = x.http](caf::actor_system& s) {
      return token_keeper_actor{s.spawn(token_keeper, endpoint, http)};
    });
  x.proxy = add<proxy_registrar_actor>(
    "proxy-registrar",
    [endpoint = *settings.proxy, http = x.http, tokens](caf::actor_system& s) {
      return proxy_registrar_actor{
        s.spawn(proxy_registrar, endpoint, http, tokens)};
    });
}

service_set::~service_set() {
  // Front to back: nobody is left who could ask when a service ends.
  for (auto i = spawned_.rbegin(); i != spawned_.rend(); ++i)
    caf::anon_send_exit(*i, caf::exit_reason::user_shutdown);
}

} // namespace dw
