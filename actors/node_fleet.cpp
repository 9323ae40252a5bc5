#include "actors/node_fleet.hpp"

#include "actors/node_proof.hpp"
#include "transports/node_network.hpp"

#include <caf/send.hpp>

#include <memory>

namespace dw {

namespace {

lent_proxy_grant lend(caf::actor_system& sys, const std::string& node,
                      const proxy_registrar_actor& proxy) {
  lent_proxy_grant result;
  result.pass.value = secret{make_nonce()};
  result.routes = std::make_shared<route_allowance>();
  result.proxy = sys.spawn(lent_proxy, proxy, result.pass, node, result.routes);
  return result;
}

} // namespace

node_fleet::node_fleet(caf::actor_system& sys,
                       const std::vector<fleet_member>& members,
                       const proxy_registrar_actor& proxy,
                       const std::string& version, node_link_policy policy) {
  for (const auto& x : members) {
    // One each: a node that is not there must not delay others.
    dialers_.push_back(spawn_node_dialer(sys));
    auto grant = lend(sys, x.endpoint.name, proxy);
    lent_.push_back(grant.proxy);
    node_service service;
    service.link = node_link_actor{sys.spawn(node_link, x.endpoint, policy,
                                             dialers_.back(), grant, version)};
    service.publish_on = x.publish_on;
    service.forward_host = x.forward_host;
    nodes_.emplace(x.endpoint.name, std::move(service));
  }
}

node_fleet::~node_fleet() {
  for (const auto& [name, x] : nodes_)
    caf::anon_send_exit(x.link, caf::exit_reason::user_shutdown);
  for (const auto& x : lent_)
    caf::anon_send_exit(x, caf::exit_reason::user_shutdown);
  for (const auto& x : dialers_)
    caf::anon_send_exit(x, caf::exit_reason::user_shutdown);
}

} // namespace dw
