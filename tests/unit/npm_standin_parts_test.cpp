#include "tests/support/npm_standin/encoding.hpp"
#include "tests/support/npm_standin/json.hpp"
#include "tests/support/npm_standin/nginx_config.hpp"
#include "tests/support/npm_standin/proxy_hosts.hpp"
#include "tests/support/npm_standin/timestamps.hpp"
#include "tests/support/npm_standin/totp.hpp"

#include <boost/test/unit_test.hpp>

using namespace npm_standin;

// -- encoding -----------------------------------------------------------------

BOOST_AUTO_TEST_CASE(base32_and_base64url_survive_the_round_trip) {
  for (const std::string text :
       {"", "f", "fo", "foo", "foob", "fooba", "\xff"}) {
    BOOST_TEST(from_base32(base32(text)) == text);
    BOOST_TEST(from_base64url(base64url(text)) == text);
  }
  BOOST_TEST(base32("foobar") == "MZXW6YTBOI");
  BOOST_TEST(base64url("\xff\xfe\xfd\xfc") == "__79_A");
}

BOOST_AUTO_TEST_CASE(broken_base64url_does_no_harm) {
  for (const auto* text : {"a", "é", "a=b", "====", "aaaaa"})
    BOOST_TEST(from_base64url(text).size() < 5u, text);
}

BOOST_AUTO_TEST_CASE(queries_are_decoded_and_broken_escapes_are_kept) {
  BOOST_TEST(url_decode("a%20b+c%2f") == "a b c/");
  BOOST_TEST(url_decode("%zz%4") == "%zz%4");
}

// The last six digits of the vectors of RFC 6238, appendix B.
BOOST_AUTO_TEST_CASE(one_time_passwords_are_those_of_the_standard) {
  const auto secret = base32("12345678901234567890");
  BOOST_TEST(totp(secret, 59'000) == "287082");
  BOOST_TEST(totp(secret, 1111111109'000) == "081804");
  BOOST_TEST(totp(secret, 20000000000'000) == "353130");
}

// -- dates --------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(months_are_cut_to_their_length) {
  const millis last_of_january = 1'769'860'800'123; // 2026-01-31T12:00:00.123Z
  BOOST_TEST(iso_time(last_of_january) == "2026-01-31T12:00:00.123Z");
  BOOST_TEST(iso_time(add_months(last_of_january, 1))
             == "2026-02-28T12:00:00.123Z");
  BOOST_TEST(iso_time(add_months(last_of_january, 12))
             == "2027-01-31T12:00:00.123Z");
}

// -- JSON ---------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(json_comes_out_as_it_went_in) {
  for (const std::string text :
       {R"({"b":[1,-2,3.5,true,null,"ü\n"],"a":{}})", "[]", "\"\"", "0"})
    BOOST_TEST(json::parse(text).value().dump() == text);
  for (const auto* text : {"", "{", "[1,]", "{\"a\":1}x", "\"\xff\"", "nul"})
    BOOST_TEST(!json::parse(text).has_value(), text);
}

BOOST_AUTO_TEST_CASE(json_nests_to_a_limit) {
  BOOST_TEST(
    json::parse(std::string(100, '[') + std::string(100, ']')).has_value());
  BOOST_TEST(
    !json::parse(std::string(101, '[') + std::string(101, ']')).has_value());
}

BOOST_AUTO_TEST_CASE(the_last_of_equal_names_counts) {
  BOOST_TEST(json::parse(R"({"a":1,"a":2})")->dump() == R"({"a":2})");
}

// -- hosts --------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(like_knows_both_wildcards) {
  BOOST_TEST(is_like("", ""));
  BOOST_TEST(is_like("", "%"));
  BOOST_TEST(is_like("abc", "%B%"));
  BOOST_TEST(is_like("abc", "a_c"));
  BOOST_TEST(is_like("a%c", "a%c"));
  BOOST_TEST(!is_like("abc", "b"));
  BOOST_TEST(!is_like("abc", "____"));
  BOOST_TEST(!is_like("É", "é"));
}

namespace {

host_sources minimal_host() {
  host_sources out;
  out.host = new_host_columns(
    json::object{{"domain_names", json::array{json{"a.test"}}},
                 {"forward_host", "[::1]"},
                 {"forward_port", 8080}},
    1);
  out.host["id"] = 7;
  return out;
}

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

const nginx_layout layout{.root = "/x", .http_port = 80, .resolver = "[::1]"};

} // namespace

BOOST_AUTO_TEST_CASE(upstreams_are_variables_so_that_names_resolve_late) {
  const auto text = host_config(layout, minimal_host());
  BOOST_TEST(contains(text, "set $server \"[::1]\";"));
  BOOST_TEST(contains(text, "proxy_pass $forward_scheme://$server:$port"));
  BOOST_TEST(contains(main_config(layout), "resolver [::1] valid=10s;"));
}

BOOST_AUTO_TEST_CASE(only_a_location_of_the_root_replaces_the_default_one) {
  auto from = minimal_host();
  auto has_default = [&](const char* advanced) {
    from.host["advanced_config"] = advanced;
    return contains(host_config(layout, from), "X-Served-By");
  };
  BOOST_TEST(has_default(""));
  BOOST_TEST(has_default("location /x { return 404; }"));
  BOOST_TEST(has_default("location = / { return 404; }"));
  BOOST_TEST(!has_default("location / { return 404; }"));
  BOOST_TEST(!has_default("location /x {}\nlocation\t/\n{ return 404; }"));
}

BOOST_AUTO_TEST_CASE(a_path_in_a_locations_host_goes_behind_the_port) {
  auto from = minimal_host();
  from.host["locations"]
    = json::parse(
        R"([{"path":"/a","forward_scheme":"http","forward_host":"127.0.0.1/sub",)"
        R"("forward_port":81}])")
        .value();
  BOOST_TEST(
    contains(host_config(layout, from), "proxy_pass http://127.0.0.1:81/sub;"));
}

BOOST_AUTO_TEST_CASE(client_rules_of_an_access_list_end_with_a_denial) {
  auto from = minimal_host();
  from.access_list
    = json::parse(
        R"({"id":3,"satisfy_any":true,"pass_auth":false,"items":[],)"
        R"("clients":[{"directive":"allow","address":"10.0.0.0/8"}]})")
        .value();
  const auto text = host_config(layout, from);
  BOOST_TEST(contains(text, "allow 10.0.0.0/8;\n    deny all;"));
  BOOST_TEST(contains(text, "satisfy any;"));
  BOOST_TEST(!contains(text, "auth_basic"));
}
