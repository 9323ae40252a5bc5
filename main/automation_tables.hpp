#pragma once

#include "main/automation.hpp"
#include "main/config_key.hpp"

// Which keys the automation has in a configuration.

namespace dw {

/// Keys of one webhook.
const key_table<webhook>& webhook_keys();

/// Somebody to be told, as it is written.
struct notification_settings {
  notification_kind kind = notification_kind::webhook;
  secret url;
  std::vector<std::string> command;
  secret key;
  std::vector<std::string> on;
  std::vector<std::string> stages;
};

/// Keys of one notification.
const key_table<notification_settings>& notification_keys();

/// Keys of what a stage, or all stages of a project, deploy by themselves.
const key_table<auto_deploy>& auto_deploy_keys();

} // namespace dw
