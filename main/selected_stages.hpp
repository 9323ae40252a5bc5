#pragma once

#include "main/arguments.hpp"
#include "main/configuration.hpp"
#include "messages/deployment.hpp"

#include <caf/expected.hpp>

#include <vector>

namespace dw {

/// The specs of the stages that the arguments name, with --tag, --image and
/// --timeout applied. All stages if none is named and `all_by_default`.
caf::expected<std::vector<deploy_spec>>
selected_stages(const arguments& args, const configuration& config,
                bool all_by_default);

} // namespace dw
