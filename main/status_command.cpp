#include "main/commands.hpp"
#include "main/container_text.hpp"
#include "main/json_lines.hpp"
#include "main/selected_stages.hpp"
#include "main/stage_members.hpp"
#include "main/stage_reader.hpp"
#include "main/terminal.hpp"
#include "main/with_session.hpp"
#include "messages/error.hpp"
#include "messages/naming.hpp"

#include <boost/algorithm/string/join.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <unistd.h>

namespace dw {

namespace {

void print_table(const std::vector<stage_member>& members,
                 const terminal& out) {
  size_t tags = 0;
  size_t names = 0;
  for (const auto& x : members) {
    tags = std::max(tags, tag_of(*x.container).size());
    names = std::max(names, x.container->name.size());
  }
  for (const auto& [role, x] : members) {
    auto is_up = is_running(*x);
    fmt::print("  {} {:<10}  {:<{}}  {:<{}}  {}\n",
               paint(out, is_up ? color::green : color::dim,
                     fmt::format("{:<8}", to_string(x->state))),
               role, printable(tag_of(*x)), tags, x->name, names,
               is_up ? boost::join(ports_of(*x), ", ") : printable(x->status));
  }
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

void print_stage(const arguments& args, const deploy_spec& spec,
                 const stage_state& state) {
  auto members = members_of(state);
  if (args.json) {
    if (state.problem)
      fmt::print("{}\n", lost_node_json(spec, state));
    for (const auto& [role, x] : members)
      fmt::print("{}\n", container_json(role, *x, state.node));
    for (const auto& host : state.hosts)
      fmt::print("{}\n", to_json(host));
    return;
  }
  auto out = inspect_terminal(STDOUT_FILENO);
  auto where = state.node.empty() ? "" : " on " + state.node;
  fmt::print("{}\n",
             paint(out, color::bold, spec.project + "/" + spec.stage + where));
  if (state.problem)
    fmt::print("  {}\n",
               paint(out, color::yellow,
                     "unknown: " + printable(first_line(state.problem))));
  else if (members.empty())
    fmt::print("  not deployed\n");
  print_table(members, out);
  for (const auto& host : state.hosts)
    for (const auto& domain : host.domains)
      fmt::print("  route    {} -> {}\n", printable(domain),
                 printable(describe_route(host, state.current)));
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
  auto states = with_session(x, [&](auto& running) {
    return read_stages(running, *specs);
  });
  if (!states)
    return report_error(x.args, states.error());
  for (size_t i = 0; i < specs->size(); ++i)
    for (const auto& state : (*states)[i])
      print_stage(x.args, (*specs)[i], state);
  return exit_status::done;
}

} // namespace dw
