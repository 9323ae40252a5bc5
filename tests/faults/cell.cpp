#include "tests/faults/cell.hpp"

#include <algorithm>
#include <random>
#include <tuple>

namespace dw::faults {

namespace {

constexpr int client_errors[] = {400, 401, 403, 404, 409, 422};
constexpr int server_errors[] = {500, 502, 503, 504};

using generator = std::mt19937_64;

generator dice_for(const std::string& name, uint64_t seed) {
  std::seed_seq seeds(name.begin(), name.end());
  std::array<uint32_t, 2> mixed{};
  seeds.generate(mixed.begin(), mixed.end());
  return generator{(uint64_t{mixed[0]} << 32 | mixed[1]) ^ seed};
}

// Distributions differ among libraries.
template <class Array>
int pick(const Array& from, generator& dice) {
  return from[dice() % std::size(from)];
}

void throw_dice(cell& x, uint64_t seed) {
  auto dice = dice_for(name_of(x), seed);
  x.is_done = dice() % 2 == 0;
  if (x.what.kind == fault_kind::status_4xx)
    x.status = pick(client_errors, dice);
  else if (x.what.kind == fault_kind::status_5xx)
    x.status = pick(server_errors, dice);
  else if (x.what.kind == fault_kind::status_429)
    x.status = 429;
}

} // namespace

std::string row_of(const cell& x) {
  return x.peer + ' ' + x.at.name + " #" + std::to_string(x.at.number);
}

std::string name_of(const cell& x) {
  return row_of(x) + ": " + to_string(x.what);
}

std::vector<cell> make_cells(const exchange_list& all, uint64_t seed) {
  std::vector<cell> result;
  for (const auto* peer : peers)
    for (const auto& at : all.at(peer))
      for (const auto& what : columns) {
        result.push_back({peer, at, what});
        throw_dice(result.back(), seed);
      }
  return result;
}

std::vector<cell>
choose_cells(std::vector<cell> all, size_t count, uint64_t seed) {
  generator dice{seed};
  for (size_t i = all.size(); i > 1; --i)
    std::swap(all[i - 1], all[dice() % i]);
  std::map<std::string, int> rows;
  std::map<std::string, int> chosen_columns;
  std::vector<cell> result;
  while (result.size() < count && !all.empty()) {
    auto next = std::min_element(
      all.begin(), all.end(), [&](const auto& x, const auto& y) {
        auto rank = [&](const cell& z) {
          return rows[row_of(z)] + chosen_columns[to_string(z.what)];
        };
        return rank(x) < rank(y);
      });
    ++rows[row_of(*next)];
    ++chosen_columns[to_string(next->what)];
    result.push_back(std::move(*next));
    all.erase(next);
  }
  return result;
}

} // namespace dw::faults
