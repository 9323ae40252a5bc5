#include "main/commands.hpp"
#include "main/json_lines.hpp"
#include "main/session.hpp"
#include "main/stage_reader.hpp"
#include "main/terminal.hpp"
#include "messages/naming.hpp"

#include <fmt/format.h>

#include <unistd.h>

namespace dw {

namespace {

std::string tag_of(const container_summary& x) {
  auto i = x.labels.find(label::tag);
  return i == x.labels.end() ? "?" : i->second;
}

std::string ports_of(const container_summary& x) {
  std::string result;
  for (const auto& port : x.ports)
    if (port.host_port != 0)
      result += fmt::format("{}{}:{}->{}", result.empty() ? "" : ", ",
                            port.host_ip, port.host_port, port.container_port);
  return result;
}

// One container of a stage, and what part it plays.
void print_container(const arguments& args, const terminal& out,
                     const std::string& role, const container_summary& x) {
  if (args.json) {
    fmt::print("{}\n", json_line{"container"}
                         .add("project", x.project)
                         .add("stage", x.stage)
                         .add("role", role)
                         .add("id", x.id)
                         .add("name", x.name)
                         .add("tag", tag_of(x))
                         .add("image", x.image)
                         .add("state", to_string(x.state))
                         .add("status", x.status)
                         .add("instance_id", x.instance_id)
                         .add("ports", ports_of(x))
                         .str());
    return;
  }
  auto is_up = x.state == container_state::running;
  fmt::print("  {} {:<10} {:<20} {:<30} {}\n",
             paint(out, is_up ? color::green : color::dim,
                   fmt::format("{:<8}", to_string(x.state))),
             role, printable(tag_of(x)), x.name,
             is_up ? ports_of(x) : printable(x.status));
}

// Whether a host forwards to the container that serves.
std::string describe_route(const proxy_host& host,
                           const caf::optional<container_summary>& current) {
  auto result = fmt::format("{}:{}", host.target.host, host.target.port);
  if (!host.enabled)
    return result + ", disabled";
  if (host.nginx_online && !*host.nginx_online)
    return result + ", refused by nginx";
  if (!current)
    return result;
  for (const auto& port : current->ports)
    if (port.host_port == host.target.port)
      return result;
  if (host.target.host == instance_alias(current->name, current->instance_id))
    return result;
  return result + ", which is not where the container is";
}

void print_host(const arguments& args, const proxy_host& host,
                const caf::optional<container_summary>& current) {
  if (args.json) {
    fmt::print("{}\n", to_json(host));
    return;
  }
  for (const auto& domain : host.domains)
    fmt::print("  route    {} -> {}\n", printable(domain),
               printable(describe_route(host, current)));
}

} // namespace

exit_status run_status(const command_context& x) {
  auto specs = selected_stages(x.args, x.config, true);
  if (!specs)
    return report_error(x.args, specs.error());
  if (x.args.names) {
    for (const auto& spec : *specs)
      fmt::print("{}/{}\n", spec.project, spec.stage);
    return exit_status::done;
  }
  auto out = inspect_terminal(STDOUT_FILENO);
  session running{x.config};
  std::vector<exit_status> statuses;
  for (const auto& spec : *specs) {
    if (!x.args.json)
      fmt::print("{}\n",
                 paint(out, color::bold, spec.project + "/" + spec.stage));
    auto state = read_stage(running, spec);
    if (!state) {
      statuses.push_back(report_error(x.args, state.error()));
      continue;
    }
    if (state->current)
      print_container(x.args, out, "serves", *state->current);
    else if (!x.args.json)
      fmt::print("  not deployed\n");
    for (const auto& old : state->retired)
      print_container(
        x.args, out,
        old.state == container_state::running ? "retiring" : "kept", old);
    for (const auto& left : state->unfinished)
      print_container(x.args, out, "unfinished", left);
    for (const auto& host : state->hosts)
      print_host(x.args, host, state->current);
  }
  return gravest(statuses);
}

} // namespace dw
