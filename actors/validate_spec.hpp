#pragma once

#include "messages/deployment.hpp"

#include <caf/error.hpp>

#include <string>
#include <vector>

namespace dw {

/// Everything that is wrong with a spec by itself, one phrase per problem;
/// empty if nothing is. Checked before anything is touched, whoever made the
/// spec.
/// @param needs_image Whether image and tag must be given.
std::vector<std::string>
validate_spec(const deploy_spec& spec, bool needs_image);

/// The same as an error, `errc::invalid_argument`; none if nothing is wrong.
/// @param operation What is attempted, as errors say it.
caf::error check_spec(const std::string& operation, const deploy_spec& spec,
                      bool needs_image);

} // namespace dw
