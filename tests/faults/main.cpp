// Plays the matrix of faults: every exchange of a deploy meets every fault.

#include "tests/faults/arena.hpp"
#include "tests/faults/matrix.hpp"

#include <CLI/CLI.hpp>

#include <atomic>
#include <iostream>
#include <thread>

using namespace dw::faults;

namespace {

struct options {
  uint64_t seed = 1;
  /// Zero for all.
  size_t sample = 0;
  size_t jobs = 3;
  std::vector<std::string> cells;
  bool is_list = false;
  bool is_verbose = false;
};

/// Plays cells, in the order in which they are given, on as many arenas as
/// there are jobs.
class player {
public:
  player(std::vector<cell> cells, const options& what)
    : cells_{std::move(cells)}, options_{what} {
    // nop
  }

  void play(size_t jobs) {
    std::vector<std::thread> threads;
    for (size_t i = 0; i < jobs; ++i)
      threads.emplace_back([this] { work(); });
    for (auto& x : threads)
      x.join();
  }

  std::vector<played_cell> result;

private:
  void work() {
    std::optional<arena> here;
    for (auto i = next_++; i < cells_.size(); i = next_++) {
      if (!here)
        here.emplace();
      played_cell played{cells_[i], here->run(cells_[i])};
      if (is_lost(played))
        here.reset(); // nobody knows what it left
      tell(std::move(played));
    }
  }

  void tell(played_cell x) {
    std::lock_guard guard{mutex_};
    if (is_lost(x))
      print_loss(std::cout, x, options_.seed);
    else if (options_.is_verbose)
      std::cout << name_of(x.what) << ": " << x.result.outcome << " after "
                << x.result.duration.count() << " ms" << '\n'
                << (x.result.told.empty() ? "" : "  " + x.result.told + "\n");
    std::cout << std::flush;
    result.push_back(std::move(x));
  }

  const std::vector<cell> cells_;
  const options& options_;
  std::atomic<size_t> next_{0};
  std::mutex mutex_;
};

options parse(int argc, char** argv) {
  options result;
  CLI::App app{"Plays the matrix of faults."};
  app.add_option("--seed", result.seed, "of what the faults leave open");
  app.add_option("--sample", result.sample, "play only so many cells");
  app.add_option("--jobs", result.jobs, "play so many at the same time")
    ->check(CLI::Range(1, 16));
  app.add_option("--cell", result.cells,
                 "play only cells with this in their name; may be repeated");
  app.add_flag("--list", result.is_list, "print the names of the cells");
  app.add_flag("--verbose", result.is_verbose, "tell of each cell");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& problem) {
    std::exit(app.exit(problem) == 0 ? 0 : 2);
  }
  return result;
}

std::vector<cell> chosen_cells(const options& from) {
  auto result = make_cells(arena{}.record(), from.seed);
  if (!from.cells.empty())
    std::erase_if(result, [&](const cell& x) {
      return std::none_of(from.cells.begin(), from.cells.end(),
                          [name = name_of(x)](const auto& y) {
                            return name.find(y) != std::string::npos;
                          });
    });
  if (from.sample > 0)
    result = choose_cells(std::move(result), from.sample, from.seed);
  return result;
}

std::vector<played_cell> play(std::vector<cell> cells, const options& how) {
  auto is_alone = [](const cell& x) { return concerns_all(x.what); };
  auto middle
    = std::stable_partition(cells.begin(), cells.end(), std::not_fn(is_alone));
  player together{{cells.begin(), middle}, how};
  together.play(how.jobs);
  player alone{{middle, cells.end()}, how};
  alone.play(1);
  auto result = std::move(together.result);
  std::move(alone.result.begin(), alone.result.end(),
            std::back_inserter(result));
  return result;
}

} // namespace

int main(int argc, char** argv) {
  auto how = parse(argc, argv);
  try {
    auto cells = chosen_cells(how);
    if (cells.empty())
      throw std::runtime_error{"no cell has such a name"};
    if (how.is_list) {
      for (const auto& x : cells)
        std::cout << name_of(x) << '\n';
      return 0;
    }
    auto played = play(std::move(cells), how);
    print_matrix(std::cout, played);
    auto is_fine = std::none_of(played.begin(), played.end(), is_lost);
    return is_fine ? 0 : 1;
  } catch (const std::exception& problem) {
    std::cerr << problem.what() << '\n';
    return 1;
  }
}
