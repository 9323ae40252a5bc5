#pragma once

#include "main/config_key.hpp"
#include "messages/secret.hpp"

#include <string>

namespace dw {

/// What the configuration says of a node.
struct node_settings {
  /// "HOST:PORT".
  std::string address;
  secret token;
  std::string publish_on;
  std::string forward_host;
};

/// Keys of one node.
const key_table<node_settings>& node_keys();

} // namespace dw
