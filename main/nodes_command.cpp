#include "main/commands.hpp"
#include "main/json_lines.hpp"
#include "main/session.hpp"
#include "main/terminal.hpp"
#include "messages/error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <unistd.h>

namespace dw {

namespace {

void print_nodes(const std::vector<node_status>& nodes) {
  size_t names = 0;
  size_t addresses = 0;
  for (const auto& x : nodes) {
    names = std::max(names, x.name.size());
    addresses = std::max(addresses, x.address.size());
  }
  auto out = inspect_terminal(STDOUT_FILENO);
  for (const auto& x : nodes) {
    auto is_there = x.state == node_state::connected;
    auto text = is_there ? "release " + x.version : first_line(x.problem);
    fmt::print("{:<{}}  {:<{}}  {}  {}\n", x.name, names, x.address, addresses,
               paint(out, is_there ? color::green : color::red,
                     fmt::format("{:<10}", to_string(x.state))),
               printable(text));
  }
}

} // namespace

exit_status run_nodes(const command_context& x) {
  session running{x.config};
  std::vector<node_status> nodes;
  std::vector<exit_status> statuses;
  for (const auto& [name, service] : running.svc().nodes) {
    auto status = running.ask<node_status>(service.link, ask_node{});
    if (!status)
      return report_error(x.args, status.error());
    if (status->problem)
      statuses.push_back(status_of(status->problem));
    nodes.push_back(std::move(*status));
  }
  if (!x.args.json)
    print_nodes(nodes);
  else
    for (const auto& node : nodes)
      fmt::print("{}\n", to_json(node));
  return gravest(statuses);
}

} // namespace dw
