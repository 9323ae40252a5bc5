#include "transports/npm_api.hpp"

#include "messages/error.hpp"
#include "transports/npm_request.hpp"

#include <algorithm>
#include <string_view>

namespace dw::npm {

namespace {

constexpr auto collection = "/nginx/proxy-hosts";

constexpr size_t max_domains = 100;
constexpr size_t max_forward_host = 255;

std::string path_of(int64_t id) {
  return std::string{collection} + "/" + std::to_string(id);
}

std::string join(const std::vector<std::string>& names) {
  std::string result;
  for (const auto& name : names)
    result += (result.empty() ? "" : ", ") + name;
  return result;
}

/// All names in normal form, each once, in the order given.
caf::expected<std::vector<std::string>>
normalize_all(const std::vector<std::string>& domains) {
  std::vector<std::string> result;
  for (const auto& domain : domains) {
    auto name = normalize_domain(domain);
    if (!name)
      return std::move(name.error());
    if (std::find(result.begin(), result.end(), *name) == result.end())
      result.push_back(std::move(*name));
  }
  return result;
}

/// NPM takes any text. What is no name or address fails at the first request,
/// or breaks nginx.
bool is_forward_host(std::string_view host) {
  if (host.empty() || host.size() > max_forward_host)
    return false;
  auto has_only = [](std::string_view text, auto predicate) {
    return !text.empty() && std::all_of(text.begin(), text.end(), predicate);
  };
  auto is_word = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
           || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
  };
  auto is_hex = [](char c) {
    return (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F')
           || (c >= '0' && c <= '9') || c == ':' || c == '.';
  };
  if (host.front() == '[' && host.back() == ']' && host.size() > 2)
    return has_only(host.substr(1, host.size() - 2), is_hex);
  return has_only(host, is_word);
}

caf::error check_target(const http_request& request, const proxy_target& to) {
  auto refuse = [&request](std::string why) {
    return invalid(request.operation, request.object, std::move(why));
  };
  if (to.scheme != "http" && to.scheme != "https")
    return refuse("the scheme must be http or https, not " + to.scheme);
  if (to.port == 0)
    return refuse("the port to forward to is 0");
  if (!is_forward_host(to.host))
    return refuse("cannot forward to \"" + to.host
                  + "\": it must be a host name, an IPv4 address, or an IPv6 "
                    "address in brackets");
  return caf::none;
}

caf::error check_domains(const http_request& request,
                         const std::vector<std::string>& domains) {
  if (!domains.empty() && domains.size() <= max_domains)
    return caf::none;
  return invalid(request.operation, request.object,
                 "a proxy host has 1 to 100 domains, not "
                   + std::to_string(domains.size()));
}

/// @param certificate Of the host after the change, as far as it is known.
caf::error check_settings(const http_request& request, const proxy_options& x,
                          const caf::optional<int64_t>& certificate) {
  auto refuse = [&request](const char* why) {
    return invalid(request.operation, request.object, why);
  };
  if (certificate.value_or(1) < 0 || x.access_list.value_or(0) < 0)
    return refuse("the id of a certificate or access list is below 0");
  auto needs_certificate = x.force_ssl.value_or(false)
                           || x.http2.value_or(false) || x.hsts.value_or(false);
  if (certificate.value_or(1) == 0 && needs_certificate)
    return refuse("force_ssl, http2 and hsts need a certificate");
  return caf::none;
}

/// Checks `meta` and returns it without white space.
caf::expected<std::string>
check_meta(const http_request& request, const std::string& meta) {
  json::document text{meta};
  if (!text.root().is_object())
    return invalid(request.operation, request.object,
                   "meta is not a JSON object");
  return text.root().json();
}

void add_target(json::writer& body, const proxy_target& to) {
  body.text("forward_scheme", to.scheme);
  body.text("forward_host", to.host);
  body.number("forward_port", to.port);
}

void add_flag(json::writer& body, const char* name,
              const caf::optional<bool>& value) {
  if (value)
    body.flag(name, *value);
}

void add_settings(json::writer& body, const proxy_options& x) {
  if (x.access_list)
    body.number("access_list_id", *x.access_list);
  if (x.certificate)
    body.number("certificate_id", *x.certificate);
  if (x.certificate && *x.certificate == 0) {
    // NPM takes the 0 for the id of a certificate and keeps the flags, which
    // come alive when the host gets a certificate again.
    for (const auto* name :
         {"ssl_forced", "http2_support", "hsts_enabled", "hsts_subdomains"})
      body.flag(name, false);
  } else {
    add_flag(body, "ssl_forced", x.force_ssl);
    add_flag(body, "http2_support", x.http2);
    add_flag(body, "hsts_enabled", x.hsts);
  }
  add_flag(body, "block_exploits", x.block_exploits);
  add_flag(body, "caching_enabled", x.caching);
  add_flag(body, "allow_websocket_upgrade", x.websockets);
}

/// The given settings, and the defaults for the rest.
proxy_options with_defaults(const proxy_options& given) {
  auto result = given;
  auto fill = [](auto& member, auto value) {
    if (!member)
      member = value;
  };
  fill(result.certificate, int64_t{0});
  auto has_certificate = *result.certificate != 0;
  fill(result.force_ssl, has_certificate);
  fill(result.http2, has_certificate);
  fill(result.hsts, false);
  fill(result.access_list, int64_t{0});
  fill(result.websockets, true);
  fill(result.block_exploits, true);
  fill(result.caching, false);
  return result;
}

http_request put(const secret& token, int64_t id, const char* operation) {
  auto result = make_request(http_method::put, path_of(id), operation,
                             std::to_string(id), token);
  mark_mutation(result);
  return result;
}

/// What a change may not say, whatever the host.
caf::error
check_update(const http_request& request, const update_proxy_host& what) {
  if (what.target)
    if (auto err = check_target(request, *what.target))
      return err;
  if (what.enabled && !*what.enabled)
    return invalid(request.operation, request.object,
                   "a changed \"enabled\" does not stop it from being served",
                   "Disable the proxy host instead.");
  return check_settings(request, what.settings, what.settings.certificate);
}

} // namespace

http_request list_hosts(const secret& token) {
  return make_request(http_method::get, collection, "list proxy hosts", {},
                      token);
}

http_request read_host(const secret& token, int64_t id) {
  return make_request(http_method::get, path_of(id), "read proxy host",
                      std::to_string(id), token);
}

caf::expected<http_request>
create_host(const secret& token, const create_proxy_host& what) {
  auto result = make_request(http_method::post, collection, "create proxy host",
                             join(what.domains), token);
  mark_mutation(result);
  auto domains = normalize_all(what.domains);
  if (!domains)
    return std::move(domains.error());
  if (auto err = check_domains(result, *domains))
    return err;
  if (auto err = check_target(result, what.target))
    return err;
  auto settings = with_defaults(what.settings);
  if (auto err = check_settings(result, settings, settings.certificate))
    return err;
  auto meta = check_meta(result, what.meta);
  if (!meta)
    return std::move(meta.error());
  json::writer body;
  body.begin_object();
  body.texts("domain_names", *domains);
  add_target(body, what.target);
  if (*settings.certificate != 0)
    body.flag("hsts_subdomains", false);
  add_settings(body, settings);
  // Old versions have no defaults for these.
  body.text("advanced_config", "");
  body.raw("locations", "[]");
  body.raw("meta", *meta);
  body.end_object();
  set_json(result, body.str());
  return result;
}

caf::expected<http_request>
update_host(const secret& token, const update_proxy_host& what,
            domain_check check) {
  auto result = put(token, what.id, "change proxy host");
  if (auto err = check_update(result, what))
    return err;
  json::writer body;
  body.begin_object();
  if (what.domains) {
    caf::expected<std::vector<std::string>> domains{*what.domains};
    if (check == domain_check::normalize)
      domains = normalize_all(*what.domains);
    if (!domains)
      return std::move(domains.error());
    if (auto err = check_domains(result, *domains))
      return err;
    body.texts("domain_names", *domains);
  }
  if (what.target)
    add_target(body, *what.target);
  add_settings(body, what.settings);
  add_flag(body, "enabled", what.enabled);
  if (what.meta) {
    auto meta = check_meta(result, *what.meta);
    if (!meta)
      return std::move(meta.error());
    body.raw("meta", *meta);
  }
  if (body.str() == "{")
    return invalid(result.operation, result.object, "nothing is to change");
  body.end_object();
  set_json(result, body.str());
  return result;
}

http_request restore_host(const secret& token, const proxy_host& what) {
  auto result = put(token, what.id, "restore proxy host");
  json::writer body;
  body.begin_object();
  body.texts("domain_names", what.domains);
  add_target(body, what.target);
  body.number("access_list_id", what.access_list_id);
  body.number("certificate_id", what.certificate_id);
  body.flag("ssl_forced", what.ssl_forced);
  body.flag("http2_support", what.http2);
  body.flag("hsts_enabled", what.hsts);
  body.flag("hsts_subdomains", what.hsts_subdomains);
  body.flag("block_exploits", what.block_exploits);
  body.flag("caching_enabled", what.caching);
  body.flag("allow_websocket_upgrade", what.websockets);
  // Not false, which would leave the last configuration served.
  body.flag("enabled", true);
  // What is no object would be members beside it.
  auto meta = check_meta(result, what.meta);
  body.raw("meta", meta ? *meta : "{}");
  body.end_object();
  set_json(result, body.str());
  return result;
}

http_request delete_host(const secret& token, int64_t id) {
  auto result = make_request(http_method::del, path_of(id), "delete proxy host",
                             std::to_string(id), token);
  mark_mutation(result);
  return result;
}

http_request enable_host(const secret& token, int64_t id) {
  auto result = put(token, id, "enable proxy host");
  json::writer body;
  body.begin_object();
  body.flag("enabled", true);
  body.end_object();
  set_json(result, body.str());
  return result;
}

http_request disable_host(const secret& token, int64_t id) {
  auto result = make_request(http_method::post, path_of(id) + "/disable",
                             "disable proxy host", std::to_string(id), token);
  mark_mutation(result);
  return result;
}

} // namespace dw::npm
