#pragma once

#include "actors/stage_state.hpp"
#include "main/session.hpp"

#include <caf/expected.hpp>

#include <vector>

namespace dw {

/// Reads what stages consist of, for commands that only look; blocks. Asks the
/// engine and each node once, and the proxy once if one of them has domains.
/// @returns for each of `specs`, in their order, one state, or one for each of
/// its nodes.
caf::expected<std::vector<std::vector<stage_state>>>
read_stages(session& running, const std::vector<deploy_spec>& specs);

/// Reads what a stage that is not on nodes consists of, as `read_stages` does.
caf::expected<stage_state>
read_stage(session& running, const deploy_spec& spec);

/// Whoever has the logs of containers: a CONTAINER MANAGER, or a NODE LINK.
using log_source_actor = caf::typed_actor<
  caf::replies_to<read_logs, log_listener_actor>::with<done>>;

/// The container that serves a stage, or served last.
struct current_container {
  container_summary container;
  log_source_actor logs;
};

/// Finds it; blocks. An error if there is none, or if the stage is on several
/// nodes.
caf::expected<current_container>
read_current(session& running, const deploy_spec& spec);

} // namespace dw
