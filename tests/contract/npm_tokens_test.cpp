#include "messages/error.hpp"
#include "tests/support/npm_transcript.hpp"
#include "transports/base64.hpp"
#include "transports/npm_api.hpp"

using namespace dw;
using namespace dw::test;
using namespace std::chrono_literals;

namespace {

const secret jwt{"<JWT>"};

struct refused {
  const char* file;
  errc code;
};

/// The login that our client would send for the recorded identity.
http_request login_of(const npm_exchange& recorded) {
  auto body = parse(recorded.request_body);
  return npm::login(body["identity"].GetString(),
                    secret{body["secret"].GetString()});
}

caf::error error_of(const npm_exchange& recorded) {
  auto result = npm::parse_token(recorded.response);
  BOOST_REQUIRE(!result);
  return result.error();
}

} // namespace

BOOST_AUTO_TEST_CASE(a_login_answers_a_token_that_lives_as_long_as_its_jwt) {
  auto recorded = load_npm("002-tokens-login-ok");
  check_request(login_of(recorded), recorded);
  // The recording keeps the decoded payload, but not the token.
  auto doc = parse(read_file(path_of_npm("002-tokens-login-ok")));
  auto token = encode_base64url(R"({"alg":"RS256","typ":"JWT"})") + "."
               + encode_base64url(compact(doc["jwt_decoded"]["payload"]))
               + ".c2lnbmF0dXJl";
  auto& body = recorded.response.body;
  body.replace(body.find("<JWT>"), 5, token);
  auto result = npm::parse_token(recorded.response);
  BOOST_REQUIRE(result);
  BOOST_TEST(result->value.reveal() == token);
  BOOST_TEST((result->lifetime == 24h));
}

BOOST_AUTO_TEST_CASE(every_good_login_is_understood) {
  for (const auto* file : {"extra/020-tokens-login-with-expired-bearer",
                           "legacy/2.11.3/002-tokens-login-ok",
                           "legacy/2.12.6/002-tokens-login-ok"}) {
    BOOST_TEST_CONTEXT(file) {
      auto recorded = load_npm(file);
      recorded.authorization.clear(); // NPM ignores it, we never send it
      check_request(login_of(recorded), recorded);
      auto result = npm::parse_token(recorded.response);
      BOOST_REQUIRE(result);
      BOOST_TEST(result->value.reveal() == "<JWT>");
      BOOST_TEST((result->lifetime == 24h)); // the placeholder is no JWT
    }
  }
}

BOOST_AUTO_TEST_CASE(our_logins_never_say_how_long_the_token_shall_live) {
  // Since 2.12 the member is refused.
  for (const auto* file : {"008-tokens-login-expiry-field-rejected",
                           "legacy/2.11.3/006-tokens-login-expiry-field",
                           "legacy/2.12.6/006-tokens-login-expiry-field"}) {
    BOOST_TEST_CONTEXT(file) {
      auto recorded = load_npm(file);
      BOOST_TEST(parse(recorded.request_body).HasMember("expiry"));
      BOOST_TEST(!parse(login_of(recorded).body).HasMember("expiry"));
      if (recorded.response.status == 200)
        BOOST_TEST(npm::parse_token(recorded.response).engaged());
      else
        BOOST_TEST((code_of(error_of(recorded)) == errc::rejected));
    }
  }
}

BOOST_AUTO_TEST_CASE(wrong_credentials_are_unauthorized_in_every_version) {
  for (const auto* file :
       {"004-tokens-login-bad-password", "005-tokens-login-unknown-user",
        "extra/104-disabled-user-login",
        "legacy/2.11.3/003-tokens-login-bad-password",
        "legacy/2.11.3/004-tokens-login-unknown-user",
        "legacy/2.12.6/003-tokens-login-bad-password",
        "legacy/2.12.6/004-tokens-login-unknown-user"}) {
    BOOST_TEST_CONTEXT(file) {
      auto recorded = load_npm(file);
      check_request(login_of(recorded), recorded);
      auto err = error_of(recorded);
      BOOST_TEST((code_of(err) == errc::unauthorized));
      BOOST_TEST(failure_of(err).hint.find("password") != std::string::npos);
    }
  }
}

BOOST_AUTO_TEST_CASE(logins_that_we_would_not_send_are_rejected) {
  for (const auto* file :
       {"006-tokens-login-missing-fields", "010-tokens-login-malformed-json",
        "extra/007-tokens-login-empty-secret",
        "extra/009-tokens-login-bad-scope", "extra/011-tokens-login-no-body",
        "legacy/2.11.3/005-tokens-login-missing-fields",
        "legacy/2.12.6/005-tokens-login-missing-fields"})
    BOOST_TEST_CONTEXT(file)
  BOOST_TEST((code_of(error_of(load_npm(file))) == errc::rejected));
}

BOOST_AUTO_TEST_CASE(a_second_factor_is_no_token) {
  auto recorded = load_npm("107-tokens-login-2fa-challenge");
  check_request(login_of(recorded), recorded);
  auto err = error_of(recorded);
  BOOST_TEST((code_of(err) == errc::unauthorized));
  auto context = failure_of(err);
  BOOST_TEST(context.reply == "the account asks for a second factor");
  BOOST_TEST(context.hint.find("without two-factor") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(answers_to_second_factors_are_understood) {
  for (const auto* file :
       {"112-tokens-2fa-ok", "extra/113-tokens-2fa-backup-code-ok"})
    BOOST_TEST_CONTEXT(file)
  BOOST_TEST(npm::parse_token(load_npm(file).response).engaged());
  constexpr refused wrong[] = {
    {"108-tokens-2fa-wrong-code", errc::unauthorized},
    {"extra/109-tokens-2fa-short-code", errc::rejected},
    {"extra/110-tokens-2fa-bad-challenge", errc::unauthorized},
    {"extra/111-tokens-2fa-ordinary-token-as-challenge", errc::unauthorized},
  };
  for (const auto& [file, code] : wrong)
    BOOST_TEST_CONTEXT(file)
  BOOST_TEST((code_of(error_of(load_npm(file))) == code));
}

BOOST_AUTO_TEST_CASE(a_refresh_answers_a_token) {
  for (const auto* file :
       {"012-tokens-refresh-ok", "extra/103-disabled-user-refresh",
        "legacy/2.11.3/007-tokens-refresh-ok",
        "legacy/2.12.6/007-tokens-refresh-ok"}) {
    BOOST_TEST_CONTEXT(file) {
      auto recorded = load_npm(file);
      check_request(npm::refresh(jwt), recorded);
      BOOST_TEST(npm::parse_token(recorded.response).engaged());
    }
  }
}

BOOST_AUTO_TEST_CASE(our_refresh_takes_the_servers_lifetime) {
  auto recorded = load_npm("013-tokens-refresh-expiry-2s");
  BOOST_TEST(npm::refresh(jwt).target + "?expiry=2s" == recorded.target);
  BOOST_TEST(npm::parse_token(recorded.response).engaged());
}

BOOST_AUTO_TEST_CASE(a_refused_refresh_tells_whether_the_token_expired) {
  constexpr refused answers[] = {
    {"016-tokens-refresh-no-token", errc::peer_failed},
    {"018-tokens-refresh-invalid-signature", errc::peer_failed},
    {"019-tokens-refresh-expired", errc::unauthorized},
    {"extra/014-tokens-refresh-bad-expiry", errc::rejected},
    {"extra/015-tokens-refresh-expiry-quarter", errc::peer_failed},
    {"extra/017-tokens-refresh-garbage-token", errc::peer_failed},
    {"legacy/2.11.3/008-tokens-refresh-no-token", errc::rejected},
    {"legacy/2.11.3/009-tokens-refresh-garbage-token", errc::peer_failed},
    {"legacy/2.11.3/010-tokens-refresh-expired", errc::unauthorized},
    {"legacy/2.12.6/008-tokens-refresh-no-token", errc::rejected},
    {"legacy/2.12.6/009-tokens-refresh-garbage-token", errc::peer_failed},
    {"legacy/2.12.6/010-tokens-refresh-expired", errc::unauthorized},
  };
  for (const auto& [file, code] : answers) {
    BOOST_TEST_CONTEXT(file) {
      auto recorded = load_npm(file);
      BOOST_TEST((code_of(error_of(recorded)) == code));
      // What our client would send for that token, if there is one.
      auto query = recorded.target.find('?');
      if (recorded.authorization.empty() || query != std::string::npos)
        continue;
      auto token = recorded.authorization.substr(sizeof("Bearer ") - 1);
      check_request(npm::refresh(secret{token}), recorded);
    }
  }
}
