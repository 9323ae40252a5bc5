#pragma once

#include "messages/http.hpp"

#include <string>

namespace dw {

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

} // namespace dw
