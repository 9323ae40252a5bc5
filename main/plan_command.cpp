#include "actors/deploy_plan.hpp"
#include "actors/validate_spec.hpp"
#include "main/commands.hpp"
#include "main/json_lines.hpp"
#include "main/plan_reader.hpp"
#include "main/session.hpp"
#include "main/terminal.hpp"
#include "messages/error.hpp"

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
  session running{x.config};
  std::vector<exit_status> statuses;
  for (const auto& spec : *specs) {
    auto name = spec.project + "/" + spec.stage;
    if (!x.args.json)
      fmt::print("{}\n", paint(out, color::bold, name));
    if (auto err = refuse_spec("plan", spec, validate_spec(spec, true))) {
      statuses.push_back(report_error(x.args, err));
      continue;
    }
    auto input = read_plan_input(running, spec);
    if (!input) {
      statuses.push_back(report_error(x.args, input.error()));
      continue;
    }
    for (const auto& change : plan_deploy(spec, *input))
      print_change(x.args, out, spec, change);
  }
  return gravest(statuses);
}

} // namespace dw
