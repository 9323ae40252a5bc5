#pragma once

#include "actors/node_link.hpp"
#include "actors/services.hpp"
#include "messages/export.hpp"
#include "messages/interfaces.hpp"

#include <caf/actor_system.hpp>

#include <map>
#include <string>
#include <vector>

namespace DW_EXPORT dw {

/// A node, and what a stage needs to know to run there.
struct fleet_member {
  node_endpoint endpoint;
  /// Instead of the spec's, unless empty.
  std::string publish_on;
  std::string forward_host;
};

/// The links to all nodes of a controller, and what they are lent.
class node_fleet {
public:
  /// Begins to connect to all of them.
  /// @param sys Outlives this; prepared for nodes by `configure`.
  /// @param proxy What nodes without a proxy of their own may use for their
  ///              stages; may be null.
  /// @param version Our release, for the nodes' logs.
  node_fleet(caf::actor_system& sys, const std::vector<fleet_member>& members,
             const proxy_registrar_actor& proxy, const std::string& version,
             node_link_policy policy = {});

  /// Disconnects. Nodes go on with what they do.
  ~node_fleet();

  node_fleet(const node_fleet&) = delete;
  node_fleet& operator=(const node_fleet&) = delete;

  /// For `services::nodes`.
  const std::map<std::string, node_service>& nodes() const noexcept {
    return nodes_;
  }

private:
  std::vector<node_dialer_actor> dialers_;
  std::map<std::string, node_service> nodes_;
  std::vector<lent_proxy_actor> lent_;
};

} // namespace dw
