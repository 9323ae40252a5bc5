#pragma once

#include "messages/export.hpp"

#include <caf/expected.hpp>

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace DW_EXPORT dw {

/// A program to be run.
struct program_call {
  /// Its name, looked up in PATH, and its arguments, which everybody on this
  /// host can see.
  std::vector<std::string> words;
  /// Given to it as standard input.
  std::string input;
  /// "NAME=value" entries, instead of our environment.
  std::optional<std::vector<std::string>> environment;
  /// After which it is killed, together with what it has started.
  std::chrono::milliseconds timeout{30'000};
  /// The most that it may write to standard output or error, in bytes.
  size_t max_output = 64 * 1024;
};

/// How a program ended by itself.
struct program_result {
  /// 128 and the signal's number if it died of a signal.
  int status = 0;
  std::string output;
  std::string error_output;
};

/// Runs a program; blocks until it has ended. It gets default signal handling
/// and a process group of its own. Fails with `errc::not_found` if there is no
/// such program, `errc::timed_out`, `errc::too_large`, and `errc::internal` if
/// the system has no room for it.
caf::expected<program_result> run_program(const program_call& call);

} // namespace dw
