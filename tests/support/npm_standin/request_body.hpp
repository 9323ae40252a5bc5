#pragma once

#include "tests/support/npm_standin/http_types.hpp"
#include "tests/support/npm_standin/json.hpp"

#include <optional>

namespace npm_standin {

/// The body as the server's JSON and form parsers read it; none if there is no
/// body or if it has another type.
/// @throws failure 400, 413 or 415
std::optional<json> parse_body(const request& in);

} // namespace npm_standin
