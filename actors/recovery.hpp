#pragma once

#include "messages/deployment.hpp"
#include "messages/journal.hpp"

#include <caf/optional.hpp>

#include <string>
#include <vector>

namespace dw {

/// What brings interrupted work to its end.
struct recovery {
  /// For the log: what will be done, and why.
  std::string what;
  /// To be done in this order, one after the other.
  std::vector<submit_work> work;
  /// The end of the interrupted work itself, unless `work` takes it up again.
  caf::optional<deploy_report> verdict;
};

/// Decides how to go on with work that was interrupted. What really is there
/// need not be known: each piece of work begins by reading it.
recovery plan_recovery(const unfinished_work& x);

} // namespace dw
