#include "transports/npm_api.hpp"

#include "messages/error.hpp"
#include "transports/base64.hpp"
#include "transports/npm_request.hpp"
#include "transports/response_error.hpp"

#include <algorithm>
#include <optional>

namespace dw::npm {

namespace {

constexpr auto default_lifetime = std::chrono::hours{24};

// Nobody asks for more, and the sum of a time point and this cannot overflow.
constexpr int64_t max_lifetime_seconds = 366 * 24 * 3600;

/// `exp - iat` of a JWT; none if the token is not one.
std::optional<std::chrono::seconds> jwt_lifetime(std::string_view token) {
  auto begin = token.find('.');
  if (begin == std::string_view::npos)
    return std::nullopt;
  auto end = token.find('.', begin + 1);
  if (end == std::string_view::npos)
    return std::nullopt;
  auto payload = decode_base64(token.substr(begin + 1, end - begin - 1));
  if (!payload)
    return std::nullopt;
  json::document claims{*payload};
  auto from = claims.root().needed_number("iat");
  auto until = claims.root().needed_number("exp");
  if (!claims.ok() || from < 0)
    return std::nullopt;
  auto seconds = until > from ? until - from : 0;
  return std::chrono::seconds{std::min(seconds, max_lifetime_seconds)};
}

/// Whether a token can stand in a header.
bool is_header_safe(std::string_view token) {
  return !token.empty() && std::all_of(token.begin(), token.end(), [](char c) {
    return c > ' ' && c < '\x7f';
  });
}

} // namespace

http_request login(const std::string& identity, const secret& password) {
  auto result
    = make_request(http_method::post, "/tokens", "log in as", identity);
  json::writer body;
  body.begin_object()
    .text("identity", identity)
    .text("secret", password.reveal())
    .end_object();
  set_json(result, body.str());
  return result;
}

http_request refresh(const secret& token) {
  return make_request(http_method::get, "/tokens", "refresh the token", {},
                      token);
}

caf::expected<proxy_token> parse_token(const http_response& response) {
  if (response.status != 200)
    return to_error(response);
  json::document body{response.body};
  if (body.root().member("challenge_token"))
    return make_failure(errc::unauthorized, response,
                        "the account asks for a second factor",
                        "Use an account without two-factor authentication: "
                        "nobody is here to type the code.");
  auto token = body.root().needed_text("token");
  if (!is_header_safe(token))
    body.root().member("token").reject("cannot be sent in a header");
  if (!body.ok())
    return bad_reply(response, body);
  auto lifetime = jwt_lifetime(token).value_or(default_lifetime);
  return proxy_token{secret{std::move(token)}, lifetime};
}

} // namespace dw::npm
