#pragma once

#include "actors/push_policy.hpp"
#include "main/config_key.hpp"
#include "main/fleet.hpp"
#include "messages/deployment.hpp"

#include <vector>

namespace dw {

/// A stage as the configuration has it.
struct configured_stage {
  deploy_spec spec;
  auto_deploy automatic;
};

/// Reads the mapping of projects.
/// @param start What every stage starts from.
/// @param may_have_domains Whether there is a proxy to route them.
/// @param fleet The nodes that stages may be placed on.
std::vector<configured_stage>
read_projects(value_reader& reader, const yaml_value& projects,
              const deploy_spec& start, bool may_have_domains,
              const fleet_settings& fleet);

} // namespace dw
