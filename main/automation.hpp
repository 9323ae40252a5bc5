#pragma once

#include "actors/push_policy.hpp"
#include "messages/secret.hpp"
#include "transports/notification.hpp"
#include "transports/push_events.hpp"

#include <map>
#include <string>
#include <vector>

namespace dw {

/// Somebody who tells of pushes, at `/v1/hooks/NAME`.
struct webhook {
  push_sender from = push_sender::registry;
  secret key;
  /// The registry's host as stages have it; empty for what the sender says.
  std::string registry;
};

/// What `docker-watcher serve` does beside what its clients ask for.
struct automation {
  /// By name.
  std::map<std::string, webhook> webhooks;
  /// By "PROJECT/STAGE".
  std::map<std::string, auto_deploy> stages;
  /// Who is told that deploys have ended.
  std::vector<notification_target> notifications;
};

} // namespace dw
