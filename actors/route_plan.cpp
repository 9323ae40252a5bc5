#include "actors/route_plan.hpp"

#include "messages/error.hpp"

#include <algorithm>
#include <set>
#include <string>

namespace dw {

namespace {

using names = std::vector<std::string>;

bool contains(const names& xs, const std::string& x) {
  return std::find(xs.begin(), xs.end(), x) != xs.end();
}

bool has_domain(const proxy_host& host, const std::string& domain) {
  return npm::find_by_domain({host}, domain) != nullptr;
}

caf::expected<names> normalize(const set_route& what) {
  names result;
  for (const auto& domain : what.domains) {
    auto name = npm::normalize_domain(domain);
    if (!name)
      return std::move(name.error());
    if (!contains(result, *name))
      result.push_back(std::move(*name));
  }
  if (result.empty())
    return make_failure(errc::invalid_argument,
                        {.operation = "set a route",
                         .reply = "there are no domains"});
  return result;
}

std::string describe(const proxy_host& host) {
  auto owner = npm::read_owner(host);
  return "proxy host " + std::to_string(host.id) + ", "
         + (owner ? "of stage " + owner->project + "/" + owner->stage
                  : std::string{"which is not managed by docker-watcher"})
         + ", has it and forwards to " + host.target.scheme + "://"
         + address_of(host.target);
}

caf::error taken(const proxy_host& host, const names& wanted) {
  auto domain = std::find_if(wanted.begin(), wanted.end(), [&](const auto& x) {
    return has_domain(host, x);
  });
  return make_failure(errc::domain_taken,
                      {.operation = "route",
                       .object = *domain,
                       .reply = describe(host),
                       .hint = "Remove the domain there, or allow to adopt "
                               "the proxy host."});
}

/// The names that a host of ours should have: those of the wanted ones that it
/// has, and the `missing` ones.
names names_of_ours(const proxy_host& host, const names& wanted,
                    const names& missing) {
  names result;
  for (const auto& domain : wanted)
    if (has_domain(host, domain) || contains(missing, domain))
      result.push_back(domain);
  return result;
}

/// The names of a host that is adopted: somebody may rely on each.
names names_of_adopted(const proxy_host& host, const names& missing) {
  auto result = host.domains;
  result.insert(result.end(), missing.begin(), missing.end());
  return result;
}

/// Compared as NPM and nginx do, whatever the order and the spelling.
bool same_names(const proxy_host& host, const names& domains) {
  auto has_all
    = std::all_of(domains.begin(), domains.end(),
                  [&](const auto& x) { return has_domain(host, x); });
  proxy_host other;
  other.domains = domains;
  return has_all
         && std::all_of(host.domains.begin(), host.domains.end(),
                        [&](const auto& x) { return has_domain(other, x); });
}

/// Of the settings that are given, those that differ.
proxy_options differing(const proxy_options& wanted, const proxy_host& host) {
  auto result = wanted;
  auto drop_equal = [](auto& member, const auto& now) {
    if (member && *member == now)
      member = caf::none;
  };
  drop_equal(result.websockets, host.websockets);
  drop_equal(result.block_exploits, host.block_exploits);
  drop_equal(result.caching, host.caching);
  drop_equal(result.certificate, host.certificate_id);
  drop_equal(result.force_ssl, host.ssl_forced);
  drop_equal(result.http2, host.http2);
  drop_equal(result.hsts, host.hsts);
  drop_equal(result.access_list, host.access_list_id);
  return result;
}

/// NPM drops such settings silently, so that they would differ for ever.
caf::error check_settings(const proxy_options& wanted, const proxy_host& host) {
  auto refuse = [&host](const char* why) {
    return make_failure(errc::invalid_argument,
                        {.operation = "change proxy host",
                         .object = std::to_string(host.id),
                         .reply = why});
  };
  auto is_wanted = [](const caf::optional<bool>& x) { return x && *x; };
  auto certificate = wanted.certificate.value_or(host.certificate_id);
  if (certificate == 0
      && (is_wanted(wanted.force_ssl) || is_wanted(wanted.http2)
          || is_wanted(wanted.hsts)))
    return refuse("force_ssl, http2 and hsts need a certificate");
  if (is_wanted(wanted.hsts) && !wanted.force_ssl.value_or(host.ssl_forced))
    return refuse("hsts needs force_ssl");
  return caf::none;
}

/// The change that a host needs; none if it is as it should be.
std::optional<route_update>
plan_update(const set_route& what, const proxy_host& host,
            const names& domains) {
  route_update result;
  auto& change = result.change;
  auto has_names = same_names(host, domains);
  change.settings = differing(what.settings, host);
  if (has_names && host.target == what.target
      && npm::read_owner(host) == what.owner && host.enabled
      && host.nginx_online.value_or(false)
      && change.settings == proxy_options{})
    return std::nullopt;
  result.before = host;
  change.id = host.id;
  change.target = what.target;
  change.meta = npm::write_owner(host.meta, what.owner);
  if (!has_names)
    change.domains = domains;
  if (!host.enabled)
    change.enabled = true;
  if (!is_owned_by(host, what.owner)) {
    result.check = npm::domain_check::none;
    if (!npm::read_owner(host))
      change.meta = npm::mark_adopted(*change.meta);
  }
  return result;
}

create_proxy_host plan_creation(const set_route& what, names domains) {
  create_proxy_host result;
  result.domains = std::move(domains);
  result.target = what.target;
  result.settings = what.settings;
  result.meta = npm::write_owner("{}", what.owner);
  return result;
}

/// The hosts that have any of the wanted domains, our own first.
std::vector<proxy_host>
matching(const std::vector<proxy_host>& hosts, const names& wanted,
         const route_owner& owner) {
  std::vector<proxy_host> result;
  std::copy_if(hosts.begin(), hosts.end(), std::back_inserter(result),
               [&wanted](const proxy_host& host) {
                 return std::any_of(wanted.begin(), wanted.end(),
                                    [&host](const auto& x) {
                                      return has_domain(host, x);
                                    });
               });
  std::stable_partition(result.begin(), result.end(),
                        [&owner](const proxy_host& host) {
                          return is_owned_by(host, owner);
                        });
  return result;
}

} // namespace

std::string address_of(const proxy_target& x) {
  return x.host + ":" + std::to_string(x.port);
}

bool is_owned_by(const proxy_host& host, const route_owner& owner) {
  auto mark = npm::read_owner(host);
  return mark && mark->project == owner.project && mark->stage == owner.stage;
}

caf::expected<route_plan>
plan_route(const set_route& what, const std::vector<proxy_host>& hosts) {
  auto wanted = normalize(what);
  if (!wanted)
    return std::move(wanted.error());
  route_plan result;
  auto matched = matching(hosts, *wanted, what.owner);
  if (matched.empty()) {
    result.creation = plan_creation(what, std::move(*wanted));
    return result;
  }
  // Names that no host has yet go to the first one.
  names missing;
  for (const auto& domain : *wanted)
    if (npm::find_by_domain(matched, domain) == nullptr)
      missing.push_back(domain);
  for (const auto& host : matched) {
    auto is_ours = is_owned_by(host, what.owner);
    if (!is_ours && !what.adopt)
      return taken(host, *wanted);
    if (auto err = check_settings(what.settings, host))
      return err;
    auto domains = is_ours ? names_of_ours(host, *wanted, missing)
                           : names_of_adopted(host, missing);
    missing.clear();
    if (auto update = plan_update(what, host, domains))
      result.updates.push_back(std::move(*update));
  }
  return result;
}

} // namespace dw
