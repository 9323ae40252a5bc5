#pragma once

#include "main/config_key.hpp"
#include "messages/deployment.hpp"

#include <vector>

namespace dw {

/// Reads the mapping of projects.
/// @param start What every stage starts from.
/// @param may_have_domains Whether there is a proxy to route them.
std::vector<deploy_spec>
read_projects(value_reader& reader, const yaml_value& projects,
              const deploy_spec& start, bool may_have_domains);

} // namespace dw
