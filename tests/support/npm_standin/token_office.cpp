#include "tests/support/npm_standin/token_office.hpp"

#include "tests/support/npm_standin/encoding.hpp"
#include "tests/support/npm_standin/files.hpp"

namespace npm_standin {

namespace {

constexpr millis per_second = 1000;

rsa_key load_key(const std::filesystem::path& file) {
  if (auto text = read_file(file)) {
    if (auto keys = json::parse(*text); keys && keys->at("key").is_string())
      return rsa_key::from_pem(keys->at("key").text());
  }
  return rsa_key::generate();
}

std::string encode(const json& x) {
  return base64url(x.dump());
}

} // namespace

token_office::token_office(std::filesystem::path keys_file)
  : keys_file_(std::move(keys_file)), key_(load_key(keys_file_)) {
  store();
}

void token_office::store() const {
  json keys;
  keys["key"] = key_.pem();
  write_file(keys_file_, keys.dump());
}

std::string token_office::issue(std::int64_t user_id, std::string scope,
                                const lifetime& life, millis at) {
  json claims;
  claims["iss"] = "api";
  claims["attrs"]["id"] = user_id;
  claims["scope"] = json::array{json{std::move(scope)}};
  claims["expiresIn"] = life.text;
  claims["jti"] = base64(random_bytes(12));
  claims["iat"] = at / per_second;
  claims["exp"] = at / per_second + life.seconds.value_or(0);
  auto header = json{json::object{{"alg", "RS256"}, {"typ", "JWT"}}};
  auto text = encode(header) + "." + encode(claims);
  const std::lock_guard guard{mutex_};
  issued_.insert(claims.at("jti").text());
  return text + "." + base64url(key_.sign(text));
}

token_verdict token_office::check(const std::string& token) const {
  const auto first = token.find('.');
  const auto last = token.rfind('.');
  if (first == std::string::npos || first == last)
    return {};
  const std::string_view signed_part{token.data(), last};
  const auto signature = from_base64url(token.substr(last + 1));
  const std::lock_guard guard{mutex_};
  if (!key_.has_signed(signed_part, signature))
    return {};
  auto claims = json::parse(from_base64url(signed_part.substr(first + 1)));
  if (!claims)
    return {};
  token_verdict verdict{token_verdict::outcome::good, *claims, 0};
  verdict.expired_at = claims->at("exp").integer() * per_second;
  if (expired_.contains(claims->at("jti").text()))
    verdict.expired_at
      = std::min(verdict.expired_at, now() / per_second * per_second);
  if (verdict.expired_at <= now())
    verdict.result = token_verdict::outcome::expired;
  return verdict;
}

lifetime token_office::login_lifetime(millis at) const {
  const std::lock_guard guard{mutex_};
  return parse_lifetime(login_lifetime_, at).value();
}

bool token_office::set_login_lifetime(std::string_view text) {
  auto life = parse_lifetime(text, now());
  if (!life || !life->seconds)
    return false;
  const std::lock_guard guard{mutex_};
  login_lifetime_ = life->text;
  return true;
}

void token_office::expire_all() {
  const std::lock_guard guard{mutex_};
  expired_.merge(issued_);
  issued_.clear();
}

void token_office::rotate() {
  auto fresh = rsa_key::generate();
  const std::lock_guard guard{mutex_};
  key_ = std::move(fresh);
  store();
}

} // namespace npm_standin
