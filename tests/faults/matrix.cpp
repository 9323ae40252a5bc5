#include "tests/faults/matrix.hpp"

#include <algorithm>
#include <ostream>

namespace dw::faults {

namespace {

constexpr auto legend = R"(
  d  deployed
  u  failed; the old version serves, and nothing else is left
  t  failed; the report tells what is left, and the next deploy removed it
  r  the server refused to start and said why; then it deployed
  -  the exchange did not come about this time
  X  lost: something was not as was promised
)";

char symbol_of(const played_cell& x) {
  const auto& y = x.result;
  if (is_lost(x))
    return 'X';
  if (!y.has_happened)
    return '-';
  if (!y.refusal.empty())
    return 'r';
  if (y.outcome == "deployed")
    return 'd';
  return y.leftovers.empty() ? 'u' : 't';
}

std::string padded(std::string x, size_t width) {
  x.resize(std::max(width, x.size()), ' ');
  return x;
}

/// The names of the columns, written downwards.
void print_head(std::ostream& out, size_t indent) {
  size_t height = 0;
  for (const auto& x : columns)
    height = std::max(height, to_string(x).size());
  for (size_t line = 0; line < height; ++line) {
    out << std::string(indent, ' ');
    for (const auto& x : columns) {
      auto name = to_string(x);
      auto above = height - name.size();
      out << ' ' << (line < above ? ' ' : name[line - above]);
    }
    out << '\n';
  }
}

/// Rows in the order in which they first occur.
std::vector<std::string> rows_of(const std::vector<played_cell>& all) {
  std::vector<std::string> result;
  for (const auto& x : all)
    if (auto row = row_of(x.what);
        std::find(result.begin(), result.end(), row) == result.end())
      result.push_back(row);
  std::sort(result.begin(), result.end());
  return result;
}

} // namespace

bool is_lost(const played_cell& x) {
  return !x.result.problems.empty();
}

void print_matrix(std::ostream& out, const std::vector<played_cell>& all) {
  std::map<std::string, char> symbols;
  for (const auto& x : all)
    symbols[name_of(x.what)] = symbol_of(x);
  auto rows = rows_of(all);
  size_t width = 0;
  for (const auto& x : rows)
    width = std::max(width, x.size());
  print_head(out, width);
  for (const auto& row : rows) {
    out << padded(row, width);
    for (const auto& x : columns) {
      auto symbol = symbols.find(row + ": " + to_string(x));
      out << ' ' << (symbol == symbols.end() ? ' ' : symbol->second);
    }
    out << '\n';
  }
  size_t visits = 0;
  for (const auto& x : all)
    visits += x.result.visits;
  auto is_tried = [](const auto& x) { return x.result.has_happened; };
  out << legend << '\n'
      << std::count_if(all.begin(), all.end(), is_tried) << " cells tried, "
      << std::count_if(all.begin(), all.end(), is_lost) << " lost; " << visits
      << " requests of visitors\n";
}

void print_loss(std::ostream& out, const played_cell& x, uint64_t seed) {
  out << "LOST " << name_of(x.what) << '\n';
  for (const auto& problem : x.result.problems)
    out << "  " << problem << '\n';
  if (!x.result.told.empty())
    out << "  told: " << x.result.told << '\n';
  for (const auto& leftover : x.result.leftovers)
    out << "  left: " << leftover << '\n';
  out << "  again: scripts/faults --seed " << seed << " --cell '"
      << name_of(x.what) << "'\n";
}

} // namespace dw::faults
