#include "bench/peers/floor/options.hpp"

#include <CLI/CLI.hpp>

#include <cstdlib>

namespace dw::peer {

namespace {

std::string variable(const char* name) {
  const auto* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

} // namespace

options read_options(int argc, char** argv) {
  options x;
  x.identity = variable("BENCH_NPM_IDENTITY");
  x.password = variable("BENCH_NPM_PASSWORD");
  CLI::App app{"Makes the exchanges of deploys and nothing else."};
  app.add_option("--engine", x.engines, "unix:///PATH or http://HOST:PORT")
    ->required();
  app.add_option("--npm", x.npm, "base of the API; empty for no proxy");
  app.add_option("--traffic", x.traffic, "base of the visitors' side");
  app.add_option("--deploys", x.deploys, "number of stages")
    ->check(CLI::PositiveNumber);
  app.add_option("--concurrency", x.concurrency, "deploys at a time")
    ->check(CLI::PositiveNumber);
  app.add_option("--image", x.image, "repository without a tag")->required();
  app.add_option("--tags", x.tags, "the second is a redeploy")->delimiter(',');
  app.add_option("--network", x.network, "of all containers");
  try {
    app.parse(argc, argv);
    if (!x.npm.empty() && x.traffic.empty())
      throw CLI::RequiredError{"--traffic"};
  } catch (const CLI::ParseError& err) {
    std::exit(app.exit(err, std::cerr, std::cerr) == 0 ? 0 : 2);
  }
  return x;
}

} // namespace dw::peer
