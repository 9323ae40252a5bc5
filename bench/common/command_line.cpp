#include "bench/common/command_line.hpp"

#include <CLI/CLI.hpp>

#include <cstdlib>
#include <iostream>

namespace dw::bench {

void parse_or_exit(CLI::App& app, int argc, char** argv, std::ostream& help) {
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& err) {
    std::exit(app.exit(err, help, std::cerr) == 0 ? 0 : 2);
  }
}

} // namespace dw::bench
