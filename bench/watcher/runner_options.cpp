#include "bench/watcher/runner_options.hpp"

#include <CLI/CLI.hpp>

#include <cstdlib>

namespace dw::bench {

runner_options read_options(int argc, char** argv) {
  runner_options x;
  CLI::App app{"Deploys many stages by docker-watcher, embedded."};
  app.add_option("--engine", x.engines, "unix:///PATH or http://HOST:PORT")
    ->required();
  app.add_option("--npm", x.npm, "base of NPM's API without /api");
  app.add_option("--traffic", x.traffic, "where the proxy answers visitors");
  app.add_option("--deploys", x.deploys, "number of stages")
    ->check(CLI::PositiveNumber);
  app.add_option("--concurrency", x.concurrency, "deploys at a time")
    ->check(CLI::PositiveNumber);
  app.add_option("--image", x.image, "repository without a tag")->required();
  app.add_option("--tags", x.tags, "deployed one after the other")
    ->delimiter(',');
  app.add_option("--network", x.network, "of the containers");
  app.add_flag("--steps", x.steps, "tell how long each step took");
  app.add_flag("--start-again", x.start_again,
               "after the deploys, start all stages, which run already");
  app.add_option("--threads", x.threads, "of the scheduler; 0 for its default");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& err) {
    std::exit(app.exit(err) == 0 ? 0 : 2);
  }
  return x;
}

std::string environment(const char* name) {
  const auto* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

} // namespace dw::bench
