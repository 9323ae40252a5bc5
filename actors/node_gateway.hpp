#pragma once

#include "actors/node_access.hpp"
#include "actors/proxy_link.hpp"
#include "actors/services.hpp"
#include "messages/export.hpp"
#include "messages/interfaces.hpp"

#include <caf/actor_system.hpp>
#include <caf/allowed_unsafe_message_type.hpp>

#include <optional>
#include <string>

namespace DW_EXPORT dw {

/// Has a NODE GATEWAY accept no work from now on, and have none of its own.
struct close_node_gateway {};

/// Ends a NODE GATEWAY. An exit message does not: one may come from another
/// machine.
struct end_node_gateway {};

} // namespace dw

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(dw::close_node_gateway)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(dw::end_node_gateway)

namespace DW_EXPORT dw {

/// What a node lets controllers use.
struct node_parts {
  services svc;
  deploy_supervisor_actor supervisor;
  /// Has work done. Either the supervisor or what stands before it.
  worker_actor worker;
  /// Null if the node has a proxy of its own.
  proxy_borrower_actor borrower;
};

struct gateway_settings {
  /// What the node calls itself.
  std::string name;
  /// Of ours, for people.
  std::string version;
  node_clients clients;
  /// With a proxy of the node's own: the spec whose `publish_on`, `forward`,
  /// `forward_host` and `verify_url` are right for it, whatever controllers
  /// say.
  std::optional<deploy_spec> own_routes;
};

/// The NODE GATEWAY with what only this process sends.
using node_gateway_impl = node_gateway_actor::extend_with<caf::typed_actor<
  caf::reacts_to<close_node_gateway>, caf::reacts_to<end_node_gateway>>>;

/// Spawns the NODE GATEWAY, and the actors that it does without showing them to
/// other machines. All end with `end_node_gateway`.
node_gateway_impl spawn_node_gateway(caf::actor_system& sys, node_parts parts,
                                     gateway_settings settings);

} // namespace dw
