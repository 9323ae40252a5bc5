#pragma once

#include "messages/deployment.hpp"

#include <caf/error.hpp>

#include <vector>

namespace dw {

/// What the process tells its caller; part of the contract.
enum class exit_status : int {
  done = 0,
  /// The work failed; what served before still does.
  failed = 1,
  /// The command line or the configuration cannot be right; nothing was tried.
  usage = 2,
  /// The engine or the proxy is unreachable, or refuses us.
  unreachable = 3,
  /// Interrupted, and undone.
  interrupted = 130,
};

/// The status of a command that ended with an error.
exit_status status_of(const caf::error& err);

/// The status of a piece of work. A peer that went away in the middle of it is
/// a failure of the work; one that was not there to begin with is unreachable.
exit_status status_of(const deploy_report& report);

/// The status of several: the gravest.
exit_status gravest(const std::vector<exit_status>& xs);

} // namespace dw
