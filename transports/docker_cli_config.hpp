#pragma once

#include "messages/export.hpp"
#include "messages/image.hpp"

#include <caf/expected.hpp>

#include <map>
#include <string>

namespace DW_EXPORT dw {

/// What the Docker CLI's config.json says of registry logins.
struct docker_cli_config {
  /// By registry host as `image_reference::registry` writes it, so that Docker
  /// Hub's "https://index.docker.io/v1/" is "docker.io".
  std::map<std::string, registry_credentials> logins;
  /// The helper program's suffix ("pass" for docker-credential-pass) by host.
  std::map<std::string, std::string> helpers;
  /// The helper for all other hosts; empty for none.
  std::string store;
};

/// Reads the text of a config.json. @param path Only for errors.
caf::expected<docker_cli_config>
parse_docker_cli_config(const std::string& text, const std::string& path);

/// The server name that a credential helper knows a registry by.
std::string credential_server(const std::string& registry);

/// Reads the answer of `docker-credential-X get`: a JSON object; a username of
/// "<token>" means that the secret is an identity token.
caf::expected<registry_credentials>
parse_helper_answer(const std::string& text, const std::string& helper);

} // namespace dw
