#pragma once

#include "messages/export.hpp"
#include "messages/interfaces.hpp"

#include <map>
#include <string>

namespace DW_EXPORT dw {

/// Another machine, and what a stage needs to know to run there.
struct node_service {
  node_link_actor link;
  /// Instead of the spec's, unless empty.
  std::string publish_on;
  std::string forward_host;
};

/// The actors that a deploy is made with. An embedding program may put its own
/// in the place of any; see `service_set`.
struct services {
  http_client_actor http;
  /// Asked by `images`.
  credential_store_actor credentials;
  /// Asked by `proxy`; null without one.
  token_keeper_actor tokens;
  engine_gateway_actor engine;
  image_puller_actor images;
  container_manager_actor containers;
  network_manager_actor networks;
  engine_watch_actor watch;
  /// Asked only for stages whose target is a swarm.
  service_manager_actor swarm;
  /// Null without a proxy: then no stage may have domains.
  proxy_registrar_actor proxy;
  /// Null without a journal: work is not recorded then. One supervisor has one.
  journal_actor journal;
  /// By name; empty where everything runs on one engine.
  std::map<std::string, node_service> nodes;
};

} // namespace dw
