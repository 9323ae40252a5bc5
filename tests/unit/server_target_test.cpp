#include "transports/server_target.hpp"

#include <boost/test/unit_test.hpp>

using namespace dw;

namespace {

using strings = std::vector<std::string>;
using parameters = std::vector<std::pair<std::string, std::string>>;

strings path_of(std::string_view target) {
  auto x = parse_target(target);
  BOOST_REQUIRE_MESSAGE(x, target);
  return x->path;
}

parameters query_of(std::string_view target) {
  auto x = parse_target(target);
  BOOST_REQUIRE_MESSAGE(x, target);
  return x->query;
}

} // namespace

BOOST_AUTO_TEST_SUITE(server_target_tests)

BOOST_AUTO_TEST_CASE(a_path_is_split_and_then_decoded) {
  BOOST_TEST((path_of("/") == strings{""}));
  BOOST_TEST((path_of("/v1/deploys") == strings{"v1", "deploys"}));
  BOOST_TEST((path_of("/a%2Fb/c%20d") == strings{"a/b", "c d"}));
  BOOST_TEST((path_of("/%2e%2E/x") == strings{"..", "x"}));
  BOOST_TEST((path_of("/a+b") == strings{"a+b"}));
  BOOST_TEST((path_of("/%C3%A9") == strings{"\xC3\xA9"}));
}

BOOST_AUTO_TEST_CASE(empty_segments_are_segments) {
  BOOST_TEST((path_of("//a") == strings{"", "a"}));
  BOOST_TEST((path_of("/a/") == strings{"a", ""}));
}

BOOST_AUTO_TEST_CASE(a_query_has_decoded_parameters_in_their_order) {
  BOOST_TEST((query_of("/x?b=1&a=2&b=3")
              == parameters{{"b", "1"}, {"a", "2"}, {"b", "3"}}));
  BOOST_TEST((query_of("/x?q=a%26b%3Dc+d") == parameters{{"q", "a&b=c d"}}));
  BOOST_TEST((query_of("/x?flag&e=&&x=a=b?")
              == parameters{{"flag", ""}, {"e", ""}, {"x", "a=b?"}}));
  BOOST_TEST(query_of("/x?").empty());
  BOOST_TEST((path_of("/x?a=/b") == strings{"x"}));
}

BOOST_AUTO_TEST_CASE(a_whole_url_is_a_target_too) {
  BOOST_TEST((path_of("http://example.com/a/b") == strings{"a", "b"}));
  BOOST_TEST((path_of("HTTPS://example.com") == strings{""}));
  BOOST_TEST((path_of("http://example.com?x=1") == strings{""}));
  BOOST_TEST((query_of("http://example.com?x=1") == parameters{{"x", "1"}}));
}

BOOST_AUTO_TEST_CASE(what_cannot_be_decoded_is_refused) {
  for (const auto* x : {"",
                        "*",
                        "a/b",
                        "?a=b",
                        "example.com:443",
                        "ftp://example.com/a",
                        "/a#b",
                        "/%",
                        "/%4",
                        "/%4/",
                        "/%zz",
                        "/%+4",
                        "/%-1",
                        "/%00",
                        "/a?%00",
                        "/a?b=%00",
                        "/a?%4=b",
                        "/%ff",
                        "/%C3",
                        "/?x=%C3%28",
                        "/%C3/%A9",
                        "/%C0%AF"})
    BOOST_TEST(!parse_target(x), x);
  BOOST_TEST(!parse_target(std::string_view{"/a\0b", 4}));
  BOOST_TEST(!parse_target(std::string_view{"/a?b=\0", 6}));
}

BOOST_AUTO_TEST_SUITE_END()
