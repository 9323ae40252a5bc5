#include "tests/support/npm_standin/encoding.hpp"
#include "tests/support/npm_standin/failure.hpp"
#include "tests/support/npm_standin/password.hpp"
#include "tests/support/npm_standin/routes.hpp"
#include "tests/support/npm_standin/schemas.hpp"
#include "tests/support/npm_standin/totp.hpp"

#include <algorithm>

namespace npm_standin {

namespace {

constexpr std::string_view challenge_scope = "2fa-challenge";

lifetime
parse_expiry(const std::string& text, npm_version version, millis from) {
  if (auto out = parse_lifetime(text, from)) {
    if (!out->seconds)
      throw internal_error();
    return *out;
  }
  throw failure{version < npm_version::v2_15 ? 401 : 400,
                "Invalid expiry time: " + text};
}

reply token_reply(backend& b, std::int64_t user_id, std::string scope,
                  const std::string& expiry) {
  const auto at = now();
  const auto life = expiry.empty() ? b.tokens.login_lifetime(at)
                                   : parse_expiry(expiry, b.version, at);
  json out;
  out["token"] = b.tokens.issue(user_id, std::move(scope), life, at);
  out["expires"] = life.expires ? json{iso_time(*life.expires)} : json{};
  return json_reply(200, out);
}

// -- login --------------------------------------------------------------------

std::string trim(std::string_view text) {
  constexpr std::string_view blanks = " \t\r\n";
  const auto first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos)
    return {};
  return std::string{
    text.substr(first, text.find_last_not_of(blanks) - first + 1)};
}

const json* find_user(const tables& t, const std::string& identity) {
  const auto email = lower_case(trim(identity));
  for (const auto* user : t.users.live())
    if (user->at("email").text() == email && !user->at("is_disabled").flag())
      return user;
  return nullptr;
}

failure bad_login(npm_version version, bool is_known) {
  switch (version) {
    case npm_version::v2_11:
      return {401, is_known ? "Invalid password" : "No relevant user found"};
    case npm_version::v2_12:
      return {401, "Invalid email or password"};
    default:
      return {400, "Invalid email or password",
              is_known ? json{"error.invalid-auth"} : json{}};
  }
}

reply challenge_reply(backend& b, std::int64_t user_id) {
  const auto at = now();
  json out;
  out["requires_2fa"] = true;
  out["challenge_token"] = b.tokens.issue(user_id, std::string{challenge_scope},
                                          parse_lifetime("5m", at).value(), at);
  return json_reply(200, out);
}

reply log_in(backend& b, call& c) {
  const auto& body = valid_body(c, login_schema(b.version), b.version);
  const auto user = b.db.read([&](const tables& t) {
    const auto* found = find_user(t, body.at("identity").text());
    return found != nullptr ? *found : json{};
  });
  if (user.is_null())
    throw bad_login(b.version, false);
  if (!is_password(body.at("secret").text(), user.at("password").text()))
    throw bad_login(b.version, true);
  const auto id = user.at("id").integer();
  if (b.version >= npm_version::v2_15 && user.at("totp_enabled").flag())
    return challenge_reply(b, id);
  const auto& expiry = body.at("expiry");
  return token_reply(b, id, "user", expiry.is_string() ? expiry.text() : "");
}

// -- refresh ------------------------------------------------------------------

/// Looks at the token only: users may be disabled or deleted.
reply refresh(backend& b, call& c) {
  if (c.claims.is_null())
    throw internal_error(b.version < npm_version::v2_15 ? 400 : 500);
  const auto& scope = c.claims.at("scope").items().front().text();
  return token_reply(b, c.claims.at("attrs").at("id").integer(), scope,
                     c.query("expiry"));
}

// -- second factor ------------------------------------------------------------

/// @returns the user of a challenge.
/// @throws failure 400
std::int64_t answered_by(const backend& b, const std::string& challenge) {
  const auto verdict = b.tokens.check(challenge);
  if (verdict.result != token_verdict::outcome::good)
    throw failure{400, "Invalid or expired challenge token"};
  if (verdict.claims.at("scope").items().front().text() != challenge_scope)
    throw failure{400, "Invalid challenge token"};
  return verdict.claims.at("attrs").at("id").integer();
}

/// A backup code works once.
bool use_code(json& user, const std::string& code) {
  if (code == totp(user.at("totp_secret").text(), now()))
    return true;
  auto& codes = user["backup_codes"].items();
  auto i = std::ranges::find_if(codes, [&](const json& x) {
    return x.text() == code;
  });
  if (i == codes.end())
    return false;
  codes.erase(i);
  return true;
}

reply answer_challenge(backend& b, call& c) {
  const auto& body = valid_body(c, challenge_schema(), b.version);
  const auto id = answered_by(b, body.at("challenge_token").text());
  const auto is_right = b.db.write([&](tables& t) {
    auto* user = t.users.find(id);
    return user != nullptr && use_code(*user, body.at("code").text());
  });
  if (!is_right)
    throw failure{400, "Invalid verification code", "error.invalid-2fa"};
  return token_reply(b, id, "user", {});
}

constexpr route routes[] = {
  {"POST", "/tokens", log_in, route::token::ignored},
  {"GET", "/tokens", refresh},
  {"POST", "/tokens/2fa", answer_challenge, route::token::ignored},
};

} // namespace

std::span<const route> token_routes() {
  return routes;
}

} // namespace npm_standin
