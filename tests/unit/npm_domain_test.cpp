#include "messages/error.hpp"
#include "transports/npm_api.hpp"

#include <boost/test/unit_test.hpp>

using namespace dw;

namespace {

std::string normal(const std::string& domain) {
  auto result = npm::normalize_domain(domain);
  return result ? *result : "refused";
}

proxy_host host_with(int64_t id, std::vector<std::string> domains) {
  proxy_host result;
  result.id = id;
  result.domains = std::move(domains);
  return result;
}

} // namespace

BOOST_AUTO_TEST_CASE(a_normal_name_stays_as_it_is) {
  for (const auto* name :
       {"app.example.test", "localhost", "a", "1.2.3.4", "xn--a-ecp.test",
        "a--b.test", "*.example.test", "x1-y2.z"})
    BOOST_TEST(normal(name) == name);
}

BOOST_AUTO_TEST_CASE(case_and_a_trailing_dot_do_not_matter) {
  BOOST_TEST(normal("APP.Example.Test") == "app.example.test");
  BOOST_TEST(normal("app.example.test.") == "app.example.test");
  BOOST_TEST(normal("*.Example.Test.") == "*.example.test");
}

BOOST_AUTO_TEST_CASE(names_beyond_ascii_become_punycode) {
  BOOST_TEST(normal("bücher.example") == "xn--bcher-kva.example");
  BOOST_TEST(normal("BÜCHER.example") == "xn--bcher-kva.example");
  BOOST_TEST(normal("*.bücher.example") == "*.xn--bcher-kva.example");
  // The same letter as two code points, and another full stop.
  BOOST_TEST(normal("bu\xCC\x88"
                    "cher.example")
             == "xn--bcher-kva.example");
  BOOST_TEST(normal("bücher。example。") == "xn--bcher-kva.example");
  BOOST_TEST(normal("straße.example") == "xn--strae-oqa.example");
}

BOOST_AUTO_TEST_CASE(what_is_no_host_name_is_refused) {
  for (const auto* name : {"",
                           ".",
                           "..",
                           "*",
                           "*.",
                           "*.*.test",
                           "a.*.test",
                           "*foo.test",
                           "foo.*",
                           ".example.test",
                           "a..b",
                           "_",
                           "my_app.test",
                           "-a.test",
                           "a-.test",
                           "http://a.test",
                           "a.test:80",
                           "a.test/x",
                           "~^a$",
                           "a b",
                           " a.test",
                           "a.test\n",
                           "a.test;",
                           "\"a\"",
                           "a,b",
                           "\xFF\xFE",
                           "*.a.*",
                           "a.test..",
                           "ü\x01.test"})
    BOOST_TEST(normal(name) == "refused", '"' << name << "\" is accepted");
  BOOST_TEST(normal(std::string("a\0b.test", 8)) == "refused");
}

BOOST_AUTO_TEST_CASE(labels_and_names_have_a_maximum_length) {
  std::string label(63, 'a');
  BOOST_TEST(normal(label + ".test") == label + ".test");
  BOOST_TEST(normal(label + "a.test") == "refused");
  auto longest = label + "." + label + "." + label + "." + std::string(61, 'b');
  BOOST_REQUIRE(longest.size() == 253u);
  BOOST_TEST(normal(longest) == longest);
  BOOST_TEST(normal(longest + ".") == longest);
  BOOST_TEST(normal(longest + "b") == "refused");
  BOOST_TEST(normal("*." + longest) == "refused");
  BOOST_TEST(normal(std::string(100'000, 'a')) == "refused");
}

BOOST_AUTO_TEST_CASE(a_refusal_names_the_domain_and_what_would_do) {
  auto result = npm::normalize_domain("http://a.test");
  BOOST_REQUIRE(!result);
  BOOST_TEST((code_of(result.error()) == errc::invalid_argument));
  auto context = failure_of(result.error());
  BOOST_TEST(context.object == "http://a.test");
  BOOST_TEST(context.hint.find("app.example.com") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_host_is_found_by_any_spelling_of_its_names) {
  std::vector<proxy_host> hosts{
    host_with(1, {"one.test", "Two.Test"}),
    host_with(2, {"bücher.example", "dotted.test."}),
    host_with(3, {"foo.*", "_"}),
  };
  auto id_by = [&hosts](const char* domain) -> int64_t {
    const auto* host = npm::find_by_domain(hosts, domain);
    return host == nullptr ? 0 : host->id;
  };
  BOOST_TEST(id_by("ONE.test") == 1);
  BOOST_TEST(id_by("two.test.") == 1);
  BOOST_TEST(id_by("xn--bcher-kva.example") == 2);
  BOOST_TEST(id_by("dotted.test") == 2);
  BOOST_TEST(id_by("FOO.*") == 3);
  BOOST_TEST(id_by("_") == 3);
  BOOST_TEST(id_by("test") == 0);
  BOOST_TEST(id_by("*.test") == 0);
  BOOST_TEST(id_by("") == 0);
}
