#pragma once

#include "transports/server_request.hpp"

#include <caf/expected.hpp>

#include <cstdint>
#include <string_view>

namespace dw::api {

/// The parameter `name` of the query as a number from 0 on; `fallback` if it is
/// not there, `errc::invalid_argument` if it is something else.
caf::expected<int64_t> number_of(const server_request& request,
                                 std::string_view name, int64_t fallback);

/// Whether the parameter `name` is there, and neither "0" nor "false".
bool is_set(const server_request& request, std::string_view name);

} // namespace dw::api
