#pragma once

#include "messages/call.hpp"
#include "messages/export.hpp"
#include "messages/secret.hpp"

#include <caf/optional.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace DW_EXPORT dw {

// -- tokens -------------------------------------------------------------------

/// Asks for a token that is good now, logging in if need be.
struct get_token {
  call options;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, get_token& x) {
  return f(caf::meta::type_name("dw.get_token"), x.options);
}

/// Says that the proxy refused a token, and asks for a better one. Logs in
/// only if `token` is still the current one.
struct replace_token {
  call options;
  secret token;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, replace_token& x) {
  return f(caf::meta::type_name("dw.replace_token"), x.options, x.token);
}

/// Logs in anew, whatever token there is.
struct login {
  call options;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, login& x) {
  return f(caf::meta::type_name("dw.login"), x.options);
}

/// Extends the current token's life without a login.
struct refresh_token {
  call options;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, refresh_token& x) {
  return f(caf::meta::type_name("dw.refresh_token"), x.options);
}

/// A bearer token of NPM.
struct proxy_token {
  secret value;
  /// How long it lives, from when it was asked for. To be counted on a
  /// monotonic clock: the server's clock and ours need not agree.
  std::chrono::milliseconds lifetime{0};

  friend bool operator==(const proxy_token&, const proxy_token&) = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, proxy_token& x) {
  return f(caf::meta::type_name("dw.proxy_token"), x.value, x.lifetime);
}

// -- proxy hosts --------------------------------------------------------------

/// Where a proxy host sends its requests.
struct proxy_target {
  /// "http" or "https".
  std::string scheme = "http";
  std::string host;
  uint16_t port = 0;

  friend bool operator==(const proxy_target&, const proxy_target&) = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, proxy_target& x) {
  return f(caf::meta::type_name("dw.proxy_target"), x.scheme, x.host, x.port);
}

/// A proxy host as NPM stores it.
struct proxy_host {
  int64_t id = 0;
  int64_t owner_user_id = 0;
  std::vector<std::string> domains;
  proxy_target target;
  int64_t certificate_id = 0;
  int64_t access_list_id = 0;
  bool ssl_forced = false;
  bool http2 = false;
  bool hsts = false;
  bool hsts_subdomains = false;
  bool block_exploits = false;
  bool caching = false;
  bool websockets = false;
  bool enabled = true;
  std::string advanced_config;
  /// The JSON object `meta` without NPM's own `nginx_online` and `nginx_err`.
  std::string meta = "{}";
  /// NPM's verdict on the configuration it wrote last; none if never written.
  caf::optional<bool> nginx_online;
  std::string nginx_error;

  friend bool operator==(const proxy_host&, const proxy_host&) = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, proxy_host& x) {
  return f(caf::meta::type_name("dw.proxy_host"), x.id, x.owner_user_id,
           x.domains, x.target, x.certificate_id, x.access_list_id,
           x.ssl_forced, x.http2, x.hsts, x.hsts_subdomains, x.block_exploits,
           x.caching, x.websockets, x.enabled, x.advanced_config, x.meta,
           x.nginx_online, x.nginx_error);
}

/// What a stage's spec may say of its proxy host. None leaves an existing
/// host's value, and takes the default for a new one.
struct proxy_options {
  /// Default true.
  caf::optional<bool> websockets;
  /// Default true.
  caf::optional<bool> block_exploits;
  /// Default false.
  caf::optional<bool> caching;
  /// The id of a certificate in NPM; 0 for none.
  caf::optional<int64_t> certificate;
  /// Redirect http to https; default true with a certificate.
  caf::optional<bool> force_ssl;
  /// Default true with a certificate.
  caf::optional<bool> http2;
  caf::optional<bool> hsts;
  /// The id of an access list in NPM; 0 for none.
  caf::optional<int64_t> access_list;

  friend bool operator==(const proxy_options&, const proxy_options&) = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, proxy_options& x) {
  return f(caf::meta::type_name("dw.proxy_options"), x.websockets,
           x.block_exploits, x.caching, x.certificate, x.force_ssl, x.http2,
           x.hsts, x.access_list);
}

struct create_proxy_host {
  call options;
  std::vector<std::string> domains;
  proxy_target target;
  proxy_options settings;
  /// A JSON object.
  std::string meta = "{}";
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, create_proxy_host& x) {
  return f(caf::meta::type_name("dw.create_proxy_host"), x.options, x.domains,
           x.target, x.settings, x.meta);
}

struct read_proxy_host {
  call options;
  int64_t id = 0;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, read_proxy_host& x) {
  return f(caf::meta::type_name("dw.read_proxy_host"), x.options, x.id);
}

/// Asks for the hosts that there are now.
struct list_proxy_hosts {
  call options;
  /// Only those that have one of these domains, or the mark of this stage; all
  /// hosts if everything is empty.
  std::vector<std::string> domains;
  std::string project;
  std::string stage;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, list_proxy_hosts& x) {
  return f(caf::meta::type_name("dw.list_proxy_hosts"), x.options, x.domains,
           x.project, x.stage);
}

/// Changes the given members of a proxy host and no others.
struct update_proxy_host {
  call options;
  int64_t id = 0;
  /// None: unchanged.
  caf::optional<proxy_target> target;
  caf::optional<std::vector<std::string>> domains;
  caf::optional<bool> enabled;
  proxy_options settings;
  /// A complete JSON object, which replaces the old one.
  caf::optional<std::string> meta;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, update_proxy_host& x) {
  return f(caf::meta::type_name("dw.update_proxy_host"), x.options, x.id,
           x.target, x.domains, x.enabled, x.settings, x.meta);
}

/// Deletes a proxy host. Done also if it is gone.
struct delete_proxy_host {
  call options;
  int64_t id = 0;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, delete_proxy_host& x) {
  return f(caf::meta::type_name("dw.delete_proxy_host"), x.options, x.id);
}

/// Serves a proxy host again. Done also if it is enabled.
struct enable_proxy_host {
  call options;
  int64_t id = 0;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, enable_proxy_host& x) {
  return f(caf::meta::type_name("dw.enable_proxy_host"), x.options, x.id);
}

/// Stops serving a proxy host. Done also if it is disabled.
struct disable_proxy_host {
  call options;
  int64_t id = 0;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, disable_proxy_host& x) {
  return f(caf::meta::type_name("dw.disable_proxy_host"), x.options, x.id);
}

/// Finds the proxy host that has exactly this domain, in any case and with or
/// without a trailing dot. Fails with `errc::not_found`.
struct find_proxy_host {
  call options;
  std::string domain;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, find_proxy_host& x) {
  return f(caf::meta::type_name("dw.find_proxy_host"), x.options, x.domain);
}

/// Asks a proxy who it is and what our account may do there.
struct ping_proxy {
  call options;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, ping_proxy& x) {
  return f(caf::meta::type_name("dw.ping_proxy"), x.options);
}

struct proxy_info {
  /// As the server says it; from a source tree it says 2.0.0 or 0.0.0.
  std::string version;
  /// May create and change proxy hosts.
  bool can_manage = false;
  /// Sees the hosts of other accounts too.
  bool sees_all = false;
  /// May do everything, also make accounts.
  bool is_admin = false;
  /// What else it may see or manage, for instance "certificates"; empty for an
  /// administrator.
  std::vector<std::string> also_granted;

  friend bool operator==(const proxy_info&, const proxy_info&) = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, proxy_info& x) {
  return f(caf::meta::type_name("dw.proxy_info"), x.version, x.can_manage,
           x.sees_all, x.is_admin, x.also_granted);
}

// -- routes -------------------------------------------------------------------

/// Whose a route is: written into `meta`, so that it survives us.
struct route_owner {
  std::string project;
  std::string stage;
  /// The container that serves.
  std::string instance_id;

  friend bool operator==(const route_owner&, const route_owner&) = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, route_owner& x) {
  return f(caf::meta::type_name("dw.route_owner"), x.project, x.stage,
           x.instance_id);
}

/// Sends the requests for `domains` to `target`: changes the proxy hosts that
/// have them, or creates one. Changes nothing if all is so already.
struct set_route {
  call options;
  std::vector<std::string> domains;
  proxy_target target;
  route_owner owner;
  proxy_options settings;
  /// Take over a proxy host that is not ours, instead of `errc::domain_taken`.
  bool adopt = false;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, set_route& x) {
  return f(caf::meta::type_name("dw.set_route"), x.options, x.domains, x.target,
           x.owner, x.settings, x.adopt);
}

/// What `set_route` did to one proxy host, and so what undoes it.
struct route_change {
  int64_t host_id = 0;
  /// We created it.
  bool created = false;
  /// As it was before. Meaningless if `created`.
  proxy_host before;

  friend bool operator==(const route_change&, const route_change&) = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, route_change& x) {
  return f(caf::meta::type_name("dw.route_change"), x.host_id, x.created,
           x.before);
}

struct route_result {
  /// Empty if all was so already.
  std::vector<route_change> changes;

  friend bool operator==(const route_result&, const route_result&) = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, route_result& x) {
  return f(caf::meta::type_name("dw.route_result"), x.changes);
}

/// Undoes a `set_route`: puts the former target back, deletes what was created.
struct revert_route {
  call options;
  std::vector<route_change> changes;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, revert_route& x) {
  return f(caf::meta::type_name("dw.revert_route"), x.options, x.changes);
}

} // namespace dw
