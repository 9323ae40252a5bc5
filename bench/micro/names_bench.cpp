// Names, references and domains.

#include "messages/naming.hpp"
#include "transports/image_reference.hpp"
#include "transports/npm_api.hpp"

#include <benchmark/benchmark.h>

namespace {

using namespace dw;

void container_names(benchmark::State& state) {
  for (auto _ : state)
    benchmark::DoNotOptimize(container_name("shop", "production", "v1.2.3"));
}
BENCHMARK(container_names);

void instance_ids(benchmark::State& state) {
  for (auto _ : state)
    benchmark::DoNotOptimize(make_instance_id());
}
BENCHMARK(instance_ids);

void image_references(benchmark::State& state) {
  const std::string text = "registry.example.com:5000/team/shop:v1.2.3";
  for (auto _ : state)
    benchmark::DoNotOptimize(parse_image_reference(text));
}
BENCHMARK(image_references);

void domains(benchmark::State& state) {
  for (auto _ : state)
    benchmark::DoNotOptimize(npm::normalize_domain("Shop.Example.Com"));
}
BENCHMARK(domains);

void international_domains(benchmark::State& state) {
  for (auto _ : state)
    benchmark::DoNotOptimize(npm::normalize_domain("bücher.example.com"));
}
BENCHMARK(international_domains);

} // namespace
