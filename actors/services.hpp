#pragma once

#include "messages/interfaces.hpp"

namespace dw {

/// The actors that a deploy is made with. An embedding program may put its own
/// in the place of any.
struct services {
  http_client_actor http;
  engine_gateway_actor engine;
  image_puller_actor images;
  container_manager_actor containers;
  network_manager_actor networks;
  engine_watch_actor watch;
  /// Null without a proxy: then no stage may have domains.
  proxy_registrar_actor proxy;
  /// Null without a journal: work is not recorded then. One supervisor has one.
  journal_actor journal;
};

} // namespace dw
