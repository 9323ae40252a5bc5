#pragma once

#include "main/session.hpp"
#include "messages/interfaces.hpp"

#include <caf/expected.hpp>

namespace dw {

/// Reads the log of what serves a stage; blocks until its end.
/// @param what Its `id` is not looked at.
/// @param listener Gets the lines. All are in its mailbox when this returns.
caf::expected<done>
read_log(session& running, const deploy_spec& spec, read_logs what,
         const log_listener_actor& listener);

} // namespace dw
