#pragma once

#include "main/arguments.hpp"
#include "main/client_settings.hpp"
#include "main/environment.hpp"
#include "messages/http.hpp"

#include <caf/expected.hpp>

#include <optional>
#include <string>

namespace dw::remote {

/// Where a server is, and who we are there.
struct server_address {
  http_origin origin;
  /// As the user called it.
  std::string display;
  /// Of `Authorization: Bearer`; empty for none.
  secret token;
};

/// Whether a URL's host is this machine, whatever its network looks like.
bool is_loopback(const std::string& host);

/// Reads "unix:///PATH", a path, "http://HOST[:PORT]" of the loopback interface
/// or "https://HOST[:PORT]". `errc::invalid_argument` if it is none of these.
/// @param ca As `client_settings::ca`.
caf::expected<server_address>
parse_server(const std::string& text, const std::string& ca);

/// The server that a command asks: of `--server`, else DOCKER_WATCHER_SERVER,
/// else the configuration; none if the first of these that says something says
/// nothing else than "". DOCKER_WATCHER_CA and DOCKER_WATCHER_TOKEN come before
/// the configuration, whose token is for the server that it names, if it names
/// one.
caf::expected<std::optional<server_address>>
find_server(const arguments& args, const client_settings& settings,
            const environment& env);

} // namespace dw::remote
