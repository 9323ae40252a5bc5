// Round trips: between actors, and of HTTP exchanges with a simulated engine,
// which is another process and does not count.

#include "actors/scheduling.hpp"
#include "actors/service_factory.hpp"
#include "actors/supervised.hpp"
#include "bench/common/temporary_directory.hpp"
#include "transports/http_client.hpp"

#include <benchmark/benchmark.h>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scoped_actor.hpp>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <future>
#include <stdexcept>
#include <string>

namespace {

using namespace dw;

/// An engine-sim with one engine, for as long as this lives.
class simulated_engine {
public:
  simulated_engine() {
    std::array<int, 2> pipe{};
    if (::pipe2(pipe.data(), O_CLOEXEC) != 0)
      throw std::runtime_error{"cannot make a pipe"};
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_adddup2(&files, pipe[1], STDOUT_FILENO);
    std::array<const char*, 4> words{"engine-sim", "--socket-dir",
                                     directory_.path().c_str(), nullptr};
    auto failed = posix_spawn(&child_, DW_ENGINE_SIM, &files, nullptr,
                              const_cast<char**>(words.data()), environ);
    posix_spawn_file_actions_destroy(&files);
    close(pipe[1]);
    char ready = 0;
    if (failed != 0 || ::read(pipe[0], &ready, 1) != 1)
      throw std::runtime_error{"engine-sim does not start"};
    close(pipe[0]);
  }

  ~simulated_engine() {
    kill(child_, SIGTERM);
    waitpid(child_, nullptr, 0);
  }

  simulated_engine(const simulated_engine&) = delete;
  simulated_engine& operator=(const simulated_engine&) = delete;

  std::string socket() const {
    return directory_.path("engine-0.sock");
  }

private:
  bench::temporary_directory directory_;
  pid_t child_ = 0;
};

const simulated_engine& engine() {
  static const simulated_engine result;
  return result;
}

http_request ping() {
  http_request result;
  result.origin.base_url = "http://docker";
  result.origin.socket_path = engine().socket();
  result.target = "/_ping";
  return result;
}

/// Lets a thread wait until so many exchanges have ended.
class countdown final : public http_observer {
public:
  explicit countdown(size_t count) : left_{count} {
    // nop
  }

  void on_reports(std::vector<http_report> batch) override {
    if ((left_ -= batch.size()) == 0)
      done_.set_value();
  }

  void wait() {
    done_.get_future().wait();
  }

private:
  size_t left_;
  std::promise<void> done_;
};

// -- the loop alone -----------------------------------------------------------

void loop_exchange(benchmark::State& state) {
  http_loop loop;
  auto count = static_cast<size_t>(state.range(0));
  uint64_t id = 0;
  for (auto _ : state) {
    auto observer = std::make_shared<countdown>(count);
    for (size_t i = 0; i < count; ++i)
      loop.start(++id, ping(), false, observer);
    observer->wait();
  }
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations())
                          * state.range(0));
}
BENCHMARK(loop_exchange)->Arg(1)->Arg(32)->MeasureProcessCPUTime();

// -- actors -------------------------------------------------------------------

/// An actor system as the program has it.
class actors {
public:
  actors() {
    configure_scheduler(config_);
    add_message_types(config_);
    system_ = std::make_unique<caf::actor_system>(config_);
  }

  caf::actor_system& system() {
    return *system_;
  }

private:
  caf::actor_system_config config_;
  std::unique_ptr<caf::actor_system> system_;
};

using echo_actor = caf::typed_actor<caf::replies_to<cancel>::with<done>>;

echo_actor spawn_echo(caf::actor_system& sys) {
  return sys.spawn([](echo_actor::pointer) -> echo_actor::behavior_type {
    return {[](const cancel&) { return done{}; }};
  });
}

/// @param per_iteration Requests that are under way at the same time.
template <class T, class Handle, class Make>
void ask(benchmark::State& state, caf::actor_system& sys, const Handle& whom,
         Make make) {
  caf::scoped_actor self{sys};
  auto failed = false;
  for (auto _ : state) {
    std::vector<decltype(self->request(whom, caf::infinite, make()))> open;
    for (int64_t i = 0; i < state.range(0); ++i)
      open.push_back(self->request(whom, caf::infinite, make()));
    for (auto& x : open)
      x.receive([](const T&) {}, [&](const caf::error&) { failed = true; });
  }
  if (failed)
    state.SkipWithError("a request failed");
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations())
                          * state.range(0));
}

void actor_round_trip(benchmark::State& state) {
  actors all;
  ask<done>(state, all.system(), spawn_echo(all.system()),
            [] { return cancel{}; });
}
BENCHMARK(actor_round_trip)->Arg(1)->Arg(32)->MeasureProcessCPUTime();

void supervised_round_trip(benchmark::State& state) {
  actors all;
  auto echo = spawn_supervised<echo_actor>(all.system(), "echo", spawn_echo);
  ask<done>(state, all.system(), echo, [] { return cancel{}; });
  caf::anon_send_exit(echo, caf::exit_reason::user_shutdown);
}
BENCHMARK(supervised_round_trip)->Arg(1)->Arg(32)->MeasureProcessCPUTime();

void client_exchange(benchmark::State& state) {
  actors all;
  auto client = spawn_http_client(all.system(), std::make_shared<http_loop>());
  ask<http_response>(state, all.system(), client, ping);
}
BENCHMARK(client_exchange)->Arg(1)->Arg(32)->MeasureProcessCPUTime();

void service_exchange(benchmark::State& state) {
  actors all;
  service_settings settings;
  settings.engine.origin = ping().origin;
  service_set services{all.system(), settings};
  ask<std::vector<container_summary>>(state, all.system(),
                                      services.handles().containers,
                                      [] { return list_containers{}; });
}
BENCHMARK(service_exchange)->Arg(1)->Arg(32)->MeasureProcessCPUTime();

} // namespace
