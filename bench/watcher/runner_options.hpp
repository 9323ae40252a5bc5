#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace dw::bench {

/// The command line that all runners have in common; see bench/README.md.
struct runner_options {
  std::vector<std::string> engines;
  std::string npm;
  std::string traffic;
  size_t deploys = 1;
  size_t concurrency = 1;
  std::string image;
  std::vector<std::string> tags{"1"};
  std::string network = "bench-net";
  /// Tell how long each step took, which costs a little.
  bool steps = false;
  /// After the deploys, do `start` with all stages, which changes nothing.
  bool start_again = false;
  /// Of CAF's scheduler; 0 for what docker-watcher uses.
  size_t threads = 0;
};

/// Reads the command line. Ends the program where there is nothing to run.
runner_options read_options(int argc, char** argv);

/// Of an environment variable; empty if it is not set.
std::string environment(const char* name);

} // namespace dw::bench
