#pragma once

#include "main/configuration.hpp"
#include "messages/deployment.hpp"

#include <caf/expected.hpp>

#include <string>

namespace dw::api {

/// Reads what a client asks to be done: `{"stage": "shop/prod"}` and, if
/// wanted, "action", "tag", "image", "timeout_ms", "skip_drain", "drain_ms". An
/// `errc::invalid_argument` names the first member that is wrong; one that is
/// not known is refused as well.
/// @param text JSON.
caf::expected<submit_work>
parse_work_request(const configuration& config, const std::string& text);

} // namespace dw::api
