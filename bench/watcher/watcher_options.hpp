#pragma once

#include "bench/common/runner_options.hpp"

#include <cstddef>

namespace dw::bench {

/// What this runner is told beside what all are.
struct watcher_options : runner_options {
  /// Tell how long each step took, which costs a little.
  bool steps = false;
  /// After the deploys, do `start` with all stages, which changes nothing.
  bool start_again = false;
  /// Record all work in a journal in the temporary directory.
  bool journal = false;
  /// Of CAF's scheduler; 0 for what docker-watcher uses.
  size_t threads = 0;
};

/// Reads the command line. Ends the program where there is nothing to run.
watcher_options read_options(int argc, char** argv);

} // namespace dw::bench
