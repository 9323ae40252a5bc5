#pragma once

#include "messages/export.hpp"
#include "messages/http.hpp"

#include <string>
#include <utility>

namespace DW_EXPORT dw {

/// Where a Docker Engine is and how to speak to it.
struct engine_endpoint {
  http_origin origin;
  /// "1.41": speak this version instead of negotiating; empty to negotiate.
  std::string pinned_api_version;
  /// For people: "unix:///var/run/docker.sock".
  std::string display;

  friend bool operator==(const engine_endpoint&, const engine_endpoint&)
    = default;
};

/// The engine behind a unix socket of this host.
inline engine_endpoint
engine_at(std::string socket_path = "/var/run/docker.sock") {
  engine_endpoint result;
  result.display = "unix://" + socket_path;
  // The name only fills the Host header, which the engine wants well formed.
  result.origin.base_url = "http://localhost";
  result.origin.socket_path = std::move(socket_path);
  return result;
}

} // namespace dw
