#pragma once

#include "messages/http.hpp"
#include "messages/secret.hpp"

#include <string>

namespace dw {

/// Where an NPM's API is, and the account to use there.
struct npm_endpoint {
  http_origin origin;
  /// In front of every target: "/api", or empty.
  std::string base_path;
  std::string identity;
  secret password;

  friend bool operator==(const npm_endpoint&, const npm_endpoint&) = default;
};

} // namespace dw
