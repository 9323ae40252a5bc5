#include "transports/npm_host_listing.hpp"

#include "messages/error.hpp"
#include "tests/support/npm_hosts.hpp"
#include "transports/npm_api.hpp"

#include <boost/test/unit_test.hpp>

using namespace dw;
using namespace dw::test;

namespace {

http_response answer(std::string body, int status = 200) {
  http_response result;
  result.operation = "list proxy hosts";
  result.peer = "Nginx Proxy Manager";
  result.status = status;
  result.body = std::move(body);
  return result;
}

struct fixture {
  std::vector<npm::listed_host_pointer> read(const std::string& body) {
    auto result = listing.read(answer(body));
    BOOST_REQUIRE(result);
    return std::move(*result);
  }

  std::vector<npm::listed_host_pointer>
  read(const std::vector<proxy_host>& hosts) {
    return read(to_json(hosts));
  }

  npm::host_listing listing;
  proxy_host a = make_host(1, {"a.test"}, mark("shop", "live", "0123456789ab"));
  proxy_host b = make_host(11, {"b.test", "B2.test."});
};

std::vector<proxy_host>
hosts_of(const std::vector<npm::listed_host_pointer>& listed) {
  std::vector<proxy_host> result;
  result.reserve(listed.size());
  for (const auto& x : listed)
    result.push_back(x->host);
  return result;
}

using host_vector = std::vector<proxy_host>;

} // namespace

BOOST_FIXTURE_TEST_SUITE(npm_host_listing_tests, fixture)

BOOST_AUTO_TEST_CASE(a_list_is_read_as_any_parser_of_lists_reads_it) {
  BOOST_TEST((hosts_of(read({a, b})) == host_vector{a, b}));
  BOOST_TEST(read("[]").empty());
  BOOST_TEST((hosts_of(read({b})) == host_vector{b}));
}

BOOST_AUTO_TEST_CASE(a_host_comes_with_what_it_is_looked_for_by) {
  auto found = read({a, b});
  BOOST_TEST(
    (found[1]->domains == std::vector<std::string>{"b.test", "b2.test"}));
  BOOST_TEST(!found[1]->owner);
  BOOST_REQUIRE(found[0]->owner);
  BOOST_TEST(found[0]->owner->stage == "live");
}

BOOST_AUTO_TEST_CASE(a_host_that_is_as_it_was_is_not_parsed_again) {
  auto before = read({a, b});
  auto changed = b;
  changed.target.port = 9090;
  auto after = read({a, changed});
  BOOST_TEST(after[0] == before[0]);
  BOOST_TEST((after[1]->host == changed));
}

BOOST_AUTO_TEST_CASE(hosts_may_come_and_go_and_change_places) {
  auto c = make_host(5, {"c.test"});
  auto before = read({a, b});
  auto after = read({b, c, a});
  BOOST_TEST((hosts_of(after) == host_vector{b, c, a}));
  BOOST_TEST(after[0] == before[1]);
  BOOST_TEST(after[2] == before[0]);
  BOOST_TEST((hosts_of(read({c})) == host_vector{c}));
  // What was gone is not taken from memory.
  BOOST_TEST(read({a})[0] != before[0]);
}

BOOST_AUTO_TEST_CASE(brackets_and_quotes_in_texts_are_no_ends) {
  a.advanced_config = R"(if ($x = "}]\") { return 444; } # ")";
  for (int i = 0; i < 2; ++i)
    BOOST_TEST((hosts_of(read({a, b})) == host_vector{a, b}));
}

BOOST_AUTO_TEST_CASE(a_list_that_is_written_differently_is_read_too) {
  auto text = " [ " + to_json(a) + " ,\n" + to_json(b) + "]\n";
  for (int i = 0; i < 2; ++i)
    BOOST_TEST((hosts_of(read(text)) == host_vector{a, b}));
  auto unnumbered = to_json(a);
  unnumbered.replace(0, 1, "{\"x\":1,");
  for (int i = 0; i < 2; ++i)
    BOOST_TEST((hosts_of(read("[" + unnumbered + "]")) == host_vector{a}));
}

BOOST_AUTO_TEST_CASE(a_list_that_is_cut_is_an_error_and_does_no_harm) {
  auto whole = to_json(std::vector{a, b});
  read(whole);
  for (size_t size = 0; size < whole.size(); ++size) {
    auto cut = answer(whole.substr(0, size));
    auto result = listing.read(cut);
    BOOST_REQUIRE(!result);
    BOOST_TEST((result.error() == npm::parse_host_list(cut).error()));
  }
  BOOST_TEST((hosts_of(read(whole)) == host_vector{a, b}));
}

BOOST_AUTO_TEST_CASE(what_is_no_list_of_hosts_is_an_error) {
  for (const auto* text : {"", "{}", "]", "[", "[,]", "[{}]", "[1]", "[null]",
                           "[[]]", "[\"}\"]", "[}]", R"([{"id":1}])"}) {
    auto reply = answer(text);
    auto result = listing.read(reply);
    BOOST_REQUIRE(!result);
    BOOST_TEST((result.error() == npm::parse_host_list(reply).error()));
  }
  auto pair = to_json(a) + to_json(b);
  BOOST_TEST(!listing.read(answer("[" + pair + "]")));
  BOOST_TEST(!listing.read(answer("[" + to_json(a) + ",]")));
  BOOST_TEST(!listing.read(answer("[" + to_json(a) + "]]")));
}

BOOST_AUTO_TEST_CASE(a_refusal_is_an_error_whatever_its_body) {
  auto refusal = answer(to_json(std::vector{a}), 500);
  auto result = listing.read(refusal);
  BOOST_REQUIRE(!result);
  BOOST_TEST((result.error() == npm::parse_host_list(refusal).error()));
}

BOOST_AUTO_TEST_SUITE_END()
