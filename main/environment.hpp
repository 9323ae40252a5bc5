#pragma once

#include <functional>
#include <optional>
#include <string>

namespace dw {

/// Looks an environment variable up: its value, nothing if it is not set.
using environment
  = std::function<std::optional<std::string>(const std::string& name)>;

/// The environment of this process. Safe while no thread changes it.
environment process_environment();

} // namespace dw
