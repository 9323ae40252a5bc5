#include "bench/watcher/watcher_options.hpp"

#include "bench/common/command_line.hpp"

#include <CLI/CLI.hpp>

#include <iostream>

namespace dw::bench {

watcher_options read_options(int argc, char** argv) {
  watcher_options x;
  CLI::App app{"Deploys many stages by docker-watcher, embedded."};
  add_runner_options(app, x);
  app.add_flag("--steps", x.steps, "tell how long each step took");
  app.add_flag("--start-again", x.start_again,
               "after the deploys, start all stages, which run already");
  app.add_flag("--journal", x.journal, "record all work in a journal");
  app.add_option("--threads", x.threads, "of the scheduler; 0 for its default");
  parse_or_exit(app, argc, argv, std::cout);
  return x;
}

} // namespace dw::bench
