#include "transports/node_network.hpp"

#include "messages/error.hpp"
#include "messages/types.hpp"
#include "transports/node_credentials.hpp"
#include "transports/node_middleman.hpp"

#include <caf/actor_cast.hpp>
#include <caf/function_view.hpp>
#include <caf/io/middleman.hpp>
#include <caf/openssl/manager.hpp>

#include <pthread.h>

#include <memory>
#include <vector>

namespace dw {

namespace {

caf::expected<uint16_t>
listen(caf::actor_system& sys, const node_gateway_actor& gateway,
       const std::string& address, uint16_t port) {
  auto ask = caf::make_function_view(
    spawn_node_middleman(sys, -1, std::make_shared<tls_problem>()));
  return ask(caf::publish_atom::value, port,
             caf::actor_cast<caf::strong_actor_ptr>(gateway),
             sys.message_types(gateway), address, true);
}

} // namespace

void enlarge_thread_stacks() noexcept {
  pthread_attr_t attributes{};
  if (pthread_getattr_default_np(&attributes) != 0)
    return;
  pthread_attr_setstacksize(&attributes, 64 * max_node_message);
  pthread_setattr_default_np(&attributes);
  pthread_attr_destroy(&attributes);
}

caf::error
configure(caf::actor_system_config& config, const node_network& network) {
  config.load<caf::io::middleman>();
  config.set("middleman.app-identifiers",
             std::vector<std::string>{node_application});
  // By default CAF never notices a peer that has fallen silent.
  config.set("middleman.heartbeat-interval", caf::timespan{network.heartbeat});
  config.set("middleman.connection-timeout", caf::timespan{network.patience});
  if (!network.tls)
    return caf::none;
  auto files = load_node_credentials(*network.tls);
  if (!files)
    return std::move(files.error());
  config.load<caf::openssl::manager>();
  config.openssl_cafile = files->ca;
  config.openssl_certificate = files->certificate;
  config.openssl_key = files->key;
  return caf::none;
}

caf::expected<uint16_t>
publish_node(caf::actor_system& sys, const node_gateway_actor& gateway,
             const std::string& address, uint16_t port) {
  if (auto result = listen(sys, gateway, address, port))
    return *result;
  return make_failure(
    errc::conflict,
    {.operation = "listen on",
     .object = address + ":" + std::to_string(port),
     .reply = "the port is in use, or the address is not one of this machine"});
}

} // namespace dw
