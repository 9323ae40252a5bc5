#include "bench/sim/program.hpp"

#include "bench/common/process.hpp"

#include <CLI/CLI.hpp>
#include <boost/asio/signal_set.hpp>

#include <sys/prctl.h>

#include <csignal>
#include <iostream>

namespace dw::sim {

void add_common_options(CLI::App& app, common_options& x) {
  app.add_option("--profile", x.profile, "zero, measured or slow")
    ->check(CLI::IsMember({"zero", "measured", "slow"}))
    ->capture_default_str();
  app.add_option("--fault-rate", x.fault_rate, "share of changes that fail")
    ->check(CLI::Range(0., 1.))
    ->capture_default_str();
  app.add_option("--seed", x.seed, "of the pseudo-random choices")
    ->capture_default_str();
}

void run_until_told(boost::asio::io_context& loop, const std::string& ready) {
  bench::raise_file_limit();
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  std::signal(SIGPIPE, SIG_IGN);
  boost::asio::signal_set signals{loop, SIGINT, SIGTERM};
  signals.async_wait([&loop](const auto&, int) { loop.stop(); });
  std::cout << ready << std::endl;
  loop.run();
}

} // namespace dw::sim
