#pragma once

#include "messages/secret.hpp"

#include <string>

namespace dw {

/// Which server commands ask, as the configuration has it.
struct client_settings {
  /// As `remote::parse_server` takes it; empty for none.
  std::string server;
  /// A PEM file with the authorities that may sign its certificate; empty for
  /// the system's.
  std::string ca;
  /// Empty for none.
  secret token;
};

} // namespace dw
