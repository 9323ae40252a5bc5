#include "main/work_printer.hpp"

#include "main/json_lines.hpp"
#include "messages/error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace dw {

namespace {

std::string seconds(std::chrono::milliseconds x) {
  return fmt::format("{:.1f} s", static_cast<double>(x.count()) / 1000);
}

// The beginning of a text. Where its first line announces the next, as in
// "could not do it:", they are shown as one.
std::string first_line(const std::string& text) {
  auto end = std::min(text.find('\n'), text.size());
  auto result = text.substr(0, end);
  while (result.ends_with(' '))
    result.pop_back();
  auto next = text.find_first_not_of("\n ", end);
  if (result.ends_with(':') && next != std::string::npos)
    result += " " + text.substr(next, text.find('\n', next) - next);
  return result;
}

std::string megabytes(uint64_t bytes) {
  return fmt::format("{:.1f}", static_cast<double>(bytes) / 1'000'000);
}

std::string describe(const pull_progress& x) {
  if (x.layers_total == 0)
    return printable(first_line(x.status));
  return fmt::format("{}/{} layers, {} of {} MB", x.layers_done, x.layers_total,
                     megabytes(x.bytes_done), megabytes(x.bytes_total));
}

std::string describe(const deploy_event& x) {
  if (x.progress)
    return describe(*x.progress);
  auto text = printable(first_line(x.text));
  return x.retrying ? "trying again: " + text : text;
}

// An engine that does not answer may not run the containers either.
bool is_of_engine(const caf::error& err) {
  auto x = failure_of(err);
  return x.status == 0 && x.peer.starts_with("Docker Engine");
}

// How it ended on each node.
std::string describe(const node_result& x) {
  if (x.outcome == deploy_outcome::deployed)
    return x.was_undone
             ? "taken back"
             : (x.container_name.empty() ? "done" : x.container_name);
  return to_string(x.outcome) + ": " + x.problem;
}

std::string name_of(const deploy_event& x) {
  return x.project + "/" + x.stage + (x.node.empty() ? "" : "@" + x.node);
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
    auto word = x.outcome == deploy_outcome::cancelled ? "undone"
                : x.outcome == deploy_outcome::unknown ? "unknown"
                                                       : "failed";
    result = paint(out, color::red, word)
             + fmt::format(" {} while {}", stage, to_string(x.phase));
    if (x.phase <= deploy_phase::pulling && x.nodes.size() < 2)
      result += "; nothing has changed";
    else if (x.phase <= deploy_phase::soaking && x.leftovers.empty()
             && x.nodes.empty() && !is_of_engine(x.error))
      result += "; what served before still does";
    if (x.outcome != deploy_outcome::cancelled)
      result += "\n  " + printable(render(x.error));
  }
  for (const auto& node : x.nodes)
    result += "\n  " + node.node + ": " + printable(describe(node));
  for (const auto& leftover : x.leftovers)
    result
      += "\n  " + paint(out, color::yellow, "left: ") + printable(leftover);
  return result;
}

// fmt::print would throw when the reader is gone.
void put(std::FILE* out, const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), out);
}

void print_line(std::FILE* out, const std::string& text) {
  put(out, text + "\n");
  std::fflush(out);
}

// -- lines --------------------------------------------------------------------

class line_printer final : public work_printer {
public:
  explicit line_printer(std::FILE* out) : out_{out} {
    // nop
  }

  void on_event(const deploy_event& x) override {
    // How far a pull is, is for those who watch.
    if (x.progress || x.phase == deploy_phase::finished)
      return;
    auto text = describe(x);
    auto stage = name_of(x);
    column_ = std::max(column_, stage.size());
    print_line(out_, fmt::format("{:<{}} {:>8}  {}{}{}", stage, column_,
                                 seconds(x.elapsed), to_string(x.phase),
                                 text.empty() ? "" : ": ", text));
  }

  void on_report(const deploy_report& x) override {
    print_line(out_, summarize({}, x));
  }

  void on_refusal(const std::string& stage, const caf::error& err) override {
    print_line(out_, "failed " + stage + "\n  " + printable(render(err)));
  }

  void on_notice(const std::string& text) override {
    print_line(out_, printable(text));
  }

  void on_tick() override {
    // nop
  }

private:
  std::FILE* out_;
  size_t column_ = 0;
};

// -- a terminal ---------------------------------------------------------------

class live_printer final : public work_printer {
public:
  live_printer(std::FILE* out, terminal traits, time_source now)
    : out_{out}, traits_{traits}, now_{std::move(now)} {
    // nop
  }

  void on_event(const deploy_event& x) override {
    if (x.phase == deploy_phase::finished)
      return;
    rows_[name_of(x)] = {x, now_() - x.elapsed};
    if (x.retrying)
      print_above(
        paint(traits_, color::yellow, name_of(x) + " " + describe(x)));
    draw();
  }

  void on_report(const deploy_report& x) override {
    auto stage = x.project + "/" + x.stage;
    std::erase_if(rows_, [&](const auto& shown) {
      return shown.first == stage || shown.first.starts_with(stage + "@");
    });
    print_above(summarize(traits_, x));
    draw();
  }

  void on_refusal(const std::string& stage, const caf::error& err) override {
    print_above(paint(traits_, color::red, "failed") + " " + stage + "\n  "
                + printable(render(err)));
    draw();
  }

  void on_notice(const std::string& text) override {
    print_above(printable(text));
    draw();
  }

  void on_tick() override {
    ++frame_;
    draw();
  }

private:
  struct row {
    deploy_event latest;
    std::chrono::steady_clock::time_point began;
  };

  // Takes back the lines that change.
  void clear() {
    if (drawn_ > 0)
      put(out_, fmt::format("\x1b[{}A\x1b[J", drawn_));
    drawn_ = 0;
  }

  // Writes what stays.
  void print_above(const std::string& text) {
    clear();
    print_line(out_, text);
  }

  void draw() {
    clear();
    // Lines that have left the screen could not be taken back.
    auto room = std::max(traits_.height, 3u) - 2;
    for (const auto& [stage, x] : rows_) {
      if (drawn_ == room) {
        print_row(fmt::format("and {} more", rows_.size() - room));
        break;
      }
      auto age = std::chrono::duration_cast<std::chrono::milliseconds>(
        now_() - x.began);
      auto line = fmt::format("{} {} {:<9} {:>7}  {}", "|/-\\"[frame_ % 4],
                              stage, to_string(x.latest.phase), seconds(age),
                              describe(x.latest));
      print_row(line);
    }
    std::fflush(out_);
  }

  void print_row(const std::string& text) {
    put(out_,
        paint(traits_, color::cyan, cut_line(text, traits_.width)) + "\n");
    ++drawn_;
  }

  std::FILE* out_;
  terminal traits_;
  time_source now_;
  std::map<std::string, row> rows_;
  size_t drawn_ = 0;
  size_t frame_ = 0;
};

// -- JSON ---------------------------------------------------------------------

class json_printer final : public work_printer {
public:
  explicit json_printer(std::FILE* out) : out_{out} {
    // nop
  }

  void on_event(const deploy_event& x) override {
    print_line(out_, to_json(x));
  }

  void on_report(const deploy_report& x) override {
    print_line(out_, to_json(x));
  }

  void on_refusal(const std::string& stage, const caf::error& err) override {
    print_line(out_, refusal_json(stage, err));
  }

  void on_notice(const std::string& text) override {
    print_line(out_, notice_json(text));
  }

  void on_tick() override {
    // nop
  }

private:
  std::FILE* out_;
};

} // namespace

std::unique_ptr<work_printer> make_line_printer(std::FILE* out) {
  return std::make_unique<line_printer>(out);
}

std::unique_ptr<work_printer>
make_live_printer(std::FILE* out, terminal traits, time_source now) {
  return std::make_unique<live_printer>(out, traits, std::move(now));
}

std::unique_ptr<work_printer> make_json_printer(std::FILE* out) {
  return std::make_unique<json_printer>(out);
}

} // namespace dw
