#pragma once

#include "messages/container.hpp"

#include <caf/optional.hpp>

#include <string>

// Private to the docker_*.cpp: what a container may be made of. The engine
// checks little of it, and much of that only when the container starts.

namespace dw::docker {

struct mount {
  /// A path of the engine's host, else a named volume.
  bool is_bind = false;
  std::string source;
  std::string target;
  bool read_only = false;
};

/// Reads "SOURCE:TARGET[:ro]". None if it is not one.
caf::optional<mount> parse_mount(const std::string& text);

/// Whether the engine knows a restart policy of that name.
bool is_restart_policy(const std::string& name);

/// What is wrong with `spec`, as a sentence; empty if nothing is. Never quotes
/// the environment's values.
std::string problem_of(const container_spec& spec);

} // namespace dw::docker
