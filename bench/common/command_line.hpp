#pragma once

#include <CLI/App.hpp>

#include <iosfwd>

namespace dw::bench {

/// Reads the command line. Ends the process with status 2 if the usage is
/// wrong, and with 0 after the help.
/// @param help Where the help goes; errors go to standard error.
void parse_or_exit(CLI::App& app, int argc, char** argv, std::ostream& help);

} // namespace dw::bench
