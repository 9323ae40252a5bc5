#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace dw {

/// What a request is about; see `server_request`.
struct server_target {
  std::vector<std::string> path;
  std::vector<std::pair<std::string, std::string>> query;
};

/// Reads the target of a request line: a path with or without a query, or a
/// whole URL (RFC 9112, 3.2), of which the authority is ignored. The path is
/// split before it is decoded, so a decoded slash stays within its segment.
/// @returns none for anything else, for a fragment, and if an encoding is
/// incomplete, is NUL, or makes no UTF-8.
std::optional<server_target> parse_target(std::string_view target);

} // namespace dw
