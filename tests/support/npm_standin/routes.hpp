#pragma once

#include "tests/support/npm_standin/call.hpp"

#include <span>

namespace npm_standin {

/// Every route of the API.
std::span<const route> api_routes();

// One table per file.
std::span<const route> general_routes();
std::span<const route> token_routes();
std::span<const route> proxy_host_routes();
std::span<const route> user_routes();
std::span<const route> two_factor_routes();
std::span<const route> certificate_routes();
std::span<const route> access_list_routes();

/// The routes of the control endpoint, which belongs to no real server.
std::span<const route> control_routes();

} // namespace npm_standin
