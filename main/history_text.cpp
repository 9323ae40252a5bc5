#include "main/history_text.hpp"

#include "main/terminal.hpp"
#include "messages/error.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>

namespace dw {

namespace {

using std::chrono::milliseconds;

std::string date_of(caf::timestamp x) {
  auto seconds = std::chrono::floor<std::chrono::seconds>(x.time_since_epoch());
  return fmt::format("{:%Y-%m-%d %H:%M:%S}", fmt::gmtime(seconds.count()));
}

std::string text_of(milliseconds x) {
  return fmt::format("{:.1f} s", static_cast<double>(x.count()) / 1000);
}

std::string duration_of(const work_record& x) {
  if (!x.finished)
    return "-";
  return text_of(
    std::chrono::duration_cast<milliseconds>(*x.finished - x.accepted));
}

// "-" stands for what is not known.
std::string or_dash(std::string text) {
  return text.empty() ? "-" : std::move(text);
}

std::string outcome_of(const work_record& x) {
  return x.report ? to_string(x.report->outcome) : "unfinished";
}

// "sha256:" and so much of the rest as people compare.
std::string shortened(const std::string& digest) {
  constexpr size_t shown = 7 + 12;
  return digest.substr(0, shown);
}

std::string image_of(const work_record& x) {
  auto result = x.work.spec.image;
  if (!x.tag.empty())
    result += ":" + x.tag;
  return result;
}

constexpr size_t columns = 8;

using row = std::array<std::string, columns>;

row row_of(const work_record& x) {
  auto image = image_of(x);
  if (!x.digest.empty())
    image += "@" + shortened(x.digest);
  return {x.work.deploy_id,
          date_of(x.accepted),
          x.work.spec.project + "/" + x.work.spec.stage,
          to_string(x.work.action),
          outcome_of(x),
          duration_of(x),
          or_dash(x.work.asked_by),
          or_dash(std::move(image))};
}

std::string print_rows(const std::vector<row>& rows) {
  std::array<size_t, columns> widths{};
  for (const auto& x : rows)
    for (size_t i = 0; i + 1 < columns; ++i)
      widths[i] = std::max(widths[i], x[i].size());
  std::string result;
  for (const auto& x : rows) {
    for (size_t i = 0; i + 1 < columns; ++i)
      result += fmt::format("{:<{}}  ", printable(x[i]), widths[i]);
    result += printable(x.back()) + "\n";
  }
  return result;
}

std::string indented(const std::string& text) {
  std::string result = "  ";
  for (auto c : text) {
    result += c;
    if (c == '\n')
      result += "  ";
  }
  return result + "\n";
}

std::string describe_end(const work_record& x) {
  auto result = outcome_of(x);
  if (!x.report)
    return result;
  if (x.report->outcome != deploy_outcome::deployed)
    result += " while " + to_string(x.report->phase);
  return result + " in " + duration_of(x);
}

std::string describe_steps(const work_record& x) {
  std::string result;
  for (const auto& step : x.steps)
    result += fmt::format("  {:<9}  {:>9}  {}\n", to_string(step.phase),
                          step.duration ? text_of(*step.duration) : "-",
                          to_string(step.outcome));
  return result;
}

} // namespace

std::string describe_history(const std::vector<work_record>& records) {
  std::vector<row> rows{{"DEPLOY", "ACCEPTED", "STAGE", "ACTION", "OUTCOME",
                         "TIME", "ASKED BY", "IMAGE"}};
  for (const auto& x : records)
    rows.push_back(row_of(x));
  return print_rows(rows);
}

std::string describe_work(const work_record& x) {
  auto result
    = fmt::format("{} {}/{}\ndeploy    {}\nasked by  {}\naccepted  {} UTC\n"
                  "image     {}\ndigest    {}\noutcome   {}\n",
                  to_string(x.work.action), x.work.spec.project,
                  x.work.spec.stage, x.work.deploy_id,
                  printable(or_dash(x.work.asked_by)), date_of(x.accepted),
                  printable(or_dash(image_of(x))), printable(or_dash(x.digest)),
                  describe_end(x))
      + describe_steps(x);
  if (!x.report)
    return result;
  if (x.report->error)
    result += indented(printable(render(x.report->error)));
  for (const auto& leftover : x.report->leftovers)
    result += "  left: " + printable(leftover) + "\n";
  return result;
}

} // namespace dw
