#include "main/commands.hpp"

#include "main/json_lines.hpp"
#include "main/remote/reading.hpp"
#include "main/session.hpp"
#include "main/terminal.hpp"
#include "messages/error.hpp"

#include <fmt/format.h>

#include <unistd.h>

#include <cstdio>
#include <map>
#include <optional>
#include <utility>

namespace dw {

exit_status report_error(const arguments& args, const caf::error& err) {
  if (args.json) {
    fmt::print("{}\n", to_json(err));
  } else {
    std::fflush(stdout); // what was printed before belongs before it
    fmt::print(stderr, "{} {}\n",
               paint(inspect_terminal(STDERR_FILENO), color::red,
                     "docker-watcher:"),
               printable(render(err)));
  }
  return status_of(err);
}

caf::expected<std::optional<remote::server_address>>
server_of(const arguments& args) {
  auto env = process_environment();
  auto settings = load_client_settings(args.configuration, env);
  if (!settings)
    return std::move(settings.error());
  return remote::find_server(args, *settings, env);
}

namespace {

using command = exit_status (*)(const command_context&);

struct command_entry {
  command run = run_work_command;
  /// A server can do it.
  bool is_for_servers = true;
  /// It needs to know the stages.
  bool needs_stages = true;
  /// It is about this machine, which may be a node and have no stages.
  bool is_local = false;
};

command_entry entry_of(const std::string& name) {
  static const std::map<std::string, command_entry> table{
    {"plan", {run_plan}},
    {"status", {run_status}},
    {"logs", {run_logs}},
    {"history", {run_history, true, false}},
    {"proxy list", {run_proxy_list, true, false}},
    {"proxy show", {run_proxy_show, true, false}},
    {"proxy find", {run_proxy_find, true, false}},
    {"nodes", {run_nodes, false}},
    {"login", {run_login, false, true, true}},
    {"logout", {run_logout, false, true, true}},
    {"check", {run_check, false}},
    {"serve", {run_serve, false}},
    {"node", {run_node, false, true, true}},
    {"token create", {run_token_command, false, true, true}},
    {"token list", {run_token_command, false, true, true}},
    {"token revoke", {run_token_command, false, true, true}},
  };
  auto i = table.find(name);
  return i == table.end() ? command_entry{} : i->second;
}

exit_status run_here(const arguments& args, interrupts& signals,
                     const command_entry& entry) {
  auto load = args.of_proxy    ? load_proxy_address
              : entry.is_local ? load_node_configuration
                               : load_configuration;
  auto config = load(args.configuration, process_environment());
  caf::error problem;
  if (config) {
    try {
      return entry.run({args, *config, signals});
    } catch (const session_failure& x) {
      problem = x.reason;
    }
  } else {
    problem = config.error();
  }
  report_error(args, problem);
  return exit_status::usage;
}

exit_status
run_at_server(const arguments& args, interrupts& signals,
              const command_entry& entry, remote::server_address server) {
  configuration config;
  config.path = "the server at " + server.display;
  remote::session running{std::move(server)};
  if (entry.needs_stages) {
    auto stages = remote::read_configured_stages(running);
    if (!stages)
      return report_error(args, stages.error());
    config.stages = std::move(*stages);
  }
  return entry.run({args, config, signals, &running});
}

} // namespace

exit_status run_command(const arguments& args, interrupts& signals) {
  if (args.command == "version")
    return run_version(args);
  if (args.command == "completion")
    return run_completion(args);
  if (args.command == "node cert")
    return run_node_cert(args);
  auto entry = entry_of(args.command);
  if (!entry.is_for_servers)
    return run_here(args, signals, entry);
  auto server = server_of(args);
  if (!server) {
    report_error(args, server.error());
    return exit_status::usage;
  }
  if (!*server)
    return run_here(args, signals, entry);
  return run_at_server(args, signals, entry, std::move(**server));
}

} // namespace dw
