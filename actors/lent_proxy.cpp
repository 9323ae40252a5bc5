#include "actors/lent_proxy.hpp"

#include "actors/harden.hpp"
#include "actors/node_proof.hpp"
#include "messages/error.hpp"
#include "transports/npm_api.hpp"
#include "transports/obligation.hpp"

#include <algorithm>
#include <memory>
#include <utility>

namespace dw {

// -- what a node may have -----------------------------------------------------

void route_allowance::allow(const deploy_spec& spec) {
  stage x;
  x.adopt = spec.adopt;
  for (const auto& domain : spec.domains)
    x.domains.insert(npm::comparable_domain(domain));
  std::lock_guard guard{mutex_};
  stages_[key_of(spec)] = std::move(x);
}

bool route_allowance::has(const stage_key& key,
                          const std::vector<std::string>& domains,
                          bool adopt) const {
  std::lock_guard guard{mutex_};
  auto i = stages_.find(key);
  return i != stages_.end() && (i->second.adopt || !adopt)
         && std::all_of(domains.begin(), domains.end(), [&](const auto& x) {
              return i->second.domains.contains(npm::comparable_domain(x));
            });
}

bool route_allowance::has(const proxy_host& host,
                          const std::vector<std::string>& domains) const {
  auto more = domains;
  std::erase_if(more, [&](const auto& x) {
    return std::find(host.domains.begin(), host.domains.end(), x)
           != host.domains.end();
  });
  if (auto owner = npm::read_owner(host))
    return has(stage_key{owner->project, owner->stage}, more);
  // Nobody's host belongs to the stage that has all of its domains.
  more.insert(more.end(), host.domains.begin(), host.domains.end());
  std::vector<stage_key> keys;
  {
    std::lock_guard guard{mutex_};
    for (const auto& [key, x] : stages_)
      keys.push_back(key);
  }
  return std::any_of(keys.begin(), keys.end(),
                     [&](const auto& key) { return has(key, more); });
}

bool route_allowance::concerns(const proxy_host& host) const {
  auto owner = npm::read_owner(host);
  std::lock_guard guard{mutex_};
  if (owner && stages_.contains({owner->project, owner->stage}))
    return true;
  return std::any_of(stages_.begin(), stages_.end(), [&](const auto& x) {
    return std::any_of(
      host.domains.begin(), host.domains.end(), [&](const auto& domain) {
        return x.second.domains.contains(npm::comparable_domain(domain));
      });
  });
}

namespace {

using self_pointer = lent_proxy_actor::stateful_pointer<lent_proxy_state>;

caf::error refuse(self_pointer self, const char* operation, std::string object,
                  std::string reply) {
  auto err = make_failure(
    errc::forbidden, {.operation = operation,
                      .object = std::move(object),
                      .reply = std::move(reply),
                      .hint = "The controller lends its proxy for the stages "
                              "that it deploys to this node."});
  spdlog::warn("node {}: {}", self->state.node, render(err));
  return err;
}

caf::error
check_pass(self_pointer self, const char* operation, const node_pass& pass) {
  if (is_same(pass.value, self->state.pass.value))
    return caf::none;
  return refuse(self, operation, {}, "it was not lent to whoever asks");
}

// Where there is no proxy there are no routes, which is as much as most stages
// need to know.
caf::error check_proxy(self_pointer self, const char* operation) {
  if (self->state.proxy)
    return caf::none;
  return refuse(self, operation, {}, "the controller has no proxy to lend");
}

// -- handing on ---------------------------------------------------------------

template <class Answer, class Request>
void hand_on(self_pointer self, std::shared_ptr<obligation<Answer>> owed,
             Request x) {
  x.options.ticket = 0; // the tickets of others may be the same
  self->request(self->state.proxy, caf::infinite, std::move(x))
    .then([owed](Answer& y) { owed->settle(std::move(y)); },
          [owed](caf::error& err) { owed->settle(std::move(err)); });
}

template <class Answer>
std::shared_ptr<obligation<Answer>> owe(self_pointer self) {
  return std::make_shared<obligation<Answer>>(
    self->template make_response_promise<Answer>());
}

// What a request would change, and the domains that it would give to that.
struct change {
  int64_t host_id = 0;
  std::vector<std::string> domains;
};

template <class Request>
std::vector<change> changes_of(const Request& x) {
  return {{x.id, {}}};
}

std::vector<change> changes_of(const update_proxy_host& x) {
  return {{x.id, x.domains.value_or(std::vector<std::string>{})}};
}

std::vector<change> changes_of(const revert_route& x) {
  std::vector<change> result;
  for (const auto& y : x.changes)
    result.push_back(
      {y.host_id, y.created ? std::vector<std::string>{} : y.before.domains});
  return result;
}

bool are_allowed(const route_allowance& routes, const std::vector<change>& xs,
                 const std::vector<proxy_host>& hosts) {
  return std::all_of(xs.begin(), xs.end(), [&](const change& x) {
    auto host = std::find_if(hosts.begin(), hosts.end(),
                             [&](const auto& y) { return y.id == x.host_id; });
    // What is gone cannot be changed.
    return host == hosts.end() || routes.has(*host, x.domains);
  });
}

// Calls `f` with all hosts of the proxy; its failure is the answer.
template <class Answer, class F>
void with_all_hosts(self_pointer self, std::chrono::milliseconds timeout,
                    std::shared_ptr<obligation<Answer>> owed, F f) {
  list_proxy_hosts all;
  all.options.timeout = timeout;
  self->request(self->state.proxy, caf::infinite, all)
    .then([f](std::vector<proxy_host>& hosts) { f(hosts); },
          [owed](caf::error& err) { owed->settle(std::move(err)); });
}

// Changes hosts by their numbers: looks first whose they are.
template <class Answer, class Request>
caf::result<Answer> change_hosts(self_pointer self, const char* operation,
                                 const node_pass& pass, const Request& x) {
  if (auto err = check_pass(self, operation, pass))
    return err;
  if (auto err = check_proxy(self, operation))
    return err;
  auto owed = owe<Answer>(self);
  with_all_hosts(self, x.options.timeout, owed,
                 [self, owed, operation, x](const auto& hosts) {
                   if (are_allowed(*self->state.routes, changes_of(x), hosts))
                     hand_on(self, owed, x);
                   else
                     owed->settle(refuse(self, operation, "proxy host",
                                         "it is not one of the node's stages"));
                 });
  return caf::delegated<Answer>{};
}

// What the node would see of its stages if the proxy had nothing else.
caf::result<std::vector<proxy_host>>
list_own(self_pointer self, const list_proxy_hosts& x) {
  auto owed = owe<std::vector<proxy_host>>(self);
  with_all_hosts(self, x.options.timeout, owed, [self, owed](auto& hosts) {
    std::erase_if(hosts, [&](const auto& y) {
      return !self->state.routes->concerns(y);
    });
    owed->settle(std::move(hosts));
  });
  return caf::delegated<std::vector<proxy_host>>{};
}

// What a host was before is what the node says that it was: it must be that
// host, and nothing that could not be asked for by a change.
bool can_have_been(const route_change& x) {
  if (x.created)
    return true;
  update_proxy_host change;
  change.id = x.before.id;
  change.domains = x.before.domains;
  change.target = x.before.target;
  change.meta = x.before.meta;
  return x.before.id == x.host_id
         && npm::update_host(secret{}, change, npm::domain_check::none);
}

caf::result<done>
take_back(self_pointer self, const node_pass& pass, const revert_route& x) {
  constexpr auto operation = "take a route back";
  if (!std::all_of(x.changes.begin(), x.changes.end(), can_have_been))
    return refuse(self, operation, "proxy host",
                  "what it was before cannot be what it was");
  return change_hosts<done>(self, operation, pass, x);
}

caf::result<std::vector<proxy_host>>
list(self_pointer self, const node_pass& pass, const list_proxy_hosts& x) {
  constexpr auto operation = "list proxy hosts";
  if (auto err = check_pass(self, operation, pass))
    return err;
  if (!self->state.proxy)
    return std::vector<proxy_host>{};
  if (x.project.empty() && x.stage.empty() && x.domains.empty())
    return list_own(self, x);
  if (!self->state.routes->has({x.project, x.stage}, x.domains))
    return refuse(self, operation, x.project + "/" + x.stage,
                  "it is not a stage of the node, or has other domains");
  auto owed = owe<std::vector<proxy_host>>(self);
  hand_on(self, owed, x);
  return caf::delegated<std::vector<proxy_host>>{};
}

caf::result<route_result>
route(self_pointer self, const node_pass& pass, const set_route& x) {
  constexpr auto operation = "set the route of";
  if (auto err = check_pass(self, operation, pass))
    return err;
  if (auto err = check_proxy(self, operation))
    return err;
  if (!self->state.routes->has({x.owner.project, x.owner.stage}, x.domains,
                               x.adopt))
    return refuse(self, operation, x.owner.project + "/" + x.owner.stage,
                  "it is not a stage of the node, or has other domains");
  auto owed = owe<route_result>(self);
  hand_on(self, owed, x);
  return caf::delegated<route_result>{};
}

} // namespace

lent_proxy_actor::behavior_type
lent_proxy(self_pointer self, proxy_registrar_actor proxy, node_pass pass,
           std::string node, std::shared_ptr<const route_allowance> routes) {
  harden(self);
  auto& st = self->state;
  st.proxy = std::move(proxy);
  st.pass = std::move(pass);
  st.node = std::move(node);
  st.routes = std::move(routes);
  return {
    [self](const node_pass& shown, const list_proxy_hosts& x) {
      return list(self, shown, x);
    },
    [self](const node_pass& shown, const update_proxy_host& x) {
      return change_hosts<proxy_host>(self, "change", shown, x);
    },
    [self](const node_pass& shown, const delete_proxy_host& x) {
      return change_hosts<done>(self, "delete", shown, x);
    },
    [self](const node_pass& shown, const disable_proxy_host& x) {
      return change_hosts<done>(self, "disable", shown, x);
    },
    [self](const node_pass& shown, const set_route& x) {
      return route(self, shown, x);
    },
    [self](const node_pass& shown, const revert_route& x) {
      return take_back(self, shown, x);
    },
  };
}

} // namespace dw
