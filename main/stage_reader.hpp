#pragma once

#include "actors/stage_state.hpp"
#include "main/session.hpp"

#include <caf/expected.hpp>

#include <vector>

namespace dw {

/// Reads what stages consist of, for commands that only look; blocks. Asks the
/// engine once, and the proxy once if one of them has domains.
/// @returns a state for each of `specs`, in their order.
caf::expected<std::vector<stage_state>>
read_stages(session& running, const std::vector<deploy_spec>& specs);

/// Reads what a stage consists of, as `read_stages` does.
caf::expected<stage_state>
read_stage(session& running, const deploy_spec& spec);

/// The container that serves a stage, or served last; blocks. An error if there
/// is none.
caf::expected<container_summary>
read_current(session& running, const deploy_spec& spec);

} // namespace dw
