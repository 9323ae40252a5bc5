#pragma once

#include "actors/lent_proxy.hpp"
#include "actors/node_ear.hpp"
#include "messages/export.hpp"
#include "messages/interfaces.hpp"
#include "messages/secret.hpp"
#include "transports/obligation.hpp"

#include <caf/optional.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace DW_EXPORT dw {

/// Where a node is, and what lets us in.
struct node_endpoint {
  /// What the configuration calls it.
  std::string name;
  /// Name or IP address.
  std::string host;
  uint16_t port = 0;
  /// Made by `docker-watcher token create` on the node.
  secret token;

  friend bool operator==(const node_endpoint&, const node_endpoint&) = default;
};

struct node_link_policy {
  /// Between two attempts to connect; doubles up to the second.
  std::chrono::milliseconds first_delay{500};
  std::chrono::milliseconds max_delay{10'000};
  /// To connect at all, for work that has not been asked for.
  std::chrono::milliseconds connect_patience{30'000};
  /// For a lost node to come back, for work that it has; after that nobody
  /// waits for it, while the node goes on.
  std::chrono::milliseconds patience{600'000};
  /// For an answer of a node that is connected.
  std::chrono::milliseconds answer{15'000};
};

/// The NODE LINK with what only its node sends.
using node_link_impl
  = node_link_actor::extend_with<deploy_listener_actor>::extend_with<
    caf::typed_actor<caf::reacts_to<node_tick>>>;

/// The state of a NODE LINK.
struct node_link_state {
  /// Work that the node is to do, or does.
  struct job {
    submit_work work;
    deploy_listener_actor listener;
    obligation<deploy_report> owed;
    deploy_event latest;
    std::chrono::steady_clock::time_point since;
    /// The node may have it.
    bool is_asked = false;
    bool is_cancelled = false;
  };

  static inline const char* name = "node-link";

  // Not an aggregate: CAF would initialize the first member with the actor.
  node_link_state() = default;

  node_endpoint node;
  node_link_policy policy;
  node_dialer_actor dialer;
  lent_proxy_grant lent;
  /// What the node tells comes through it.
  node_ear_actor ear;
  /// Of ours, for the node's log.
  std::string version;

  node_status view;
  node_gateway_actor gateway;
  node_pass pass;
  std::string nonce;
  /// Grows with each attempt to connect; what belongs to a former one is stale.
  uint64_t generation = 0;
  std::chrono::milliseconds delay{0};
  std::chrono::steady_clock::time_point lost_since;
  /// Who waits for the first attempt to connect.
  std::vector<std::function<void()>> waiting;
  bool has_tried = false;

  std::map<std::string, job> jobs;
  caf::optional<look_after> stages;
};

/// Connects at once, and ends with its asker's exit message; work that a node
/// has goes on there.
/// @param lent What the node may use of our proxy; nothing without one.
/// @param version Our release, for the node's log.
node_link_impl::behavior_type
node_link(node_link_impl::stateful_pointer<node_link_state> self,
          node_endpoint node, node_link_policy policy, node_dialer_actor dialer,
          lent_proxy_grant lent, std::string version);

} // namespace dw
