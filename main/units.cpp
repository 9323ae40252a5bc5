#include "main/units.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <limits>

namespace dw {

namespace {

struct unit {
  std::string_view suffix;
  uint64_t factor;
};

// Milliseconds, the largest first.
constexpr std::array<unit, 5> duration_units{{
  {"d", 86'400'000},
  {"h", 3'600'000},
  {"m", 60'000},
  {"s", 1'000},
  {"ms", 1},
}};

// Bytes, the largest first.
constexpr std::array<unit, 4> size_units{{
  {"t", uint64_t{1} << 40},
  {"g", uint64_t{1} << 30},
  {"m", uint64_t{1} << 20},
  {"k", uint64_t{1} << 10},
}};

// Clocks count nanoseconds: 64 bits have no more than 292 years of them, and
// times are added.
constexpr auto max_duration = uint64_t{36'500} * 86'400'000;

constexpr size_t cpu_decimals = 9;
constexpr int64_t one_cpu = 1'000'000'000;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// Cuts the longest prefix of `text` that satisfies `pred` off.
template <class Predicate>
std::string_view take_while(std::string_view& text, Predicate pred) {
  auto n = static_cast<size_t>(std::find_if_not(text.begin(), text.end(), pred)
                               - text.begin());
  auto result = text.substr(0, n);
  text.remove_prefix(n);
  return result;
}

std::optional<uint64_t> multiply(uint64_t x, uint64_t factor, uint64_t limit) {
  if (x > limit / factor)
    return std::nullopt;
  return x * factor;
}

std::string to_lower(std::string_view text) {
  std::string result{text};
  std::transform(result.begin(), result.end(), result.begin(),
                 [](unsigned char c) { return std::tolower(c); });
  return result;
}

} // namespace

std::optional<uint64_t> parse_number(std::string_view text) {
  uint64_t result = 0;
  const auto* end = text.data() + text.size();
  auto [stop, code] = std::from_chars(text.data(), end, result);
  if (text.empty() || code != std::errc{} || stop != end)
    return std::nullopt;
  return result;
}

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
  if (text == "0")
    return std::chrono::milliseconds{0};
  if (text.empty())
    return std::nullopt;
  uint64_t total = 0;
  const auto* next = duration_units.begin();
  while (!text.empty()) {
    auto number = parse_number(take_while(text, is_digit));
    auto suffix = take_while(text, [](char c) { return !is_digit(c); });
    const auto* found
      = std::find_if(next, duration_units.end(),
                     [suffix](const unit& x) { return x.suffix == suffix; });
    if (!number || found == duration_units.end())
      return std::nullopt;
    auto amount = multiply(*number, found->factor, max_duration);
    if (!amount || *amount > max_duration - total)
      return std::nullopt;
    total += *amount;
    next = found + 1;
  }
  return std::chrono::milliseconds{static_cast<int64_t>(total)};
}

std::string format_duration(std::chrono::milliseconds x) {
  auto rest = static_cast<uint64_t>(std::max<int64_t>(x.count(), 0));
  std::string result;
  for (const auto& unit : duration_units) {
    if (auto n = rest / unit.factor; n > 0)
      result += std::to_string(n).append(unit.suffix);
    rest %= unit.factor;
  }
  return result.empty() ? "0s" : result;
}

std::optional<uint64_t> parse_size(std::string_view text) {
  auto number = parse_number(take_while(text, is_digit));
  auto suffix = to_lower(text);
  if (!number || suffix.empty() || suffix == "b")
    return number;
  for (const auto& unit : size_units) {
    std::string name{unit.suffix};
    if (suffix == name || suffix == name + "b" || suffix == name + "ib")
      return multiply(*number, unit.factor,
                      std::numeric_limits<int64_t>::max());
  }
  return std::nullopt;
}

std::string format_size(uint64_t bytes) {
  for (const auto& unit : size_units)
    if (bytes >= unit.factor && bytes % unit.factor == 0)
      return std::to_string(bytes / unit.factor).append(unit.suffix);
  return std::to_string(bytes);
}

std::optional<int64_t> parse_cpus(std::string_view text) {
  auto whole = parse_number(take_while(text, is_digit));
  if (!whole || *whole > std::numeric_limits<int64_t>::max() / one_cpu - 1)
    return std::nullopt;
  auto result = static_cast<int64_t>(*whole) * one_cpu;
  if (text.empty())
    return result;
  if (text.front() != '.' || text.size() < 2 || text.size() > cpu_decimals + 1)
    return std::nullopt;
  std::string decimals{text.substr(1)};
  decimals.append(cpu_decimals - decimals.size(), '0');
  auto fraction = parse_number(decimals);
  if (!fraction)
    return std::nullopt;
  return result + static_cast<int64_t>(*fraction);
}

std::string format_cpus(int64_t nano_cpus) {
  auto result = std::to_string(nano_cpus / one_cpu);
  auto decimals = std::to_string(nano_cpus % one_cpu);
  decimals.insert(0, cpu_decimals - decimals.size(), '0');
  decimals.erase(decimals.find_last_not_of('0') + 1);
  return decimals.empty() ? result : result + "." + decimals;
}

} // namespace dw
