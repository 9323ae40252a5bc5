#include "main/scalar_kind.hpp"
#include "main/units.hpp"

#include <limits>
#include <utility>

namespace dw {

namespace {

// The engine refuses less than 6 MiB with a message about minimums.
constexpr uint64_t min_memory = uint64_t{6} << 20;
constexpr uint64_t max_memory = std::numeric_limits<int64_t>::max();

// The smallest share that the kernel's scheduler knows.
constexpr int64_t min_nano_cpus = 10'000'000;

std::string
range(const std::string& what, const std::string& min, const std::string& max) {
  return what + " from " + min + " to " + max;
}

template <class T>
value_kind<T> whole_number_kind(const std::string& name,
                                const std::string& expected, T min, T max) {
  auto parse
    = [min, max](const std::string& text, std::string&) -> std::optional<T> {
    auto x = parse_number(text);
    if (!x || std::cmp_less(*x, min) || std::cmp_greater(*x, max))
      return std::nullopt;
    return static_cast<T>(*x);
  };
  return scalar_kind<T>(name, expected, parse,
                        [](T x) { return std::to_string(x); });
}

} // namespace

value_kind<bool> flag_kind() {
  auto parse
    = [](const std::string& text, std::string&) -> std::optional<bool> {
    if (text == "true" || text == "True" || text == "TRUE")
      return true;
    if (text == "false" || text == "False" || text == "FALSE")
      return false;
    return std::nullopt;
  };
  return scalar_kind<bool>("true or false", "true or false", parse,
                           [](bool x) { return x ? "true" : "false"; });
}

value_kind<int64_t> number_kind() {
  return whole_number_kind<int64_t>("number", "a whole number", 0,
                                    std::numeric_limits<int64_t>::max());
}

value_kind<uint32_t> count_kind() {
  return whole_number_kind<uint32_t>("number", "a number from 0 to 100", 0,
                                     100);
}

value_kind<uint32_t> history_kind() {
  return whole_number_kind<uint32_t>("number", "a number from 1 to 100000", 1,
                                     100'000);
}

value_kind<uint16_t> port_kind() {
  auto result
    = whole_number_kind<uint16_t>("port", "a port from 1 to 65535", 1, 65535);
  result.show = [](uint16_t x) { return x == 0 ? "" : std::to_string(x); };
  return result;
}

value_kind<std::chrono::milliseconds>
duration_kind(std::chrono::milliseconds min, std::chrono::milliseconds max) {
  auto parse = [min, max](const std::string& text, std::string&) {
    auto x = parse_duration(text);
    return x && *x >= min && *x <= max ? x : std::nullopt;
  };
  auto expected = range("a duration such as 30s, 2m or 1h30m",
                        format_duration(min), format_duration(max));
  return scalar_kind<std::chrono::milliseconds>("duration", expected, parse,
                                                format_duration);
}

value_kind<std::chrono::seconds> seconds_kind(std::chrono::seconds max) {
  using std::chrono::seconds;
  auto parse
    = [max](const std::string& text, std::string&) -> std::optional<seconds> {
    auto x = parse_duration(text);
    if (!x || *x > max || *x % seconds{1} != seconds{0})
      return std::nullopt;
    return std::chrono::duration_cast<seconds>(*x);
  };
  auto expected
    = range("whole seconds such as 30s or 2m", "0s", format_duration(max));
  return scalar_kind<seconds>("duration", expected, parse,
                              [](seconds x) { return format_duration(x); });
}

value_kind<uint64_t> memory_kind() {
  auto parse = [](const std::string& text, std::string&) {
    auto x = parse_size(text);
    auto is_limit = x && *x >= min_memory && *x <= max_memory;
    return is_limit || x == uint64_t{0} ? x : std::nullopt;
  };
  return scalar_kind<uint64_t>(
    "size", "a size such as 256m or 1g, at least 6m, or 0 for no limit", parse,
    format_size);
}

value_kind<int64_t> cpus_kind() {
  auto parse = [](const std::string& text, std::string&) {
    auto x = parse_cpus(text);
    return x && (*x == 0 || *x >= min_nano_cpus) ? x : std::nullopt;
  };
  return scalar_kind<int64_t>(
    "CPUs", "a number of CPUs such as 0.5 or 2, or 0 for no limit", parse,
    format_cpus);
}

} // namespace dw
