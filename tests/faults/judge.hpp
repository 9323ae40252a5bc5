#pragma once

#include "tests/faults/attempt.hpp"
#include "tests/support/served_stage.hpp"
#include "tests/support/visitors.hpp"

#include <vector>

namespace dw::faults {

// What must be so when a deploy has ended, whatever happened meanwhile. Each of
// them adds what is wrong to the result's problems.

/// The engine and the proxy have what the report says, and the report tells
/// everything. The server, which repairs what a fault has done to others, must
/// still run.
void judge_report(const test::served_stage& on, attempt& how);

/// The journal says the same as the report. The server must have ended.
void judge_journal(const test::served_stage& on, attempt& how);

/// Everybody was served.
void judge_visits(const std::vector<test::visit>& visits, attempt& how);

} // namespace dw::faults
