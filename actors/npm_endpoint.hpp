#pragma once

#include "messages/export.hpp"
#include "messages/http.hpp"
#include "messages/secret.hpp"

#include <functional>
#include <string>
#include <utility>

namespace DW_EXPORT dw {

/// Where an NPM's API is, and the account to use there.
struct npm_endpoint {
  http_origin origin;
  /// In front of every target: "/api", or empty.
  std::string base_path;
  std::string identity;
  secret password;
  /// The folder of the lock by which processes of this machine take turns at
  /// changing this NPM; empty for no lock.
  std::string lock_folder;

  friend bool operator==(const npm_endpoint&, const npm_endpoint&) = default;
};

/// The URL of an NPM's API.
inline std::string api_url(const npm_endpoint& endpoint) {
  return endpoint.origin.base_url + endpoint.base_path;
}

/// The name of an NPM's lock.
inline std::string lock_name(const npm_endpoint& endpoint) {
  return "npm." + std::to_string(std::hash<std::string>{}(api_url(endpoint)));
}

/// Directs a request of `npm::` to an endpoint.
inline http_request at(const npm_endpoint& endpoint, http_request request) {
  request.origin = endpoint.origin;
  request.target.insert(0, endpoint.base_path);
  return request;
}

} // namespace dw
