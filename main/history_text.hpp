#pragma once

#include "messages/journal.hpp"

#include <string>
#include <vector>

// The history, for people. Times are UTC.

namespace dw {

/// A line for each piece of work, in columns. @returns lines with their ends.
std::string describe_history(const std::vector<work_record>& records);

/// A piece of work with its steps and, if it failed, why. @returns lines with
/// their ends.
std::string describe_work(const work_record& x);

} // namespace dw
