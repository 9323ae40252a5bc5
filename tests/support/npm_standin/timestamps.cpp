#include "tests/support/npm_standin/timestamps.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <ctime>

namespace npm_standin {

namespace {

constexpr millis per_second = 1000;

std::string format(const std::tm& at, const char* pattern) {
  std::array<char, 64> text{};
  auto size = std::strftime(text.data(), text.size(), pattern, &at);
  return {text.data(), size};
}

} // namespace

millis now() {
  using namespace std::chrono;
  auto since_epoch = system_clock::now().time_since_epoch();
  return duration_cast<milliseconds>(since_epoch).count();
}

std::string iso_time(millis x) {
  auto seconds = static_cast<std::time_t>(x / per_second);
  std::tm at{};
  ::gmtime_r(&seconds, &at);
  std::array<char, 8> fraction{};
  std::snprintf(fraction.data(), fraction.size(), ".%03dZ",
                static_cast<int>(x % per_second));
  return format(at, "%Y-%m-%dT%H:%M:%S") + fraction.data();
}

std::string local_time(millis x) {
  auto seconds = static_cast<std::time_t>(x / per_second);
  std::tm at{};
  ::localtime_r(&seconds, &at);
  return format(at, "%Y-%m-%d %H:%M:%S");
}

millis add_months(millis x, std::int64_t count) {
  using namespace std::chrono;
  const sys_time<milliseconds> at{milliseconds{x}};
  const auto midnight = floor<days>(at);
  const auto date = year_month_day{midnight};
  const auto month = date.year() / date.month() + months{count};
  const auto day = std::min(date.day(), (month / last).day());
  const sys_days result = month / day;
  return duration_cast<milliseconds>(
           (result + (at - midnight)).time_since_epoch())
    .count();
}

} // namespace npm_standin
