#include "tests/support/fake_proxy.hpp"

#include "messages/error.hpp"
#include "messages/types.hpp"
#include "transports/npm_api.hpp"

#include <algorithm>
#include <stdexcept>

namespace dw::test {

const proxy_host* fake_proxy::find(const std::string& domain) const {
  return npm::find_by_domain(hosts_, domain);
}

proxy_host& fake_proxy::at(int64_t id) {
  auto i = std::find_if(hosts_.begin(), hosts_.end(),
                        [id](const auto& x) { return x.id == id; });
  if (i == hosts_.end())
    throw std::logic_error{"no such proxy host"};
  return *i;
}

int64_t fake_proxy::add(std::string domain, proxy_target target) {
  proxy_host host;
  host.id = ++last_id_;
  host.domains = {std::move(domain)};
  host.target = std::move(target);
  host.nginx_online = true;
  hosts_.push_back(std::move(host));
  return last_id_;
}

caf::expected<route_result>
fake_proxy::set_route(const dw::set_route& request) {
  route_result result;
  auto has_domain = false;
  for (auto& host : hosts_) {
    auto serves = [&](const auto& domain) {
      return npm::find_by_domain({host}, domain) != nullptr;
    };
    if (std::none_of(request.domains.begin(), request.domains.end(), serves))
      continue;
    has_domain = true;
    auto owner = npm::read_owner(host);
    auto is_ours = owner && owner->project == request.owner.project
                   && owner->stage == request.owner.stage;
    if (!is_ours && !request.adopt)
      return make_failure(errc::domain_taken,
                          {.operation = "route",
                           .object = host.domains.front(),
                           .reply = "it is not of this stage"});
    auto before = host;
    host.target = request.target;
    host.meta = npm::write_owner(host.meta, request.owner);
    host.enabled = true;
    if (!owner)
      host.meta = npm::mark_adopted(host.meta);
    if (!(before == host))
      result.changes.push_back({host.id, false, before});
  }
  if (!has_domain) {
    auto id = add(request.domains.front(), request.target);
    hosts_.back().domains = request.domains;
    hosts_.back().meta = npm::write_owner("{}", request.owner);
    result.changes.push_back({id, true, {}});
  }
  return result;
}

caf::expected<done>
fake_proxy::revert(const std::vector<route_change>& changes) {
  for (const auto& change : changes) {
    if (change.created) {
      remove(change.host_id);
      continue;
    }
    for (auto& host : hosts_)
      if (host.id == change.host_id)
        host = change.before;
  }
  return done{};
}

caf::expected<proxy_host> fake_proxy::update(const update_proxy_host& change) {
  auto& host = at(change.id);
  if (change.meta)
    host.meta = *change.meta;
  return host;
}

caf::expected<done> fake_proxy::disable(int64_t id) {
  at(id).enabled = false;
  return done{};
}

caf::expected<done> fake_proxy::remove(int64_t id) {
  std::erase_if(hosts_, [id](const auto& x) { return x.id == id; });
  return done{};
}

} // namespace dw::test
