#pragma once

#include "tests/support/npm_standin/call.hpp"

#include <span>

namespace npm_standin {

/// Answers a request to the API: prefix, faults, body, token, route, errors, in
/// the order of the real server.
reply serve_api(backend& b, const request& in);

/// Finds the route of a call and runs it; what goes wrong becomes an answer.
/// @param path Without a prefix.
reply dispatch(backend& b, std::span<const route> routes, const request& in,
               std::string path);

} // namespace npm_standin
