#include "main/units.hpp"

#include <boost/test/unit_test.hpp>

#include <limits>
#include <string>
#include <utility>
#include <vector>

using namespace dw;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_CASE(durations_are_whole_numbers_with_units) {
  using ms = std::chrono::milliseconds;
  std::vector<std::pair<std::string, ms>> table{
    {"500ms", 500ms}, {"120s", 120s},
    {"2m", 2min},     {"1h30m", 90min},
    {"1d", 24h},      {"0", 0ms},
    {"0s", 0ms},      {"1h1m1s1ms", 3661001ms},
    {"007s", 7s},     {"36500d", 876000h},
  };
  for (const auto& [text, expected] : table) {
    auto x = parse_duration(text);
    BOOST_TEST_CONTEXT(text) {
      BOOST_REQUIRE(x);
      BOOST_TEST(x->count() == expected.count());
    }
  }
}

BOOST_AUTO_TEST_CASE(what_is_no_duration_is_refused) {
  for (const auto* text : {"",
                           "30",
                           "s",
                           "30 s",
                           " 30s",
                           "30s ",
                           "-1s",
                           "+1s",
                           "1.5s",
                           "1s1m",
                           "1s1s",
                           "1m30",
                           "1x",
                           "1S",
                           "m1",
                           "36501d",
                           "3153600000001ms",
                           "9223372036854775807ms",
                           "106751991168d",
                           "99999999999999999999s",
                           "9223372036854775s808ms"})
    BOOST_TEST(!parse_duration(text), "\"" << text << "\" was taken");
}

BOOST_AUTO_TEST_CASE(durations_are_written_as_they_are_read) {
  std::vector<std::pair<std::chrono::milliseconds, std::string>> table{
    {0ms, "0s"},      {500ms, "500ms"}, {30s, "30s"},
    {90min, "1h30m"}, {24h, "1d"},      {1001ms, "1s1ms"},
  };
  for (const auto& [x, text] : table) {
    BOOST_TEST(format_duration(x) == text);
    BOOST_TEST(parse_duration(text)->count() == x.count());
  }
}

BOOST_AUTO_TEST_CASE(sizes_are_powers_of_1024) {
  std::vector<std::pair<std::string, uint64_t>> table{
    {"0", 0},
    {"65536", 65536},
    {"10b", 10},
    {"512k", 512 * 1024},
    {"256m", uint64_t{256} << 20},
    {"256M", uint64_t{256} << 20},
    {"256mb", uint64_t{256} << 20},
    {"256MiB", uint64_t{256} << 20},
    {"1g", uint64_t{1} << 30},
    {"2t", uint64_t{2} << 40},
  };
  for (const auto& [text, expected] : table) {
    auto x = parse_size(text);
    BOOST_TEST_CONTEXT(text) {
      BOOST_REQUIRE(x);
      BOOST_TEST(*x == expected);
    }
  }
}

BOOST_AUTO_TEST_CASE(what_is_no_size_is_refused) {
  for (const auto* text : {"", "m", "1.5g", "-1", "1 m", "1mm", "1ib", "1x",
                           "18446744073709551616", "8388608t"})
    BOOST_TEST(!parse_size(text), "\"" << text << "\" was taken");
}

BOOST_AUTO_TEST_CASE(sizes_are_written_as_they_are_read) {
  BOOST_TEST(format_size(0) == "0");
  BOOST_TEST(format_size(1000) == "1000");
  BOOST_TEST(format_size(512 * 1024) == "512k");
  BOOST_TEST(format_size(uint64_t{3} << 30) == "3g");
}

BOOST_AUTO_TEST_CASE(cpus_are_decimals) {
  std::vector<std::pair<std::string, int64_t>> table{
    {"0", 0},
    {"2", 2'000'000'000},
    {"0.5", 500'000'000},
    {"1.25", 1'250'000'000},
    {"0.000000001", 1},
  };
  for (const auto& [text, expected] : table) {
    auto x = parse_cpus(text);
    BOOST_TEST_CONTEXT(text) {
      BOOST_REQUIRE(x);
      BOOST_TEST(*x == expected);
      BOOST_TEST(format_cpus(*x) == text);
    }
  }
}

BOOST_AUTO_TEST_CASE(what_is_no_number_of_cpus_is_refused) {
  for (const auto* text : {"", ".5", "1.", "-1", "1e3", "0,5", "1.5.5",
                           "0.0000000001", "9223372037", "inf"})
    BOOST_TEST(!parse_cpus(text), "\"" << text << "\" was taken");
}

BOOST_AUTO_TEST_CASE(numbers_are_digits_only) {
  BOOST_TEST(*parse_number("0") == 0u);
  BOOST_TEST(*parse_number("18446744073709551615")
             == std::numeric_limits<uint64_t>::max());
  for (const auto* text :
       {"", "-1", "+1", " 1", "1 ", "0x1", "1.0", "18446744073709551616"})
    BOOST_TEST(!parse_number(text), "\"" << text << "\" was taken");
}
