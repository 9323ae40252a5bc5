#include "transports/npm_api.hpp"

#include "transports/npm_request.hpp"

#include <limits>

namespace dw::npm {

namespace {

using json::value;

/// A boolean, which is an integer up to 2.11.
bool read_flag(value host, const char* name, bool fallback) {
  auto x = host.member(name);
  if (!x)
    return fallback;
  if (!x.is_flag() && !x.is_number())
    x.reject("is neither true nor false");
  return x.flag() || x.number() != 0;
}

/// An id, 0 for none.
int64_t read_id(value host, const char* name) {
  auto x = host.member(name);
  if (x && (!x.is_number() || x.number() < 0))
    x.reject("is not an id");
  return x.number();
}

std::string read_text(value host, const char* name) {
  auto x = host.member(name);
  if (x && !x.is_text())
    x.reject("is not a text");
  return x.text();
}

std::vector<std::string> read_domains(value host) {
  auto list = host.needed_array("domain_names");
  for (size_t i = 0; i < list.size(); ++i)
    if (!list.element(i).is_text())
      list.reject("has something that is no name");
  return host.texts("domain_names");
}

proxy_target read_target(value host) {
  auto port = host.needed_number("forward_port");
  if (port < 1 || port > std::numeric_limits<uint16_t>::max())
    host.member("forward_port").reject("is not a port");
  return {host.needed_text("forward_scheme"), host.needed_text("forward_host"),
          static_cast<uint16_t>(port)};
}

/// Splits NPM's own members from those of others.
void read_meta(value host, proxy_host& to) {
  constexpr auto online_key = "nginx_online";
  constexpr auto error_key = "nginx_err";
  auto meta = host.member("meta");
  if (!meta)
    return; // never configured
  if (!meta.is_object())
    return meta.reject("is not an object");
  if (meta.member(online_key))
    to.nginx_online = read_flag(meta, online_key, false);
  to.nginx_error = read_text(meta, error_key);
  json::writer rest;
  rest.begin_object();
  for (size_t i = 0; i < meta.size(); ++i)
    if (auto key = meta.key(i); key != online_key && key != error_key)
      rest.copy(key, meta.element(i));
  to.meta = rest.end_object().str();
}

proxy_host read_host(value from) {
  proxy_host to;
  to.id = from.needed_number("id");
  if (to.id <= 0)
    from.member("id").reject("is not an id");
  to.owner_user_id = read_id(from, "owner_user_id");
  to.domains = read_domains(from);
  to.target = read_target(from);
  to.certificate_id = read_id(from, "certificate_id");
  to.access_list_id = read_id(from, "access_list_id");
  to.ssl_forced = read_flag(from, "ssl_forced", false);
  to.http2 = read_flag(from, "http2_support", false);
  to.hsts = read_flag(from, "hsts_enabled", false);
  to.hsts_subdomains = read_flag(from, "hsts_subdomains", false);
  to.block_exploits = read_flag(from, "block_exploits", false);
  to.caching = read_flag(from, "caching_enabled", false);
  to.websockets = read_flag(from, "allow_websocket_upgrade", false);
  to.enabled = read_flag(from, "enabled", true);
  to.advanced_config = read_text(from, "advanced_config");
  read_meta(from, to);
  return to;
}

} // namespace

caf::expected<std::vector<proxy_host>>
parse_host_list(const http_response& response) {
  if (response.status != 200)
    return to_error(response);
  json::document body{response.body};
  auto list = body.root();
  if (!list.is_array())
    list.reject("is not a list");
  std::vector<proxy_host> result;
  for (size_t i = 0; body.ok() && i < list.size(); ++i)
    result.push_back(read_host(list.element(i)));
  if (!body.ok())
    return bad_reply(response, body);
  return result;
}

caf::expected<proxy_host> parse_host(const http_response& response) {
  if (response.status != 200 && response.status != 201)
    return to_error(response);
  json::document body{response.body};
  auto host = body.root();
  if (host.is_object() && host.size() == 0)
    return no_such_host(response);
  auto result = read_host(host);
  if (!body.ok())
    return bad_reply(response, body);
  return result;
}

} // namespace dw::npm
