#pragma once

#include "main/exit_status.hpp"
#include "main/interrupts.hpp"
#include "main/work_printer.hpp"
#include "main/work_source.hpp"

#include <caf/actor_system.hpp>

#include <vector>

namespace dw {

/// What came of several pieces of work.
struct work_result {
  exit_status status = exit_status::done;
  std::vector<deploy_report> reports;
};

/// Submits pieces of work, shows how they go, and waits for all of them. The
/// first interrupt cancels them, the second ends the process at once, after it
/// has said what may be left.
/// @param goes_on Whether the work goes on when this process ends.
work_result run_work(caf::actor_system& sys, const work_source_actor& source,
                     bool goes_on, interrupts& signals, work_printer& printer,
                     std::vector<submit_work> work);

} // namespace dw
