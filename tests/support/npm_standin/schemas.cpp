#include "tests/support/npm_standin/schemas.hpp"

#include <algorithm>
#include <array>

namespace npm_standin {

namespace {

using kind = schema::kind;

constexpr std::string_view forbidden_in_domains
  = "&| @!#%^();:/\\}{=+?<>,~`'\"";

bool is_domain(std::string_view x) {
  return !x.empty()
         && x.find_first_of(forbidden_in_domains) == std::string_view::npos;
}

/// An optional leading wildcard, then labels without one; the last character is
/// no dot.
bool is_legacy_domain(std::string_view x) {
  if (x.starts_with("*."))
    x.remove_prefix(2);
  return x.size() >= 2 && x.front() != '.' && x.back() != '.'
         && x.find('*') == std::string_view::npos
         && x.find("..") == std::string_view::npos;
}

bool is_address(std::string_view x) {
  return x == "all"
         || (!x.empty()
             && x.find_first_not_of("0123456789abcdefABCDEF.:/")
                  == std::string_view::npos);
}

schema text(std::size_t min = 0, std::size_t max = 1U << 20) {
  return {.type = kind::string, .min_size = min, .max_size = max};
}

schema one_of(std::vector<std::string_view> allowed) {
  return {.type = kind::string, .allowed = std::move(allowed)};
}

schema number(std::int64_t min, std::int64_t max
                                = std::numeric_limits<std::int64_t>::max()) {
  return {.type = kind::integer, .minimum = min, .maximum = max};
}

schema flag() {
  return {.type = kind::boolean};
}

schema free_object() {
  return {.type = kind::object, .open = true};
}

schema list_of(schema item) {
  schema out{.type = kind::array};
  out.items.push_back(std::move(item));
  return out;
}

schema object(std::vector<schema::property> properties,
              std::vector<std::string_view> required = {}) {
  schema out{.type = kind::object};
  out.properties = std::move(properties);
  out.required = std::move(required);
  return out;
}

schema port() {
  return number(1, 65535);
}

schema domains(npm_version version) {
  schema name{.type = kind::string};
  const auto legacy = version < npm_version::v2_12;
  name.pattern = legacy ? R"(^(?:\*\.)?(?:[^.*]+\.?)+[^.]$)"
                        : R"(^[^&| @!#%^();:/\\}{=+?<>,~`'"]+$)";
  name.matches = legacy ? is_legacy_domain : is_domain;
  auto out = list_of(std::move(name));
  out.unique = true;
  out.min_size = legacy ? 0 : 1;
  out.max_size = 100;
  return out;
}

schema location() {
  return object({{"id", {.type = kind::integer}},
                 {"path", text(1)},
                 {"forward_scheme", one_of({"http", "https"})},
                 {"forward_host", text(1, 255)},
                 {"forward_port", port()},
                 {"forward_path", text()},
                 {"advanced_config", text()}},
                {"path", "forward_scheme", "forward_host", "forward_port"});
}

std::vector<schema::property> host_fields(npm_version version) {
  std::vector<schema::property> out{
    {"domain_names", domains(version)},
    {"forward_scheme", one_of({"http", "https"})},
    {"forward_host", text(1, 255)},
    {"forward_port", port()},
    {"access_list_id", number(0)},
    {"certificate_id", {.type = kind::integer_or_new, .minimum = 0}},
    {"ssl_forced", flag()},
    {"hsts_enabled", flag()},
    {"hsts_subdomains", flag()},
    {"http2_support", flag()},
    {"block_exploits", flag()},
    {"caching_enabled", flag()},
    {"allow_websocket_upgrade", flag()},
    {"enabled", flag()},
    {"advanced_config", text()},
    {"locations", list_of(location())},
    {"meta", free_object()},
  };
  if (version >= npm_version::v2_15)
    out.push_back({"trust_forwarded_proto", flag()});
  return out;
}

std::vector<schema::property> user_fields() {
  return {{"name", text(1, 100)},
          {"nickname", text(1, 100)},
          {"email", text(3, 254)},
          {"roles", list_of(one_of({"admin"}))},
          {"is_disabled", flag()}};
}

} // namespace

schema login_schema(npm_version version) {
  auto out = object(
    {{"identity", text(1)}, {"secret", text(1)}, {"scope", one_of({"user"})}},
    {"identity", "secret"});
  if (version < npm_version::v2_12)
    out.properties.push_back({"expiry", text()});
  return out;
}

schema challenge_schema() {
  return object({{"challenge_token", text(1)}, {"code", text(6, 8)}},
                {"challenge_token", "code"});
}

schema two_factor_code_schema() {
  return object({{"code", text(6, 8)}}, {"code"});
}

schema create_host_schema(npm_version version) {
  return object(host_fields(version), {"domain_names", "forward_scheme",
                                       "forward_host", "forward_port"});
}

schema update_host_schema(npm_version version) {
  auto out = object(host_fields(version));
  out.min_size = version < npm_version::v2_12 ? 0 : 1;
  return out;
}

schema create_user_schema() {
  return object(user_fields(), {"name", "nickname", "email"});
}

schema update_user_schema() {
  auto out = object(user_fields());
  out.min_size = 1;
  return out;
}

schema password_schema() {
  return object({{"type", one_of({"password"})},
                 {"current", text(1, 64)},
                 {"secret", text(8, 64)}},
                {"type", "secret"});
}

schema permissions_schema() {
  auto out = object({{"visibility", one_of({"all", "user"})}});
  for (auto name : permission_objects())
    out.properties.push_back({name, one_of({"hidden", "view", "manage"})});
  out.min_size = 1;
  return out;
}

schema create_certificate_schema() {
  return object({{"provider", one_of({"letsencrypt", "other"})},
                 {"nice_name", text()},
                 {"domain_names", domains(npm_version::v2_15)},
                 {"meta", free_object()}},
                {"provider"});
}

schema create_access_list_schema() {
  schema address{.type = kind::string};
  address.pattern = "address";
  address.matches = is_address;
  auto item
    = object({{"username", text(1)}, {"password", text()}}, {"username"});
  auto client = object({{"address", std::move(address)},
                        {"directive", one_of({"allow", "deny"})}},
                       {"address", "directive"});
  return object({{"name", text(1)},
                 {"satisfy_any", flag()},
                 {"pass_auth", flag()},
                 {"items", list_of(std::move(item))},
                 {"clients", list_of(std::move(client))},
                 {"meta", free_object()}},
                {"name"});
}

std::vector<std::string_view> permission_objects() {
  return {"proxy_hosts", "redirection_hosts", "dead_hosts",
          "streams",     "access_lists",      "certificates"};
}

} // namespace npm_standin
