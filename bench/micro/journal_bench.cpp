// Appends to the journal: what one costs, by how many share a transaction.

#include "actors/journal_store.hpp"
#include "bench/common/temporary_directory.hpp"
#include "messages/error.hpp"

#include <benchmark/benchmark.h>

#include <stdexcept>
#include <string>
#include <vector>

namespace {

using namespace dw;

/// A journal on the disk of the temporary directory.
class temporary_journal {
public:
  void append(const std::vector<journal_entry>& entries) {
    if (auto err = store_.append(entries))
      throw std::runtime_error{render(err)};
  }

private:
  journal_store open() const {
    auto key = sealer::from_text(secret{std::string(64, 'a')}, "a benchmark");
    auto result
      = journal_store::open({directory_.path("journal.db")}, std::move(*key));
    if (!result)
      throw std::runtime_error{render(result.error())};
    return std::move(*result);
  }

  bench::temporary_directory directory_;
  journal_store store_ = open();
};

work_accepted accepted(uint64_t number) {
  work_accepted x;
  x.work.deploy_id = std::to_string(number);
  x.work.spec.project = "shop";
  x.work.spec.stage = "prod-" + std::to_string(number % 100);
  x.work.spec.image = "registry.example.com/shop";
  x.work.spec.tag = "v1.2.3";
  x.work.spec.env = {{"COLOR", secret{"blue"}}, {"MODE", secret{"fast"}}};
  x.work.spec.domains = {"shop.example.com"};
  return x;
}

/// All entries of a deploy, whose parts stand beside those of others: each
/// transaction has one entry of each.
void journal_of_a_deploy(benchmark::State& state) {
  temporary_journal journal;
  auto side_by_side = static_cast<uint64_t>(state.range(0));
  uint64_t number = 0;
  auto round = [&](auto make) {
    std::vector<journal_entry> entries;
    for (uint64_t i = 0; i < side_by_side; ++i)
      entries.push_back({make(number + i), caf::make_timestamp()});
    journal.append(entries);
  };
  for (auto _ : state) {
    round(accepted);
    for (auto phase = deploy_phase::pulling; phase <= deploy_phase::retiring;
         phase = static_cast<deploy_phase>(static_cast<int>(phase) + 1))
      round([&](uint64_t x) {
        return step_begun{std::to_string(x), phase, "v1.2.3", {}, {}, {}};
      });
    round([](uint64_t x) {
      deploy_report report;
      report.deploy_id = std::to_string(x);
      report.project = "shop";
      report.stage = "prod-" + std::to_string(x % 100);
      report.outcome = deploy_outcome::deployed;
      return work_finished{report};
    });
    number += side_by_side;
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(journal_of_a_deploy)->Arg(1)->Arg(16)->Arg(256);

void journal_appends(benchmark::State& state) {
  temporary_journal journal;
  uint64_t number = 0;
  for (auto _ : state) {
    std::vector<journal_entry> entries;
    for (int64_t i = 0; i < state.range(0); ++i)
      entries.push_back({accepted(++number), caf::make_timestamp()});
    journal.append(entries);
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(journal_appends)->Arg(1)->Arg(16)->Arg(256);

} // namespace
