#pragma once

#include "main/terminal.hpp"
#include "messages/deployment.hpp"

#include <chrono>
#include <cstdio>
#include <functional>
#include <memory>
#include <string>

namespace dw {

/// Shows work in progress to whoever looks. Called from one thread at a time.
/// Work goes on when nobody reads any more: a stream that cannot be written to
/// is no error.
class work_printer {
public:
  virtual ~work_printer() = default;

  virtual void on_event(const deploy_event& event) = 0;
  virtual void on_report(const deploy_report& report) = 0;

  /// Work on a stage was not accepted.
  virtual void on_refusal(const std::string& stage, const caf::error& reason)
    = 0;

  /// Something about the whole.
  virtual void on_notice(const std::string& text) = 0;

  /// Time has passed; called a few times a second.
  virtual void on_tick() = 0;
};

/// For pipes and files: a line for each thing that happens.
/// @param out Must outlive the printer, as with the others.
std::unique_ptr<work_printer> make_line_printer(std::FILE* out);

using time_source = std::function<std::chrono::steady_clock::time_point()>;

/// For terminals: a line per stage that changes, until its end.
std::unique_ptr<work_printer>
make_live_printer(std::FILE* out, terminal traits,
                  time_source now = std::chrono::steady_clock::now);

/// For programs: a JSON object per line.
std::unique_ptr<work_printer> make_json_printer(std::FILE* out);

} // namespace dw
