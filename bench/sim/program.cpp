#include "bench/sim/program.hpp"

#include <CLI/CLI.hpp>
#include <boost/asio/signal_set.hpp>

#include <sys/prctl.h>
#include <sys/resource.h>

#include <csignal>
#include <iostream>

namespace dw::sim {

namespace {

// Each connection is one.
void raise_file_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
  }
}

} // namespace

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
  raise_file_limit();
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  std::signal(SIGPIPE, SIG_IGN);
  boost::asio::signal_set signals{loop, SIGINT, SIGTERM};
  signals.async_wait([&loop](const auto&, int) { loop.stop(); });
  std::cout << ready << std::endl;
  loop.run();
}

} // namespace dw::sim
