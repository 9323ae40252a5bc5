// The runner that only makes the exchanges; bench/README.md says what it does.

#include "bench/common/command_line.hpp"
#include "bench/common/runner_options.hpp"
#include "bench/peers/floor/deploy.hpp"
#include "bench/peers/floor/report.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <deque>
#include <exception>
#include <iostream>
#include <optional>
#include <random>

namespace {

using namespace dw::peer;
using dw::bench::runner_options;

class runner {
public:
  explicit runner(const runner_options& x)
    : options_{x}, loop_{connections_of(x)}, random_{std::random_device{}()} {
    for (const auto& url : x.engines)
      engines_.emplace_back(loop_, url, x.network);
    if (!x.npm.empty())
      npm_.emplace(loop_, x.npm, x.traffic);
  }

  /// @returns the report.
  std::string run() {
    connect();
    loop_.run(is_done_);
    report_.emplace(options_.deploys * options_.tags.size());
    auto workers = std::min(options_.concurrency, options_.deploys);
    while (exchanges_.size() < workers)
      exchanges_.emplace_back(loop_);
    auto begin = http_loop::clock::now();
    for (const auto& tag : options_.tags) {
      next_ = 0;
      begin_work(workers);
      for (auto& x : exchanges_)
        work(x, tag);
      loop_.run(is_done_);
    }
    return report_->to_json(http_loop::clock::now() - begin);
  }

private:
  // One per deploy that is under way, one of each for a visit that begins
  // while the last ends, and the streams.
  static long connections_of(const runner_options& x) {
    return static_cast<long>(2 * x.concurrency + x.engines.size());
  }

  void begin_work(size_t workers) {
    at_work_ = workers;
    is_done_ = false;
  }

  void end_work() {
    is_done_ = --at_work_ == 0;
  }

  detached connect() {
    begin_work(1);
    exchange x{loop_};
    try {
      for (auto& docker : engines_)
        co_await docker.connect(x);
      if (npm_)
        co_await npm_->login(x, options_.identity, options_.password);
    } catch (const std::exception& err) {
      loop_.fail(err.what());
    }
    end_work();
  }

  // One deploy after the other.
  detached work(exchange& x, const std::string& tag) {
    while (next_ < options_.deploys) {
      auto& docker = engines_[next_ % engines_.size()];
      auto what = make_deploy(next_++, tag);
      auto begin = http_loop::clock::now();
      try {
        co_await deploy(x, docker, npm_ ? &*npm_ : nullptr, what);
        report_->succeeded(http_loop::clock::now() - begin);
      } catch (const std::exception& err) {
        report_->failed(what, err.what());
      }
    }
    end_work();
  }

  deploy_data make_deploy(size_t number, const std::string& tag) {
    constexpr uint64_t twelve_digits = 0xffffffffffff;
    auto stage = fmt::format("s{:06}", number);
    return {.stage = stage,
            .domain = stage + ".bench.test",
            .tag = tag,
            .image = options_.image + ":" + tag,
            .instance = fmt::format("{:012x}", random_() & twelve_digits)};
  }

  const runner_options& options_;
  http_loop loop_;
  std::mt19937_64 random_;
  std::deque<engine> engines_;
  std::optional<proxy> npm_;
  std::deque<exchange> exchanges_;
  std::optional<report> report_;
  size_t next_ = 0;
  size_t at_work_ = 0;
  bool is_done_ = false;
};

// Standard output is for the report.
runner_options read_options(int argc, char** argv) {
  runner_options x;
  CLI::App app{"Makes the exchanges of deploys and nothing else."};
  dw::bench::add_runner_options(app, x);
  app.callback([&x] {
    if (!x.npm.empty() && x.traffic.empty())
      throw CLI::RequiredError{"--traffic"};
  });
  dw::bench::parse_or_exit(app, argc, argv, std::cerr);
  return x;
}

} // namespace

int main(int argc, char** argv) try {
  auto x = read_options(argc, argv);
  curl_global_init(CURL_GLOBAL_DEFAULT);
  std::cout << runner{x}.run() << '\n';
  return 0;
} catch (const std::exception& err) {
  std::cerr << "floor: " << err.what() << '\n';
  return 1;
}
