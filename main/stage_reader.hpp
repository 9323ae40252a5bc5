#pragma once

#include "actors/stage_state.hpp"
#include "main/session.hpp"

#include <caf/expected.hpp>

namespace dw {

/// Reads what a stage consists of, for commands that only look; blocks. A stage
/// without domains is read without the proxy.
caf::expected<stage_state>
read_stage(session& running, const deploy_spec& spec);

/// The container that serves a stage, or served last; blocks. An error if there
/// is none.
caf::expected<container_summary>
read_current(session& running, const deploy_spec& spec);

} // namespace dw
