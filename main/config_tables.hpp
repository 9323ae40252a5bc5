#pragma once

#include "main/client_settings.hpp"
#include "main/config_key.hpp"
#include "main/engine_endpoint.hpp"
#include "main/fleet.hpp"
#include "main/server_settings.hpp"
#include "messages/deployment.hpp"
#include "messages/image.hpp"

#include <optional>
#include <string>

// Which keys a configuration has.

namespace dw {

/// What stands outside of registries and projects.
struct global_settings {
  engine_settings engine;
  url npm_url;
  std::string npm_identity;
  secret npm_secret;
  server_settings server;
  client_settings client;
  /// Without its nodes and groups.
  fleet_settings fleet;
  /// What all stages start from.
  deploy_spec stage;
};

/// Keys of the whole file, beside `registries` and `projects`.
const key_table<global_settings>& global_keys();

/// Keys of one registry.
const key_table<registry_credentials>& registry_keys();

/// Keys of a stage; those but `domains` also of a project, for all its stages.
const key_table<deploy_spec>& stage_keys();

} // namespace dw
