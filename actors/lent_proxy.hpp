#pragma once

#include "messages/export.hpp"
#include "messages/interfaces.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

namespace DW_EXPORT dw {

/// Of which stages a node may have the routes. All functions from any thread:
/// a message that grows the list could come from the node.
class route_allowance {
public:
  /// The node may have the routes of this stage from now on, as it is now.
  void allow(const deploy_spec& spec);

  /// Whether a stage may have these domains; `adopt` if it is to take them from
  /// others.
  bool has(const stage_key& stage, const std::vector<std::string>& domains,
           bool adopt = false) const;

  /// Whether the node may change a host, and give it these domains besides
  /// those that it has.
  bool
  has(const proxy_host& host, const std::vector<std::string>& domains) const;

  /// Whether a host is of a stage of the node, or has one of their domains.
  bool concerns(const proxy_host& host) const;

private:
  struct stage {
    /// As `npm::comparable_domain` writes them.
    std::set<std::string> domains;
    bool adopt = false;
  };

  mutable std::mutex mutex_;
  std::map<stage_key, stage> stages_;
};

/// What a node needs to use our proxy.
struct lent_proxy_grant {
  lent_proxy_actor proxy;
  node_pass pass;
  std::shared_ptr<route_allowance> routes;
};

/// The state of a LENT PROXY.
struct lent_proxy_state {
  static inline const char* name = "lent-proxy";

  // Not an aggregate: CAF would initialize the first member with the actor.
  lent_proxy_state() = default;

  /// Null if there is none: then there are no routes.
  proxy_registrar_actor proxy;
  node_pass pass;
  /// For the log.
  std::string node;
  std::shared_ptr<const route_allowance> routes;
};

/// Lends one node a proxy. The node is not trusted: whatever it asks for, it
/// gets at no proxy host but those of its stages.
/// @param proxy Null if there is none to lend.
/// @param pass What the node has to show.
lent_proxy_actor::behavior_type
lent_proxy(lent_proxy_actor::stateful_pointer<lent_proxy_state> self,
           proxy_registrar_actor proxy, node_pass pass, std::string node,
           std::shared_ptr<const route_allowance> routes);

} // namespace dw
