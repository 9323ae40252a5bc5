// engine-sim: many simulated Docker engines in one process. Its interface is
// described in bench/README.md.

#include "bench/common/command_line.hpp"
#include "bench/sim/control.hpp"
#include "bench/sim/engine.hpp"
#include "bench/sim/program.hpp"
#include "bench/sim/recording.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <exception>
#include <iostream>

namespace {

using namespace dw::sim;

struct options {
  common_options common;
  size_t engines = 1;
  std::string socket_dir;
  uint16_t tcp_port = 0;
};

class simulator {
public:
  explicit simulator(const options& x)
    : options_{x}, weather_{loop_, profile_of(x.common.profile),
                            x.common.fault_rate, x.common.seed},
      context_{weather_, {}, {}},
      server_{loop_, [this](const connection_ptr& to, const request& what,
                            size_t port) { handle(to, what, port); }} {
    for (size_t i = 0; i < x.engines; ++i)
      engines_.push_back(std::make_unique<engine>(context_, i));
  }

  void run() {
    std::vector<std::string> sockets;
    std::vector<std::string> ports;
    for (size_t i = 0; i < engines_.size(); ++i) {
      auto path = fmt::format("{}/engine-{}.sock", options_.socket_dir, i);
      server_.listen_unix(path, i);
      sockets.push_back(json_string("unix://" + path));
      if (options_.tcp_port == 0)
        continue;
      auto port = static_cast<uint16_t>(options_.tcp_port + i);
      server_.listen_tcp(port, i);
      ports.push_back(fmt::format("\"http://127.0.0.1:{}\"", port));
    }
    run_until_told(
      loop_,
      fmt::format(R"({{"ready":"engine-sim","engines":[{}],"tcp":[{}]}})",
                  fmt::join(sockets, ","), fmt::join(ports, ",")));
  }

private:
  void handle(const connection_ptr& to, const request& x, size_t port) {
    if (!x.path.starts_with("/_sim/"))
      engines_[port]->handle(to, x);
    else if (!control_faults(weather_, to, x))
      control(to, x, port);
  }

  void control(const connection_ptr& to, const request& x, size_t port) {
    if (x.path == "/_sim/statistics") {
      to->reply(200, control_headers, statistics());
    } else if (x.path == "/_sim/containers" && x.method == verb::get) {
      to->reply(200, control_headers, containers());
    } else if (x.path == "/_sim/containers" && x.method == verb::post) {
      if (engines_[port]->act(parameter_of(x.query, "id"),
                              parameter_of(x.query, "deed")))
        to->reply(204, {}, {});
      else
        refuse_control(to, "there is no such container or deed");
    } else if (x.path == "/_sim/restart" && x.method == verb::post) {
      engines_[port]->restart();
      to->reply(204, {}, {});
    } else if (x.path == "/_sim/reset" && x.method == verb::post) {
      reset();
      to->reply(204, {}, {});
    } else {
      to->reply(404, {}, {});
    }
  }

  void reset() {
    for (auto& x : engines_)
      x->reset();
    context_.ports.reset();
    context_.exchanges.clear();
    weather_.reset(options_.common.seed);
    server_.counts() = {0, server_.counts().open, server_.counts().open};
  }

  std::string statistics() {
    uint64_t total = 0;
    std::string kinds;
    for (const auto& [kind, count] : context_.exchanges) {
      total += count;
      kinds += fmt::format(",\"{}\":{}", kind, count);
    }
    size_t all = 0, running = 0, networks = 0, images = 0, streams = 0;
    for (const auto& x : engines_) {
      all += x->containers().size();
      for (const auto& [id, c] : x->containers())
        running += c->state == "running" ? 1 : 0;
      networks += x->networks();
      images += x->images();
      streams += x->streams();
    }
    const auto& counts = server_.counts();
    return fmt::format(
      R"({{"exchanges":{{"total":{}{}}},"faults":{},"held":{},"connections":)"
      R"({{"accepted":{},"open":{},"peak":{}}},"streams":{},)"
      R"("containers":{{"total":{},"running":{}}},"networks":{},"images":{}}})",
      total, kinds, weather_.faults(), weather_.held(), counts.accepted,
      counts.open, counts.peak, streams, all, running, networks, images);
  }

  std::string containers() {
    std::string result;
    for (size_t i = 0; i < engines_.size(); ++i)
      for (const auto& [id, c] : engines_[i]->containers())
        result += fmt::format(
          R"({}{{"engine":{},"id":"{}","name":{},"state":"{}","image":{},)"
          R"("labels":{},"port":{},"created":{}}})",
          result.empty() ? "[" : ",\n", i, c->id, json_string(c->name),
          c->state, json_string(c->image), c->labels_json, c->host_port,
          c->created);
    return result.empty() ? "[]" : result + "]";
  }

  options options_;
  boost::asio::io_context loop_{1};
  conditions weather_;
  engine_context context_;
  std::vector<std::unique_ptr<engine>> engines_;
  http_server server_;
};

} // namespace

int main(int argc, char** argv) try {
  options x;
  CLI::App app{"Many simulated Docker engines in one process."};
  app.add_option("--engines", x.engines, "how many")
    ->check(CLI::Range(1, 10'000))
    ->capture_default_str();
  app.add_option("--socket-dir", x.socket_dir, "where the sockets are made")
    ->required()
    ->check(CLI::ExistingDirectory);
  app.add_option("--tcp-port", x.tcp_port, "of the first engine; 0 for none");
  add_common_options(app, x.common);
  dw::bench::parse_or_exit(app, argc, argv, std::cout);
  simulator{x}.run();
  return 0;
} catch (const std::exception& err) {
  std::cerr << "engine-sim: " << err.what() << '\n';
  return 1;
}
