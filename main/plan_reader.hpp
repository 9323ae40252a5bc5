#pragma once

#include "actors/deploy_plan.hpp"
#include "main/session.hpp"

#include <caf/expected.hpp>

#include <vector>

namespace dw {

/// Reads what a plan for `spec` is made of, and changes nothing; blocks. An
/// image or a network that is not there is no error, nor is a registry that
/// does not answer.
caf::expected<plan_input>
read_plan_input(session& running, const deploy_spec& spec);

/// Works out what a deploy of `spec` would change; blocks. A spec that cannot
/// be deployed is `errc::invalid_argument`.
caf::expected<std::vector<planned_change>>
read_plan(session& running, const deploy_spec& spec);

} // namespace dw
