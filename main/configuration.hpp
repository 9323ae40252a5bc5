#pragma once

#include "actors/engine_endpoint.hpp"
#include "actors/npm_endpoint.hpp"
#include "main/automation.hpp"
#include "main/client_settings.hpp"
#include "main/environment.hpp"
#include "main/fleet.hpp"
#include "main/server_settings.hpp"
#include "messages/deployment.hpp"
#include "messages/image.hpp"

#include <caf/expected.hpp>
#include <caf/optional.hpp>

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace dw {

/// Where a configuration is looked for by default.
constexpr auto default_configuration_path = "docker-watcher.yml";

/// What a configuration file says, checked and complete. Values of the
/// environment and of other files are in it: it is secret.
struct configuration {
  engine_endpoint engine;
  /// None only if no stage has domains.
  caf::optional<npm_endpoint> npm;
  /// By registry host as `image_reference::registry` writes it.
  std::map<std::string, registry_credentials> registries;
  /// In the order of the file.
  std::vector<deploy_spec> stages;
  /// What all stages start from.
  deploy_spec defaults;
  server_settings server;
  fleet_settings fleet;
  automation automatic;
  /// Of the file, as the user called it.
  std::string path;
  /// Files that have values in them which must not be shown; this one, if it
  /// has any itself.
  std::set<std::string> secret_files;
};

/// Reads a configuration file, and the stored login of its proxy if it does not
/// have one; blocks. Everything that is wrong with it is told at once: an
/// `errc::invalid_argument` whose reply has a line "FILE:LINE:COLUMN: KEY: what
/// is wrong" for each problem and shows no secrets.
caf::expected<configuration>
load_configuration(const std::string& path, const environment& env);

/// The same on a node, which gets its stages from controllers: the file need
/// not have any, and one called `default_configuration_path` need not exist.
caf::expected<configuration>
load_node_configuration(const std::string& path, const environment& env);

/// Reads what the file says of a server to ask (`client`), and nothing else:
/// the rest may be of another machine. A file called
/// `default_configuration_path` need not exist. Fails like
/// `load_configuration`.
caf::expected<client_settings>
load_client_settings(const std::string& path, const environment& env);

/// Reads where the proxy is, for `docker-watcher login --proxy`, and nothing
/// else: `npm` has no password, and its identity may be empty. Fails like
/// `load_configuration`.
caf::expected<configuration>
load_proxy_address(const std::string& path, const environment& env);

/// Finds the stage called "PROJECT/STAGE". `errc::invalid_argument` names
/// the one that was probably meant, and those there are.
caf::expected<deploy_spec>
find_stage(const configuration& x, std::string_view name);

} // namespace dw
