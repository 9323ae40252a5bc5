#pragma once

#include "transports/server_request.hpp"

#include <caf/error.hpp>
#include <caf/expected.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace dw::api {

/// `errc::invalid_argument` if the query has a parameter that is not among
/// `known`, or one twice.
caf::error check_query(const server_request& request,
                       const std::vector<std::string_view>& known);

/// The parameter `name` of the query as a number from 0 to `most`; `fallback`
/// if it is not there, `errc::invalid_argument` if it is something else.
caf::expected<int64_t>
number_of(const server_request& request, std::string_view name,
          int64_t fallback, int64_t most = INT64_MAX);

/// The parameter `name`, or an empty text if it is not there.
/// `errc::invalid_argument` if it is there and empty: who writes it says
/// something.
caf::expected<std::string>
text_of(const server_request& request, std::string_view name);

/// Whether the parameter `name` is there, and neither "0" nor "false"; without
/// a value it counts as true. `errc::invalid_argument` if it is something else.
caf::expected<bool>
flag_of(const server_request& request, std::string_view name);

} // namespace dw::api
