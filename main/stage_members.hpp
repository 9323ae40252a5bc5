#pragma once

#include "actors/stage_state.hpp"

#include <string>
#include <vector>

namespace dw {

/// A container of a stage.
struct stage_member {
  /// What part it plays: "serves", "stopped", "retiring", "kept" or
  /// "unfinished".
  std::string role;
  /// Belongs to the state.
  const container_summary* container;
};

/// The containers of a stage, the one that serves first.
std::vector<stage_member> members_of(const stage_state& state);

} // namespace dw
