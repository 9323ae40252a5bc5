#pragma once

#include "actors/engine_endpoint.hpp"
#include "actors/npm_endpoint.hpp"
#include "messages/deployment.hpp"

#include <cstdlib>
#include <stdexcept>
#include <string>

// Where the examples deploy to, and what: as their environment says, for they
// are tests as well.

inline std::string variable(const char* name) {
  const auto* value = std::getenv(name);
  if (value == nullptr)
    throw std::runtime_error{std::string{name} + " is not set"};
  return value;
}

inline dw::engine_endpoint engine() {
  return dw::engine_at(variable("ENGINE_SOCKET"));
}

// [settings]
inline dw::npm_endpoint proxy() {
  dw::npm_endpoint result;
  result.origin.base_url = variable("NPM_URL"); // "http://127.0.0.1:81"
  result.base_path = "/api";
  result.identity = variable("NPM_IDENTITY");
  result.password = dw::secret{variable("NPM_SECRET")};
  return result;
}

inline dw::deploy_spec shop(const std::string& tag) {
  dw::deploy_spec result;
  result.project = variable("PROJECT");
  result.stage = "prod";
  result.image = variable("IMAGE"); // "registry.example.com/shop"
  result.tag = tag;
  result.network = variable("NETWORK");
  result.domains = {variable("DOMAIN")};
  result.verify_url = variable("TRAFFIC_URL"); // "http://127.0.0.1"
  result.soak = std::chrono::seconds{1};
  result.drain = std::chrono::seconds{1};
  return result;
}
// [settings]

inline dw::registry_credentials registry_login() {
  dw::registry_credentials result;
  result.username = variable("REGISTRY_USERNAME");
  result.password = dw::secret{variable("REGISTRY_PASSWORD")};
  return result;
}
