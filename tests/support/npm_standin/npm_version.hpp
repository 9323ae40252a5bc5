#pragma once

#include "tests/support/npm_standin/json.hpp"

#include <optional>
#include <string_view>

namespace npm_standin {

/// The servers whose behaviour can be imitated, in ascending order.
enum class npm_version { v2_11, v2_12, v2_15 };

/// Reads "2.11", "2.12" or "2.15".
std::optional<npm_version> parse_npm_version(std::string_view text);

/// "2.15.1"
std::string_view to_string(npm_version x);

/// The version as the health check tells it: {"major":2,...}.
json to_json(npm_version x);

} // namespace npm_standin
