#pragma once

#include "main/exit_status.hpp"
#include "main/interrupts.hpp"
#include "main/session.hpp"
#include "main/work_printer.hpp"

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
work_result run_work(session& running, interrupts& signals,
                     work_printer& printer, std::vector<submit_work> work);

} // namespace dw
