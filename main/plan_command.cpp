#include "actors/deploy_plan.hpp"
#include "actors/validate_spec.hpp"
#include "main/commands.hpp"
#include "main/json_lines.hpp"
#include "main/session.hpp"
#include "main/stage_reader.hpp"
#include "main/terminal.hpp"
#include "messages/error.hpp"

#include <fmt/format.h>

#include <unistd.h>

namespace dw {

namespace {

caf::error
as_error(const std::string& stage, const std::vector<std::string>& problems) {
  std::string list;
  for (const auto& x : problems)
    list += (list.empty() ? "" : "\n") + x;
  return make_failure(errc::invalid_argument, {.operation = "plan",
                                               .object = stage,
                                               .reply = std::move(list)});
}

// An image that is not there is no error of a plan.
caf::expected<caf::optional<image_info>>
find_image(session& running, const deploy_spec& spec) {
  inspect_image request;
  request.reference = wanted_image(spec);
  auto image = running.ask<image_info>(running.svc().images, request);
  if (image)
    return caf::optional<image_info>{std::move(*image)};
  if (code_of(image.error()) == errc::not_found)
    return caf::optional<image_info>{};
  return std::move(image.error());
}

// A registry that does not answer is no obstacle: the plan says so.
void ask_registry(session& running, const deploy_spec& spec,
                  plan_input& result) {
  find_digest request;
  request.reference = wanted_image(spec);
  auto found = running.ask<found_digest>(running.svc().images, request);
  if (found)
    result.registry_digest = std::move(found->digest);
  else
    result.registry_reply = failure_of(found.error()).reply;
}

caf::expected<plan_input>
read_input(session& running, const deploy_spec& spec) {
  plan_input result;
  auto state = read_stage(running, spec);
  if (!state)
    return std::move(state.error());
  result.state = std::move(*state);
  if (result.state.current) {
    inspect_container request;
    request.id = result.state.current->id;
    auto info = running.ask<container_info>(running.svc().containers, request);
    if (!info)
      return std::move(info.error());
    result.current = std::move(*info);
  }
  auto image = find_image(running, spec);
  if (!image)
    return std::move(image.error());
  result.local_image = std::move(*image);
  if (asks_registry(spec, result))
    ask_registry(running, spec, result);
  find_network request;
  request.name = spec.network;
  auto network = running.ask<network_info>(running.svc().networks, request);
  if (!network && code_of(network.error()) != errc::not_found)
    return std::move(network.error());
  result.network_exists = static_cast<bool>(network);
  return result;
}

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
    if (auto problems = validate_spec(spec, true); !problems.empty()) {
      statuses.push_back(report_error(x.args, as_error(name, problems)));
      continue;
    }
    auto input = read_input(running, spec);
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
