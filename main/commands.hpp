#pragma once

#include "main/arguments.hpp"
#include "main/configuration.hpp"
#include "main/exit_status.hpp"
#include "main/interrupts.hpp"

#include <optional>
#include <string>

namespace dw {

namespace remote {

struct server_address;
class session;

} // namespace remote

/// What a command is run with.
struct command_context {
  const arguments& args;
  /// If a server does the work, all that is known is what its stages are
  /// called; see remote/requests.hpp.
  const configuration& config;
  interrupts& signals;
  /// Null if this process does the work.
  remote::session* server = nullptr;
};

/// Runs the command that the arguments name, and reports its errors.
exit_status run_command(const arguments& args, interrupts& signals);

// -- work_command.cpp ---------------------------------------------------------

/// deploy, rollback, start, stop, restart, remove and retire.
exit_status run_work_command(const command_context& x);

// -- login_command.cpp --------------------------------------------------------

exit_status run_login(const command_context& x);
exit_status run_logout(const command_context& x);

// -- commands that change nothing ---------------------------------------------

exit_status run_plan(const command_context& x);
exit_status run_status(const command_context& x);
exit_status run_logs(const command_context& x);
exit_status run_history(const command_context& x);
exit_status run_nodes(const command_context& x);
exit_status run_proxy_list(const command_context& x);
exit_status run_proxy_show(const command_context& x);
exit_status run_proxy_find(const command_context& x);
exit_status run_check(const command_context& x);
exit_status run_token_command(const command_context& x);
exit_status run_version(const arguments& args);
exit_status run_completion(const arguments& args);

// -- serve_command.cpp --------------------------------------------------------

/// Serves the HTTP API until a signal comes.
exit_status run_serve(const command_context& x);

// -- node_command.cpp ---------------------------------------------------------

/// Lets controllers deploy here until a signal comes.
exit_status run_node(const command_context& x);

// -- node_cert_command.cpp ----------------------------------------------------

exit_status run_node_cert(const arguments& args);

// -- shared by commands -------------------------------------------------------

/// The server that the command line, the environment or the configuration's
/// `client` names, if any of them does.
caf::expected<std::optional<remote::server_address>>
server_of(const arguments& args);

/// Prints an error, as JSON on standard output if that was asked for, else on
/// standard error.
/// @returns the status to end with.
exit_status report_error(const arguments& args, const caf::error& err);

} // namespace dw
