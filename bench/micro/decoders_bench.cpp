// Streams and answers of the engine and of NPM, from bytes to values.

#include "bench/micro/recorded.hpp"
#include "transports/docker_api.hpp"
#include "transports/docker_streams.hpp"
#include "transports/npm_api.hpp"

#include <benchmark/benchmark.h>

namespace {

using namespace dw;
using namespace dw::bench;

void count_bytes(benchmark::State& state, size_t per_iteration) {
  state.SetBytesProcessed(static_cast<int64_t>(per_iteration)
                          * static_cast<int64_t>(state.iterations()));
}

void pull_stream(benchmark::State& state) {
  auto bytes = recorded_bytes("docker/pull-ok");
  for (auto _ : state) {
    docker::pull_decoder decoder{"demo/base:1"};
    benchmark::DoNotOptimize(decoder.feed(bytes));
    benchmark::DoNotOptimize(decoder.finish());
  }
  count_bytes(state, bytes.size());
}
BENCHMARK(pull_stream);

void event_stream(benchmark::State& state) {
  auto bytes = recorded_bytes("docker/events-stream-lifecycle");
  for (auto _ : state) {
    docker::event_decoder decoder;
    benchmark::DoNotOptimize(decoder.feed(bytes));
  }
  count_bytes(state, bytes.size());
}
BENCHMARK(event_stream);

void container_inspection(benchmark::State& state) {
  auto answer = answer_with(recorded_text("docker/container-inspect-running"));
  for (auto _ : state)
    benchmark::DoNotOptimize(docker::parse_container(answer));
  count_bytes(state, answer.body.size());
}
BENCHMARK(container_inspection);

void image_inspection(benchmark::State& state) {
  auto answer = answer_with(recorded_text("docker/image-inspect"));
  for (auto _ : state)
    benchmark::DoNotOptimize(docker::parse_image(answer));
  count_bytes(state, answer.body.size());
}
BENCHMARK(image_inspection);

void container_list(benchmark::State& state) {
  auto answer = answer_with(recorded_text("docker/containers-list-by-label"));
  for (auto _ : state)
    benchmark::DoNotOptimize(docker::parse_container_list(answer, {}));
  count_bytes(state, answer.body.size());
}
BENCHMARK(container_list);

void proxy_host_list(benchmark::State& state) {
  auto host = recorded_text("npm/030-proxy-get");
  std::string body = "[";
  for (int64_t i = 0; i < state.range(0); ++i)
    body += (i == 0 ? "" : ",") + host;
  auto answer = answer_with(body + "]");
  for (auto _ : state)
    benchmark::DoNotOptimize(npm::parse_host_list(answer));
  count_bytes(state, answer.body.size());
}
BENCHMARK(proxy_host_list)->Arg(10)->Arg(1000);

} // namespace
