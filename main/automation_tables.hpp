#pragma once

#include "main/automation.hpp"
#include "main/config_key.hpp"

// Which keys the automation has in a configuration.

namespace dw {

/// Keys of one webhook.
const key_table<webhook>& webhook_keys();

/// Keys of what a stage, or all stages of a project, deploy by themselves.
const key_table<auto_deploy>& auto_deploy_keys();

} // namespace dw
