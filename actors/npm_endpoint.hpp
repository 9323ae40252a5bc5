#pragma once

#include "messages/http.hpp"
#include "messages/secret.hpp"

#include <string>
#include <utility>

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

/// Directs a request of `npm::` to an endpoint.
inline http_request at(const npm_endpoint& endpoint, http_request request) {
  request.origin = endpoint.origin;
  request.target.insert(0, endpoint.base_path);
  return request;
}

} // namespace dw
