#include "messages/error.hpp"
#include "transports/base64.hpp"
#include "transports/npm_api.hpp"

#include <boost/test/unit_test.hpp>

using namespace dw;
using namespace std::chrono_literals;

namespace {

http_response answer(std::string body) {
  http_response result;
  result.status = 200;
  result.body = std::move(body);
  return result;
}

http_response token_answer(const std::string& token) {
  return answer("{\"token\":\"" + token + "\",\"expires\":null}");
}

std::string jwt(const std::string& payload) {
  auto text = encode_base64url(payload);
  text.erase(text.find_last_not_of('=') + 1); // as JWTs are
  return "eyJhbGciOiJSUzI1NiJ9." + text + ".c2ln";
}

std::chrono::milliseconds lifetime_of(const std::string& payload) {
  auto result = npm::parse_token(token_answer(jwt(payload)));
  BOOST_REQUIRE(result);
  return result->lifetime;
}

} // namespace

BOOST_AUTO_TEST_CASE(the_lifetime_is_what_the_jwt_says) {
  BOOST_TEST((lifetime_of(R"({"iat":1795449289,"exp":1795535689})") == 24h));
  BOOST_TEST((lifetime_of(R"({"iat":100,"exp":102})") == 2s));
  BOOST_TEST((lifetime_of(R"({"iat":100,"exp":100})") == 0s));
  BOOST_TEST((lifetime_of(R"({"iat":100,"exp":99})") == 0s));
}

BOOST_AUTO_TEST_CASE(an_absurd_lifetime_is_cut_to_a_year) {
  BOOST_TEST(
    (lifetime_of(R"({"iat":0,"exp":9223372036854775807})") == 366 * 24h));
}

BOOST_AUTO_TEST_CASE(a_token_that_tells_no_lifetime_lives_for_a_day) {
  for (const auto* payload :
       {"", "{}", "[]", "not json", R"({"iat":1})", R"({"iat":"1","exp":"2"})",
        R"({"iat":-5,"exp":5})", R"({"iat":0,"exp":18446744073709551615})",
        R"({"iat":1.5,"exp":2.5})"})
    BOOST_TEST((lifetime_of(payload) == 24h), payload);
  for (const auto* token : {"opaque", "a.b", "a.!!.c", "..", "."}) {
    auto result = npm::parse_token(token_answer(token));
    BOOST_REQUIRE(result);
    BOOST_TEST((result->lifetime == 24h));
  }
}

BOOST_AUTO_TEST_CASE(what_cannot_stand_in_a_header_is_no_token) {
  for (const auto* body :
       {"{}", "[]", "true", "\"token\"", R"({"token":null})", R"({"token":""})",
        R"({"token":5})", R"({"token":"a b"})",
        R"({"token":"a\r\nX-Injected: 1"})", R"({"token":"a\u0000b"})",
        R"({"token":"\u00e9"})", "<html>"}) {
    auto result = npm::parse_token(answer(body));
    BOOST_REQUIRE(!result);
    BOOST_TEST((code_of(result.error()) == errc::bad_reply), body);
  }
}

BOOST_AUTO_TEST_CASE(a_challenge_is_no_token_even_beside_one) {
  auto result = npm::parse_token(
    answer(R"({"requires_2fa":true,"challenge_token":"c","token":"t"})"));
  BOOST_REQUIRE(!result);
  BOOST_TEST((code_of(result.error()) == errc::unauthorized));
}

BOOST_AUTO_TEST_CASE(an_administrator_may_do_and_see_everything) {
  auto result = npm::parse_account(answer(R"({"id":1,"roles":["admin"]})"));
  BOOST_REQUIRE(result);
  BOOST_TEST(result->can_manage);
  BOOST_TEST(result->sees_all);
}

BOOST_AUTO_TEST_CASE(an_account_without_permissions_may_do_nothing) {
  for (
    const auto* body :
    {R"({"id":2,"roles":[]})", R"({"id":2,"roles":null,"permissions":null})",
     R"({"id":2,"roles":"admin","permissions":[]})",
     R"({"id":2,"permissions":{"proxy_hosts":"view","visibility":"user"}})"}) {
    auto result = npm::parse_account(answer(body));
    BOOST_REQUIRE(result);
    BOOST_TEST(!result->can_manage);
    BOOST_TEST(!result->sees_all);
  }
}

BOOST_AUTO_TEST_CASE(an_answer_without_account_or_version_is_a_bad_reply) {
  for (const auto* body : {"", "{}", "[]", "true", "<html>"}) {
    auto account = npm::parse_account(answer(body));
    BOOST_REQUIRE(!account);
    BOOST_TEST((code_of(account.error()) == errc::bad_reply));
    auto version = npm::parse_health(answer(body));
    BOOST_REQUIRE(!version);
    BOOST_TEST((code_of(version.error()) == errc::bad_reply));
  }
  auto released = npm::parse_health(
    answer(R"({"version":{"major":2,"minor":15,"revision":1}})"));
  BOOST_REQUIRE(released);
  BOOST_TEST(*released == "2.15.1");
}
