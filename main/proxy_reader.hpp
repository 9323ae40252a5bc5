#pragma once

#include "main/session.hpp"
#include "messages/proxy.hpp"

#include <caf/expected.hpp>

#include <string>
#include <vector>

// Looks at the proxy; blocks. `errc::invalid_argument` if the configuration has
// none.

namespace dw {

/// All proxy hosts.
caf::expected<std::vector<proxy_host>> list_hosts(session& running);

/// The proxy host of a domain; `errc::not_found` if it has none.
caf::expected<proxy_host>
find_host(session& running, const std::string& domain);

} // namespace dw
