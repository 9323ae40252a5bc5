#pragma once

#include "messages/deployment.hpp"

#include <string>
#include <vector>

namespace dw {

/// Everything that is wrong with a spec by itself, one phrase per problem;
/// empty if nothing is. Checked before anything is touched, whoever made the
/// spec.
/// @param needs_image Whether image and tag must be given.
std::vector<std::string>
validate_spec(const deploy_spec& spec, bool needs_image);

} // namespace dw
