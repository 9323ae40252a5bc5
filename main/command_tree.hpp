#pragma once

#include "main/arguments.hpp"

#include <CLI/App.hpp>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace dw {

/// All commands and options, as CLI11 reads them.
/// @param out Receives what a command line says; must outlive the result.
std::unique_ptr<CLI::App> make_command_tree(arguments& out);

/// The commands below one, in the order of the help.
std::vector<const CLI::App*> all_subcommands(const CLI::App& command);

/// The innermost command that a command line has selected.
const CLI::App& selected_command(const CLI::App& tree);

/// The full name of a command, "docker-watcher proxy list".
std::string full_name(const CLI::App& command);

/// The usage of a command in one line, beginning with its full name.
std::string usage_of(const CLI::App& command);

/// Calls `f` for each command that can be run, in the order of the help.
void for_each_command(const CLI::App& tree,
                      const std::function<void(const CLI::App&)>& f);

} // namespace dw
