#pragma once

#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <string>

namespace CLI {
class App;
}

namespace dw::sim {

/// What both simulators may be told.
struct common_options {
  std::string profile = "zero";
  double fault_rate = 0;
  uint64_t seed = 1;
};

void add_common_options(CLI::App& app, common_options& x);

/// Prints the ready line, and runs the loop until a signal says to end, or
/// whoever started the program ends.
void run_until_told(boost::asio::io_context& loop, const std::string& ready);

} // namespace dw::sim
