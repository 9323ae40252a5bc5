#pragma once

#include "actors/node_link.hpp"
#include "messages/http.hpp"

#include <map>
#include <string>
#include <vector>

namespace dw {

/// A node as the configuration has it.
struct configured_node {
  node_endpoint endpoint;
  /// Instead of those of `proxy`; empty for these.
  std::string publish_on;
  std::string forward_host;

  friend bool operator==(const configured_node&, const configured_node&)
    = default;
};

/// The machines that a controller deploys to beside its own engine.
struct fleet_settings {
  std::map<std::string, configured_node> nodes;
  /// Names of nodes, by the names of groups.
  std::map<std::string, std::vector<std::string>> groups;
  /// Our certificate for them, and who may have signed theirs; all empty with
  /// `insecure`.
  tls_files tls;
  /// Nothing is encrypted, and nobody proves who he is.
  bool insecure = false;

  friend bool operator==(const fleet_settings&, const fleet_settings&)
    = default;
};

} // namespace dw
