#pragma once

#include "main/config_key.hpp"
#include "main/fleet.hpp"
#include "messages/deployment.hpp"

#include <string>
#include <vector>

namespace dw {

/// Reads the mappings `nodes` and `groups` of the configuration into `fleet`.
/// @param root Of the file.
void read_fleet(value_reader& reader, const yaml_value& root,
                fleet_settings& fleet);

/// Replaces what a stage's `nodes` say by the names of nodes, each once.
/// @param value Where they stand.
void resolve_nodes(value_reader& reader, const yaml_value& value,
                   const fleet_settings& fleet,
                   std::vector<std::string>& nodes);

} // namespace dw
