#pragma once

#include "messages/deployment.hpp"
#include "messages/export.hpp"

#include <caf/error.hpp>

#include <chrono>
#include <string>
#include <vector>

namespace DW_EXPORT dw {

/// The longest time that a spec may have. Far more than anybody waits, and far
/// less than what a clock cannot add.
constexpr std::chrono::hours longest_time{24 * 7};

/// Everything that is wrong with a spec by itself, one phrase per problem;
/// empty if nothing is. Checked before anything is touched, whoever made the
/// spec.
/// @param needs_image Whether image and tag must be given.
std::vector<std::string>
validate_spec(const deploy_spec& spec, bool needs_image);

/// These problems as an error, `errc::invalid_argument`; none if there are
/// none.
/// @param operation What is attempted, as errors say it.
caf::error refuse_spec(const std::string& operation, const deploy_spec& spec,
                       const std::vector<std::string>& problems);

} // namespace dw
