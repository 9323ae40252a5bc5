#include "tests/support/npm_standin/encoding.hpp"
#include "tests/support/npm_standin/failure.hpp"
#include "tests/support/npm_standin/routes.hpp"
#include "tests/support/npm_standin/schemas.hpp"
#include "tests/support/npm_standin/totp.hpp"

namespace npm_standin {

namespace {

/// The caller's own id; nobody else sets up a second factor here.
std::int64_t own_id(const call& c) {
  const auto& who = require_user(c.who);
  if (c.id != "me" && c.id != std::to_string(who.user_id))
    throw permission_denied{};
  return who.user_id;
}

reply start(backend& b, call& c) {
  const auto id = own_id(c);
  const auto secret = base32(random_bytes(20));
  const auto email = b.db.write([&](tables& t) {
    auto& user = *t.users.find(id);
    user["totp_secret"] = secret;
    return user.at("email").text();
  });
  json out;
  out["secret"] = secret;
  out["otpauth_url"]
    = "otpauth://totp/Nginx%20Proxy%20Manager:" + email + "?secret=" + secret;
  return json_reply(200, out);
}

reply enable(backend& b, call& c) {
  const auto id = own_id(c);
  const auto& body = valid_body(c, two_factor_code_schema(), b.version);
  json::array codes;
  for (int i = 0; i < 8; ++i)
    codes.emplace_back(hex(random_bytes(4)));
  b.db.write([&](tables& t) {
    auto& user = *t.users.find(id);
    const auto& secret = user.at("totp_secret").text();
    if (secret.empty() || body.at("code").text() != totp(secret, now()))
      throw failure{400, "Invalid verification code", "error.invalid-2fa"};
    user["totp_enabled"] = true;
    user["backup_codes"] = codes;
  });
  json out;
  out["backup_codes"] = codes;
  return json_reply(200, out);
}

constexpr route routes[] = {
  {"POST", "/users/:id/2fa", start},
  {"POST", "/users/:id/2fa/enable", enable},
};

} // namespace

std::span<const route> two_factor_routes() {
  return routes;
}

} // namespace npm_standin
