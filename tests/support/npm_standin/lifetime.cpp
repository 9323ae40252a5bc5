#include "tests/support/npm_standin/lifetime.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace npm_standin {

namespace {

constexpr millis second = 1000;
constexpr millis minute = 60 * second;
constexpr millis hour = 60 * minute;
constexpr millis day = 24 * hour;

struct unit {
  std::string_view name;
  /// To the library that signs; zero if it does not know the unit.
  millis signed_as;
  /// To the library that computes `expires`: either milliseconds ...
  millis shown_as;
  /// ... or calendar months.
  std::int64_t months;
};

constexpr std::array<unit, 9> units{{
  {"y", day * 1461 / 4, 0, 12},
  {"Q", 0, 0, 3},
  {"M", minute, 0, 1},
  {"w", 7 * day, 7 * day, 0},
  {"d", day, day, 0},
  {"h", hour, hour, 0},
  {"m", minute, minute, 0},
  {"s", second, second, 0},
  {"ms", 1, 1, 0},
}};

/// Beyond that many years the calendar of the real server gives up. It also
/// keeps all products here far from overflow.
constexpr std::int64_t last_year = 200'000;
constexpr millis longest = last_year * 365 * day;

std::optional<millis> end_of(const unit& of, std::int64_t count, millis from) {
  if (of.months > 0) {
    if (count > last_year * 12 / of.months)
      return std::nullopt;
    // The C++ calendar ends with year 32767; nobody looks that far ahead.
    constexpr std::int64_t calendar_months = 30'000L * 12;
    return add_months(from, std::min(count * of.months, calendar_months));
  }
  if (count > longest / of.shown_as)
    return std::nullopt;
  return from + count * of.shown_as;
}

} // namespace

std::optional<lifetime> parse_lifetime(std::string_view text, millis from) {
  if (text.empty())
    text = "1d";
  const auto digits
    = std::min(text.find_first_not_of("0123456789"), text.size());
  auto of = std::ranges::find(units, text.substr(digits), &unit::name);
  if (digits == 0 || of == units.end())
    return std::nullopt;
  std::int64_t count = 0;
  const auto* end = text.data() + digits;
  if (std::from_chars(text.data(), end, count).ec != std::errc{})
    count = longest;
  lifetime result{std::string{text}, std::nullopt, end_of(*of, count, from)};
  if (of->signed_as > 0)
    result.seconds
      = std::min(count, longest / of->signed_as) * of->signed_as / second;
  return result;
}

} // namespace npm_standin
