#include "bench/common/runner_options.hpp"

#include "bench/common/process.hpp"

#include <CLI/CLI.hpp>

namespace dw::bench {

void add_runner_options(CLI::App& app, runner_options& x) {
  x.identity = environment("BENCH_NPM_IDENTITY");
  x.password = environment("BENCH_NPM_PASSWORD");
  app.add_option("--engine", x.engines, "unix:///PATH or http://HOST:PORT")
    ->required();
  app.add_option("--npm", x.npm,
                 "base of the API without /api; empty for none");
  app.add_option("--traffic", x.traffic, "where the proxy answers visitors");
  app.add_option("--deploys", x.deploys, "number of stages")
    ->check(CLI::PositiveNumber);
  app.add_option("--concurrency", x.concurrency, "deploys at a time")
    ->check(CLI::PositiveNumber);
  app.add_option("--image", x.image, "repository without a tag")->required();
  app.add_option("--tags", x.tags, "deployed one after the other")
    ->delimiter(',');
  app.add_option("--network", x.network, "of the containers");
}

} // namespace dw::bench
