#include "main/problems.hpp"

#include "main/shown_text.hpp"

#include <algorithm>
#include <numeric>
#include <tuple>

namespace dw {

namespace {

bool is_plain_key_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
         || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '<';
}

// The number of insertions, deletions and changes from `a` to `b`.
size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    auto diagonal = row[0];
    row[0] = i;
    for (size_t k = 1; k <= b.size(); ++k) {
      auto change = diagonal + (a[i - 1] == b[k - 1] ? 0 : 1);
      diagonal = row[k];
      row[k] = std::min({change, row[k] + 1, row[k - 1] + 1});
    }
  }
  return row.back();
}

} // namespace

problem_list::problem_list(std::string file) : file_{std::move(file)} {
  // nop
}

void problem_list::add(text_position at, std::string_view key,
                       std::string_view text) {
  auto line = file_ + ":";
  if (at.line > 0) {
    line += std::to_string(at.line) + ":";
    line += std::to_string(at.column) + ":";
  }
  if (!key.empty())
    line.append(" ").append(key).append(":");
  line.append(" ").append(text);
  problems_.push_back({at, std::move(line)});
}

std::string problem_list::to_string() const {
  auto sorted = problems_;
  std::sort(sorted.begin(), sorted.end(),
            [](const problem& a, const problem& b) {
              return std::tie(a.at, a.text) < std::tie(b.at, b.text);
            });
  // What a project says wrongly is wrong for each of its stages.
  auto same = [](const problem& a, const problem& b) {
    return a.at == b.at && a.text == b.text;
  };
  sorted.erase(std::unique(sorted.begin(), sorted.end(), same), sorted.end());
  std::string result;
  for (const auto& x : sorted) {
    if (!result.empty())
      result += '\n';
    result += x.text;
  }
  return result;
}

std::string in_quotes(std::string_view text) {
  return "\"" + shown(text) + "\"";
}

std::string join_key(std::string_view path, std::string_view key) {
  auto is_plain
    = !key.empty() && std::all_of(key.begin(), key.end(), is_plain_key_char);
  std::string result{path};
  if (!result.empty())
    result += '.';
  return result + (is_plain ? std::string{key} : in_quotes(key));
}

std::string
closest(std::string_view text, const std::vector<std::string>& candidates) {
  // One typing mistake in three letters, at most three.
  auto best = std::min<size_t>(3, std::max<size_t>(1, text.size() / 3)) + 1;
  std::string result;
  for (const auto& x : candidates) {
    if (x.size() > text.size() + best || text.size() > x.size() + best)
      continue;
    if (auto distance = edit_distance(text, x); distance < best) {
      best = distance;
      result = x;
    }
  }
  if (!result.empty() || text.size() < 3)
    return result;
  // "environment" for "env", "vol" for "volumes".
  for (const auto& x : candidates)
    if (x.size() > 2 && (text.starts_with(x) || x.starts_with(text)))
      return x;
  return result;
}

} // namespace dw
