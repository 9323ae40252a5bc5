#include "main/commands.hpp"
#include "main/json_lines.hpp"
#include "main/plan_reader.hpp"
#include "main/selected_stages.hpp"
#include "main/terminal.hpp"
#include "main/with_session.hpp"

#include <fmt/format.h>

#include <unistd.h>

namespace dw {

namespace {

void print_change(const arguments& args, const terminal& out,
                  const deploy_spec& spec, const planned_change& x) {
  if (args.json) {
    fmt::print("{}\n", to_json(spec, x));
    return;
  }
  auto is_end = x.action == "remove" || x.action == "stop";
  auto c = is_end                                         ? color::red
           : x.action == "update" || x.action == "rename" ? color::yellow
                                                          : color::green;
  auto sign = is_end ? "-" : c == color::yellow ? "~" : "+";
  fmt::print("  {} {}\n", paint(out, c, fmt::format("{} {}", sign, x.action)),
             printable(x.object));
  for (const auto& difference : x.differences)
    fmt::print("      {}\n", printable(difference));
}

} // namespace

exit_status run_plan(const command_context& x) {
  auto specs = selected_stages(x.args, x.config, false);
  if (!specs)
    return report_error(x.args, specs.error());
  auto out = inspect_terminal(STDOUT_FILENO);
  return with_session(x, [&](auto& running) {
    std::vector<exit_status> statuses;
    for (const auto& spec : *specs) {
      auto name = spec.project + "/" + spec.stage;
      if (!x.args.json)
        fmt::print("{}\n", paint(out, color::bold, name));
      auto plan = read_plan(running, spec);
      if (!plan)
        statuses.push_back(report_error(x.args, plan.error()));
      else
        for (const auto& change : *plan)
          print_change(x.args, out, spec, change);
    }
    return gravest(statuses);
  });
}

} // namespace dw
