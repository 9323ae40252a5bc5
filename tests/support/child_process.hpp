#pragma once

#include "actors/descriptor.hpp"

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace dw::test {

/// A program to be started.
struct child_command {
  /// Its name, looked up in PATH, and its arguments.
  std::vector<std::string> words;
  /// Variables that it gets beside ours, or instead of them.
  std::map<std::string, std::string> environment = {};
  /// Give it a terminal of its own, instead of pipes and an empty input.
  bool on_terminal = false;
  /// The file that it reads as its standard input, unless on a terminal.
  std::string input_file = "/dev/null";
};

/// How a program ended, and what it wrote.
struct child_end {
  /// 128 and the signal's number if it died of a signal.
  int status = 0;
  /// On a terminal all that it wrote, with line ends as a terminal gets them.
  std::string output;
  std::string error_output;
};

/// A running program, in a session of its own. It is killed with this object,
/// together with what it has started in its process group. Not thread-safe.
class child_process {
public:
  using milliseconds = std::chrono::milliseconds;

  /// Every wait ends by itself: with an exception that tells what was printed.
  static constexpr milliseconds patience{120'000};

  /// @throws std::runtime_error if it cannot be started.
  explicit child_process(child_command what);
  ~child_process();

  child_process(child_process&& other) noexcept;
  child_process& operator=(child_process&&) = delete;

  pid_t pid() const noexcept {
    return pid_;
  }

  void send(int signal) const;

  /// Also takes what it wrote, lest it wait for somebody to do so.
  bool is_running();

  /// Types on its terminal; "\x03" is Ctrl-C.
  void type(std::string_view text) const;

  /// Waits until `text` stands in what it wrote to standard output.
  /// @throws std::runtime_error if it ends before, or takes too long.
  void wait_for_output(std::string_view text);

  /// Waits until what it wrote to standard output is as it should be.
  /// @param what For the exception: "an event of web2".
  /// @throws std::runtime_error if it ends before, or takes too long.
  void wait_until_output(const std::string& what,
                         const std::function<bool(const std::string&)>& is_so);

  /// Waits for its end.
  /// @throws std::runtime_error if it takes too long.
  child_end wait(milliseconds limit = patience);

private:
  /// Reads what comes until `is_enough` or its end.
  void read_until(const std::function<bool()>& is_enough, milliseconds limit);

  pid_t pid_ = 0;
  descriptor ended_;
  descriptor output_;
  descriptor error_output_;
  child_end result_;
  bool has_ended_ = false;
};

/// Runs a program to its end.
child_end run_child(child_command what);

/// Runs a program that must succeed.
/// @returns what it wrote to standard output.
/// @throws std::runtime_error with what it wrote to standard error.
std::string output_of(std::vector<std::string> words);

} // namespace dw::test
