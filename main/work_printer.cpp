#include "main/work_printer.hpp"

#include "main/json_lines.hpp"
#include "messages/error.hpp"

#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <map>

namespace dw {

namespace {

using clock = std::chrono::steady_clock;

std::string seconds(std::chrono::milliseconds x) {
  return fmt::format("{:.1f} s", static_cast<double>(x.count()) / 1000);
}

std::string first_line(const std::string& text) {
  return text.substr(0, text.find('\n'));
}

std::string megabytes(uint64_t bytes) {
  return fmt::format("{:.1f}", static_cast<double>(bytes) / 1'000'000);
}

std::string describe(const pull_progress& x) {
  if (x.layers_total == 0)
    return x.status;
  return fmt::format("{}/{} layers, {} of {} MB", x.layers_done, x.layers_total,
                     megabytes(x.bytes_done), megabytes(x.bytes_total));
}

std::string describe(const deploy_event& x) {
  if (x.progress)
    return describe(*x.progress);
  auto text = printable(first_line(x.text));
  return x.retrying ? "trying again: " + text : text;
}

// The last word on a piece of work: one line, or several with the error.
std::string summarize(const terminal& out, const deploy_report& x) {
  auto stage = x.project + "/" + x.stage;
  std::string result;
  if (x.outcome == deploy_outcome::deployed) {
    result = paint(out, color::green, "done  ") + stage;
    if (!x.container_name.empty())
      result += " " + x.container_name;
    result += " in " + seconds(x.elapsed);
  } else {
    auto word = x.outcome == deploy_outcome::cancelled ? "undone" : "failed";
    result = paint(out, color::red, word)
             + fmt::format(" {} while {}", stage, to_string(x.phase));
    if (x.phase <= deploy_phase::verifying && x.leftovers.empty())
      result += "; what served before still does";
    if (x.outcome == deploy_outcome::failed)
      result += "\n  " + printable(render(x.error));
  }
  for (const auto& leftover : x.leftovers)
    result
      += "\n  " + paint(out, color::yellow, "left: ") + printable(leftover);
  return result;
}

void print_line(const std::string& text) {
  fmt::print("{}\n", text);
  std::fflush(stdout);
}

// -- lines --------------------------------------------------------------------

class line_printer final : public work_printer {
public:
  void on_event(const deploy_event& x) override {
    // How far a pull is, is for those who watch.
    if (x.progress || x.phase == deploy_phase::finished)
      return;
    auto text = describe(x);
    print_line(fmt::format("{}/{} {:>8}  {}{}{}", x.project, x.stage,
                           seconds(x.elapsed), to_string(x.phase),
                           text.empty() ? "" : ": ", text));
  }

  void on_report(const deploy_report& x) override {
    print_line(summarize({}, x));
  }

  void on_refusal(const std::string& stage, const caf::error& err) override {
    print_line("failed " + stage + "\n  " + printable(render(err)));
  }

  void on_notice(const std::string& text) override {
    print_line(text);
  }

  void on_tick() override {
    // nop
  }
};

// -- a terminal ---------------------------------------------------------------

class live_printer final : public work_printer {
public:
  explicit live_printer(terminal out) : out_{out} {
    // nop
  }

  void on_event(const deploy_event& x) override {
    if (x.phase == deploy_phase::finished)
      return;
    rows_[x.project + "/" + x.stage] = {x, clock::now() - x.elapsed};
    if (x.retrying)
      print_above(paint(out_, color::yellow,
                        x.project + "/" + x.stage + " " + describe(x)));
    draw();
  }

  void on_report(const deploy_report& x) override {
    rows_.erase(x.project + "/" + x.stage);
    print_above(summarize(out_, x));
    draw();
  }

  void on_refusal(const std::string& stage, const caf::error& err) override {
    print_above(paint(out_, color::red, "failed") + " " + stage + "\n  "
                + printable(render(err)));
    draw();
  }

  void on_notice(const std::string& text) override {
    print_above(text);
    draw();
  }

  void on_tick() override {
    ++frame_;
    draw();
  }

private:
  struct row {
    deploy_event latest;
    clock::time_point began;
  };

  // Takes back the lines that change.
  void clear() {
    if (drawn_ > 0)
      fmt::print("\x1b[{}A\x1b[J", drawn_);
    drawn_ = 0;
  }

  // Writes what stays.
  void print_above(const std::string& text) {
    clear();
    print_line(text);
  }

  void draw() {
    clear();
    for (const auto& [stage, x] : rows_) {
      auto age = std::chrono::duration_cast<std::chrono::milliseconds>(
        clock::now() - x.began);
      auto line = fmt::format("{} {} {:<9} {:>7}  {}", "|/-\\"[frame_ % 4],
                              stage, to_string(x.latest.phase), seconds(age),
                              describe(x.latest));
      fmt::print("{}\n", paint(out_, color::cyan, cut_line(line, out_.width)));
      ++drawn_;
    }
    std::fflush(stdout);
  }

  terminal out_;
  std::map<std::string, row> rows_;
  size_t drawn_ = 0;
  size_t frame_ = 0;
};

// -- JSON ---------------------------------------------------------------------

class json_printer final : public work_printer {
public:
  void on_event(const deploy_event& x) override {
    print_line(to_json(x));
  }

  void on_report(const deploy_report& x) override {
    print_line(to_json(x));
  }

  void on_refusal(const std::string& stage, const caf::error& err) override {
    print_line(
      json_line{"refused"}.add("stage", stage).add("error", err).str());
  }

  void on_notice(const std::string& text) override {
    print_line(json_line{"notice"}.add("text", text).str());
  }

  void on_tick() override {
    // nop
  }
};

} // namespace

std::unique_ptr<work_printer> make_line_printer() {
  return std::make_unique<line_printer>();
}

std::unique_ptr<work_printer> make_live_printer(terminal out) {
  return std::make_unique<live_printer>(out);
}

std::unique_ptr<work_printer> make_json_printer() {
  return std::make_unique<json_printer>();
}

} // namespace dw
