#include "actors/semver.hpp"

#include <boost/test/unit_test.hpp>

using namespace dw;

namespace {

semver version(std::string_view text) {
  auto result = parse_semver(text);
  BOOST_REQUIRE_MESSAGE(result, text);
  return *result;
}

bool is_in(std::string_view range, std::string_view text) {
  std::string why;
  auto result = semver_range::parse(range, why);
  BOOST_REQUIRE_MESSAGE(result, range << ": " << why);
  return result->contains(version(text));
}

void check_range(std::string_view range,
                 const std::vector<std::string_view>& inside,
                 const std::vector<std::string_view>& outside) {
  for (auto x : inside)
    BOOST_TEST(is_in(range, x), x << " is not in " << range);
  for (auto x : outside)
    BOOST_TEST(!is_in(range, x), x << " is in " << range);
}

} // namespace

BOOST_AUTO_TEST_SUITE(semantic_versions)

BOOST_AUTO_TEST_CASE(versions_have_their_order) {
  // Each comes before all that follow it.
  const std::vector<std::string_view> rising{
    "0.0.0-0",
    "0.0.0",
    "0.0.9",
    "0.0.10",
    "0.1.0",
    "0.10.0",
    "1.0.0-0",
    "1.0.0-1",
    "1.0.0-2",
    "1.0.0-10",
    "1.0.0-18446744073709551616",
    "1.0.0-118446744073709551616",
    "1.0.0--",
    "1.0.0-1a",
    "1.0.0-Beta",
    "1.0.0-alpha",
    "1.0.0-alpha.1",
    "1.0.0-alpha.1.0",
    "1.0.0-alpha.beta",
    "1.0.0-beta",
    "1.0.0-beta.2",
    "1.0.0-beta.11",
    "1.0.0-beta.x",
    "1.0.0-beta-1",
    "1.0.0-rc.1",
    "1.0.0",
    "1.0.1-alpha",
    "1.2.3",
    "1.10.0",
    "2.0.0",
    "10.0.0",
    "18446744073709551614.0.0",
  };
  for (size_t i = 0; i < rising.size(); ++i)
    for (size_t j = 0; j < rising.size(); ++j) {
      auto order = version(rising[i]) <=> version(rising[j]);
      BOOST_TEST((order == (i <=> j)), rising[i] << " and " << rising[j]);
    }
}

BOOST_AUTO_TEST_CASE(build_metadata_has_no_part_in_the_order) {
  BOOST_TEST((version("1.0.0+a") == version("1.0.0+b.00.-")));
  BOOST_TEST((version("1.0.0-rc.1+a-b") == version("1.0.0-rc.1")));
}

BOOST_AUTO_TEST_CASE(what_is_no_version_is_refused) {
  for (const auto* text : {"",
                           "1",
                           "1.2",
                           "1.2.3.4",
                           "01.2.3",
                           "1.02.3",
                           "1.2.03",
                           "1.2.3-",
                           "1.2.3-a..b",
                           "1.2.3-01",
                           "1.2.3-a.01",
                           "1.2.3-a_b",
                           "1.2.3+",
                           "1.2.3+a..b",
                           "1.2.3+a+b",
                           "v1.2.3",
                           " 1.2.3",
                           "1.2.3 ",
                           "1.2.x",
                           "-1.2.3",
                           "a.b.c",
                           "1..3",
                           ".1.2",
                           "1.2.",
                           "latest",
                           "18446744073709551615.0.0",
                           "99999999999999999999.0.0",
                           "1.2.3-\xC3\xA4"})
    BOOST_TEST(!parse_semver(text), text);
  BOOST_TEST(!parse_semver(std::string_view{"1.2.3\0", 6}));
}

BOOST_AUTO_TEST_CASE(a_tag_may_begin_with_a_v) {
  BOOST_TEST((parse_version_tag("v1.2.3") == version("1.2.3")));
  BOOST_TEST((parse_version_tag("1.2.3-rc.1") == version("1.2.3-rc.1")));
  for (const auto* tag : {"v", "vv1.2.3", "V1.2.3", "version", ""})
    BOOST_TEST(!parse_version_tag(tag), tag);
}

BOOST_AUTO_TEST_CASE(a_range_has_what_all_its_comparisons_allow) {
  check_range(">=1.2 <2", {"1.2.0", "1.2.1", "1.10.0", "1.999.0"},
              {"1.1.9", "2.0.0", "0.9.0", "2.0.0-rc.1", "1.3.0-rc.1"});
  check_range(">1.2.3", {"1.2.4", "2.0.0"}, {"1.2.3", "1.2.2"});
  check_range(">1.2", {"1.3.0"}, {"1.2.0", "1.2.99"});
  check_range("<=1.2", {"1.2.99", "0.0.0"}, {"1.3.0"});
  check_range("<=1.2.3", {"1.2.3"}, {"1.2.4"});
  check_range("<1", {"0.9.9"}, {"1.0.0", "1.0.0-rc.1"});
  check_range("1.2.3", {"1.2.3", "1.2.3+build"}, {"1.2.4", "1.2.3-rc.1"});
  check_range("=1.2", {"1.2.0", "1.2.7"}, {"1.3.0", "1.1.0"});
  check_range("v1", {"1.0.0", "1.9.0"}, {"2.0.0", "0.9.0"});
  check_range("1.x", {"1.0.0", "1.9.0"}, {"2.0.0"});
  check_range("1.2.*", {"1.2.9"}, {"1.3.0"});
  check_range("*", {"0.0.0", "9.9.9"}, {"1.0.0-rc.1"});
  check_range(">= 1.2  < 2", {"1.2.0"}, {"2.0.0"});
}

BOOST_AUTO_TEST_CASE(tilde_and_caret_reach_so_far) {
  check_range("~1.2.3", {"1.2.3", "1.2.9"}, {"1.2.2", "1.3.0"});
  check_range("~1.2", {"1.2.0", "1.2.9"}, {"1.3.0"});
  check_range("~1", {"1.0.0", "1.9.0"}, {"2.0.0"});
  check_range("^1.2.3", {"1.2.3", "1.9.0"}, {"1.2.2", "2.0.0"});
  check_range("^0.2.3", {"0.2.3", "0.2.9"}, {"0.3.0", "0.2.2"});
  check_range("^0.0.3", {"0.0.3"}, {"0.0.4", "0.0.2"});
  check_range("^0.0", {"0.0.0", "0.0.9"}, {"0.1.0"});
  check_range("^0", {"0.0.0", "0.9.0"}, {"1.0.0"});
  check_range("^1", {"1.0.0", "1.9.0"}, {"2.0.0"});
}

BOOST_AUTO_TEST_CASE(one_of_several_ranges_is_enough) {
  check_range("^1.4 || >=3", {"1.4.0", "3.0.0", "7.0.0"}, {"1.3.0", "2.0.0"});
}

BOOST_AUTO_TEST_CASE(prereleases_are_in_a_range_that_names_them) {
  check_range(">=1.2.3-rc.2", {"1.2.3-rc.2", "1.2.3-rc.10", "1.2.3", "2.0.0"},
              {"1.2.3-rc.1", "1.2.4-rc.3", "1.2.3-beta"});
  check_range(">=1.2.3-0 <1.3", {"1.2.3-alpha"}, {"1.3.0-alpha"});
  check_range("^1.2.3-rc.1", {"1.2.3-rc.1", "1.5.0"},
              {"1.5.0-rc.1", "2.0.0-rc.1"});
  check_range(">=1.0.0-rc.1 <2 || ^3", {"1.0.0-rc.1"}, {"3.0.0-rc.1"});
}

BOOST_AUTO_TEST_CASE(what_is_no_range_is_refused) {
  for (const auto* text :
       {"",      " ",        "||",       "1 ||",
        "|| 1",  ">",        ">=",       "=>1",
        "><1",   "==1",      "!1",       "1.2.3.4",
        "1 - 2", ">=1,<2",   "latest",   "x.1",
        "1.x.2", "1.x-rc.1", "1.2-rc.1", "<*",
        ">x",    "~>1",      ">=1.2 <",  "18446744073709551615"}) {
    std::string why;
    BOOST_TEST(!semver_range::parse(text, why), text);
    BOOST_TEST(!why.empty(), text);
  }
}

BOOST_AUTO_TEST_SUITE_END()
