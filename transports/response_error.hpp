#pragma once

#include "messages/error.hpp"
#include "messages/export.hpp"
#include "messages/http.hpp"

#include <string>

namespace DW_EXPORT dw {

/// An error of ours about an answer, which says what was attempted, on which
/// object, who answered, and with which status.
/// @param reply What it answered, or what is wrong with that.
/// @param hint What the user can do, a full sentence; empty for what
///        `general_hint` says.
caf::error make_failure(errc code, const http_response& response,
                        std::string reply, std::string hint = {});

/// Whether a failure of an exchange came in front of its request, so that
/// nothing has happened on the other side.
bool is_before_request(errc code);

} // namespace dw
