#include "messages/error.hpp"
#include "tests/support/npm_transcript.hpp"
#include "transports/npm_api.hpp"

using namespace dw;
using namespace dw::test;

namespace {

const secret jwt{"<JWT>"};

/// Checks that a result is an error which gives none of the secrets away.
template <class T>
void check_refusal(const caf::expected<T>& result) {
  BOOST_REQUIRE(!result);
  auto text = render(result.error());
  for (const auto* leak : {"PEM", "stack", "SECRET", "BACKUP", "hint\":"})
    BOOST_TEST(text.find(leak) == std::string::npos, text);
}

} // namespace

BOOST_AUTO_TEST_CASE(the_health_tells_the_version) {
  constexpr std::pair<const char*, const char*> answers[] = {
    {"001-health", "2.0.0"},
    {"legacy/2.11.3/001-health", "0.0.0"},
    {"legacy/2.12.6/001-health", "0.0.0"},
  };
  for (const auto& [file, version] : answers) {
    BOOST_TEST_CONTEXT(file) {
      auto recorded = load_npm(file);
      check_request(npm::health(), recorded);
      auto result = npm::parse_health(recorded.response);
      BOOST_REQUIRE(result);
      BOOST_TEST(*result == version);
    }
  }
}

BOOST_AUTO_TEST_CASE(an_account_tells_what_it_may_do) {
  auto recorded = load_npm("extra/092-limited-users-me");
  check_request(npm::account(jwt), recorded);
  auto result = npm::parse_account(recorded.response);
  BOOST_REQUIRE(result);
  BOOST_TEST(result->can_manage);
  BOOST_TEST(!result->sees_all);
}

BOOST_AUTO_TEST_CASE(a_created_user_is_described_like_an_account) {
  auto recorded = load_npm("extra/089-users-create");
  recorded.response.status = 200;
  auto result = npm::parse_account(recorded.response);
  BOOST_REQUIRE(result);
  BOOST_TEST(result->can_manage);
  BOOST_TEST(!result->sees_all);
}

// -- what is not NPM, or not what was asked for -------------------------------

BOOST_AUTO_TEST_CASE(a_backend_that_restarts_is_a_transient_failure) {
  auto recorded = load_npm("130-port81-backend-down");
  auto result = npm::parse_health(recorded.response);
  BOOST_REQUIRE(!result);
  BOOST_TEST((code_of(result.error()) == errc::connection_lost));
  BOOST_TEST(is_transient(result.error()));
  BOOST_TEST(is_outcome_unknown(result.error()));
  BOOST_TEST(failure_of(result.error()).reply
             == "a page titled \"502 Bad Gateway\"");
}

BOOST_AUTO_TEST_CASE(a_redirection_hints_at_a_wrong_url) {
  auto recorded = load_npm("extra/126-port81-api-without-slash");
  auto result = npm::parse_health(recorded.response);
  BOOST_REQUIRE(!result);
  BOOST_TEST((code_of(result.error()) == errc::bad_reply));
  BOOST_TEST(failure_of(result.error()).hint.find("/api") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_unknown_route_looks_like_a_missing_permission) {
  for (const auto* file : {"085-unknown-route", "extra/086-wrong-method"})
    BOOST_TEST_CONTEXT(file)
  BOOST_TEST(
    (code_of(npm::to_error(load_npm(file).response)) == errc::forbidden));
}

BOOST_AUTO_TEST_CASE(answers_of_other_routes_are_refused_without_leaking) {
  for (const auto* file :
       {"117-certificates-list", "122-certificates-get-not-found",
        "extra/087-options", "extra/088-schema", "extra/090-users-set-password",
        "extra/091-users-set-permissions",
        "extra/097-limited-certificates-hidden", "extra/105-2fa-setup-start",
        "extra/106-2fa-setup-enable", "extra/116-certificates-create-custom",
        "extra/118-access-lists-create", "extra/119-access-lists-list",
        "extra/121-certificates-list-expanded", "extra/124-audit-log"}) {
    BOOST_TEST_CONTEXT(file) {
      auto response = load_npm(file).response;
      check_refusal(npm::parse_host(response));
      check_refusal(npm::parse_host_list(response));
      check_refusal(npm::parse_token(response));
    }
  }
}

BOOST_AUTO_TEST_CASE(an_empty_list_of_something_else_is_an_empty_list) {
  auto recorded = load_npm("extra/115-certificates-list-empty");
  BOOST_TEST(npm::parse_host_list(recorded.response).engaged());
  BOOST_TEST(!npm::parse_host(recorded.response).engaged());
}
