#pragma once

#include <CLI/App.hpp>

#include <cstddef>
#include <string>
#include <vector>

namespace dw::bench {

/// What all runners are told; see bench/README.md.
struct runner_options {
  std::vector<std::string> engines;
  std::string npm;
  std::string traffic;
  size_t deploys = 1;
  size_t concurrency = 1;
  std::string image;
  std::vector<std::string> tags{"1"};
  std::string network = "bench-net";
  /// Of the environment.
  std::string identity;
  std::string password;
};

/// Adds the options to a command line that is read later, and takes the rest
/// from the environment.
void add_runner_options(CLI::App& app, runner_options& x);

} // namespace dw::bench
