#include "tests/support/npm_standin/faults.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace npm_standin {

namespace {

bool matches(std::string_view pattern, std::string_view text) {
  if (pattern.ends_with('*'))
    return text.starts_with(pattern.substr(0, pattern.size() - 1));
  return pattern == text;
}

} // namespace

void fault_plan::add(fault what) {
  const std::lock_guard guard{mutex_};
  faults_.push_back(std::move(what));
}

void fault_plan::clear() {
  const std::lock_guard guard{mutex_};
  faults_.clear();
}

std::optional<fault>
fault_plan::take(const std::string& method, const std::string& path) {
  const std::lock_guard guard{mutex_};
  auto i = std::ranges::find_if(faults_, [&](const fault& x) {
    return matches(x.method, method) && matches(x.path, path);
  });
  if (i == faults_.end())
    return std::nullopt;
  auto result = *i;
  if (i->times > 0 && --i->times == 0)
    faults_.erase(i);
  return result;
}

} // namespace npm_standin
