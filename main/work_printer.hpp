#pragma once

#include "main/terminal.hpp"
#include "messages/deployment.hpp"

#include <memory>
#include <string>

namespace dw {

/// Shows work in progress to whoever looks. Called from one thread at a time.
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
std::unique_ptr<work_printer> make_line_printer();

/// For terminals: a line per stage that changes, until its end.
std::unique_ptr<work_printer> make_live_printer(terminal out);

/// For programs: a JSON object per line.
std::unique_ptr<work_printer> make_json_printer();

} // namespace dw
