#include "actors/drift_plan.hpp"

#include "actors/route_plan.hpp"
#include "actors/stage_record.hpp"
#include "messages/error.hpp"
#include "messages/naming.hpp"
#include "transports/docker_api.hpp"
#include "transports/npm_api.hpp"
#include "transports/text.hpp"

#include <boost/algorithm/string/join.hpp>

#include <algorithm>

namespace dw {

namespace {

// -- what should be -----------------------------------------------------------

// Where a container that runs gets its requests; none if its port is not to be
// found.
std::optional<proxy_target>
target_of(const deploy_spec& spec, const container_summary& x) {
  auto record = apply_record(spec, label_of(x.labels, label::record));
  auto port = record ? record->port : spec.port;
  if (spec.forward == forward_mode::network) {
    auto name
      = container_name(x.project, x.stage, label_of(x.labels, label::tag));
    return proxy_target{"http", instance_alias(name, x.instance_id), port};
  }
  container_info info;
  info.name = x.name;
  info.state = x.state;
  info.ports = x.ports;
  auto binding = docker::find_port(info, port);
  if (!binding)
    return std::nullopt;
  return proxy_target{"http", spec.forward_host, binding->host_port};
}

bool has_any_of(const proxy_host& host,
                const std::vector<std::string>& domains) {
  return std::any_of(domains.begin(), domains.end(), [&](const auto& x) {
    return npm::find_by_domain({host}, x) != nullptr;
  });
}

// A host of the stage whose domains the configuration has no more must not be
// left behind, either.
void add_forgotten_domains(set_route& route, const deploy_spec& spec,
                           const stage_state& state) {
  for (const auto& host : state.hosts)
    if (is_host_of(host, spec) && !has_any_of(host, spec.domains))
      route.domains.insert(route.domains.end(), host.domains.begin(),
                           host.domains.end());
}

std::optional<set_route>
route_to(const container_summary& current, const deploy_spec& spec,
         const stage_state& state) {
  auto target = target_of(spec, current);
  if (!target)
    return std::nullopt;
  set_route result;
  result.domains = spec.domains;
  add_forgotten_domains(result, spec, state);
  result.target = std::move(*target);
  result.owner = {spec.project, spec.stage, current.instance_id};
  result.settings = spec.proxy;
  return result;
}

// Changes nothing else: the mark still says what served.
std::optional<set_route>
route_to_nowhere(const deploy_spec& spec, const stage_state& state) {
  set_route result;
  for (const auto& host : state.hosts) {
    if (!is_host_of(host, spec))
      continue;
    result.owner = *npm::read_owner(host);
    result.domains.insert(result.domains.end(), host.domains.begin(),
                          host.domains.end());
  }
  if (result.domains.empty())
    return std::nullopt;
  result.target = nowhere();
  return result;
}

// -- what is ------------------------------------------------------------------

/// The running containers, by the ports that they have on the engine's host.
using port_owners = std::map<uint16_t, const container_summary*>;

port_owners owners_of(const std::vector<container_summary>& containers) {
  port_owners result;
  for (const auto& x : containers)
    if (is_running(x))
      for (const auto& port : x.ports)
        if (port.host_port != 0)
          result.emplace(port.host_port, &x);
  return result;
}

/// Looks at one stage.
class stage_check {
public:
  stage_check(const deploy_spec& spec,
              const std::vector<container_summary>& containers,
              const std::vector<proxy_host>& hosts, const port_owners& owners,
              const served_instances& served)
    : hosts_{hosts}, owners_{owners}, served_{served}, own_{containers_of(
                                                         key_of(spec),
                                                         containers)},
      state_{assess_stage(
        spec, own_, spec.domains.empty() ? std::vector<proxy_host>{} : hosts)} {
    result_.spec = spec;
  }

  stage_drift run() && {
    check_container();
    if (auto wanted = wanted_route(result_.spec, state_))
      check_route(*wanted);
    return std::move(result_);
  }

private:
  void add(drift_kind kind, std::string text) {
    const auto& spec = result_.spec;
    result_.found.push_back({spec.project, spec.stage, kind, std::move(text)});
  }

  // The instance that the route names, if it is not there.
  std::string missing_instance() const {
    for (const auto& host : state_.hosts) {
      if (!is_host_of(host, result_.spec))
        continue;
      auto id = npm::read_owner(host)->instance_id;
      if (std::none_of(own_.begin(), own_.end(),
                       [&](const auto& x) { return x.instance_id == id; }))
        return id;
    }
    return {};
  }

  void check_container() {
    if (auto id = missing_instance(); !id.empty()) {
      add(drift_kind::missing_container,
          "instance " + id + ", which served, is not there any more");
      return;
    }
    const auto& current = state_.current;
    if (!current || is_running(*current)
        || current->state == container_state::restarting)
      return;
    add(drift_kind::not_running,
        dw::describe(*current) + " is " + to_string(current->state));
  }

  void check_route(const set_route& wanted) {
    auto plan = plan_route(wanted, hosts_);
    if (!plan) {
      add(code_of(plan.error()) == errc::domain_taken
            ? drift_kind::foreign_host
            : drift_kind::changed_host,
          failure_of(plan.error()).object + ": "
            + failure_of(plan.error()).reply);
      return;
    }
    // One that Docker is starting again gets its new port in a moment.
    auto is_patient
      = state_.current && state_.current->state == container_state::restarting;
    for (const auto& x : plan->updates) {
      auto kind = kind_of(x);
      if (is_patient && kind != drift_kind::wrong_app)
        continue;
      add(kind, describe(x));
      result_.can_repair = true;
    }
    if (plan->creation)
      check_missing(*plan->creation);
  }

  // A container that was never seen to serve may be what a deploy has left that
  // was killed before it could tell whether it is any good.
  void check_missing(const create_proxy_host& wanted) {
    add(drift_kind::missing_host,
        "no proxy host has " + boost::join(wanted.domains, ", "));
    auto i = served_.find(key_of(result_.spec));
    if (i != served_.end() && state_.current
        && i->second == state_.current->instance_id)
      result_.can_repair = true;
  }

  // Whose port the host leads to, unless it is the stage's own.
  const container_summary* usurper(const proxy_target& x) const {
    if (result_.spec.forward == forward_mode::network
        || x.host != result_.spec.forward_host)
      return nullptr;
    auto i = owners_.find(x.port);
    if (i == owners_.end()
        || (i->second->project == result_.spec.project
            && i->second->stage == result_.spec.stage))
      return nullptr;
    return i->second;
  }

  drift_kind kind_of(const route_update& x) const {
    if (x.before.target == *x.change.target)
      return drift_kind::changed_host;
    return usurper(x.before.target) != nullptr ? drift_kind::wrong_app
                                               : drift_kind::wrong_target;
  }

  std::string describe(const route_update& x) const {
    auto result = "proxy host " + std::to_string(x.before.id) + " of "
                  + boost::join(x.before.domains, ", ");
    const auto& now = x.before.target;
    const auto& wanted = *x.change.target;
    if (now == wanted)
      return result + describe_change(x);
    result += " leads to " + address_of(now);
    if (const auto* other = usurper(now))
      result += ", which is " + dw::describe(*other) + ",";
    return result
           + (wanted == nowhere() ? " although its own container does not run"
                                  : " instead of " + address_of(wanted));
  }

  static std::string describe_change(const route_update& x) {
    if (!x.before.enabled)
      return " is disabled";
    if (x.change.domains)
      return " should have " + boost::join(*x.change.domains, ", ");
    if (!x.before.nginx_online.value_or(false))
      return " is not served: "
             + (x.before.nginx_error.empty()
                  ? "nginx was not told of it"
                  : clean_text(x.before.nginx_error));
    if (!(x.change.settings == proxy_options{}))
      return " has other settings than the stage";
    return " has lost the mark of what serves";
  }

  const std::vector<proxy_host>& hosts_;
  const port_owners& owners_;
  const served_instances& served_;
  std::vector<container_summary> own_;
  stage_state state_;
  stage_drift result_;
};

bool leads_to_another_app(const stage_drift& x) {
  return std::any_of(x.found.begin(), x.found.end(), [](const auto& y) {
    return y.kind == drift_kind::wrong_app;
  });
}

} // namespace

const proxy_target& nowhere() {
  static const proxy_target result{"http", "127.0.0.1", 9};
  return result;
}

std::optional<set_route>
wanted_route(const deploy_spec& spec, const stage_state& state) {
  if (spec.domains.empty())
    return std::nullopt;
  const auto& current = state.current;
  if (current && is_running(*current))
    return route_to(*current, spec, state);
  // A container that is paused keeps its port, and a name is nobody else's.
  if (spec.forward == forward_mode::network
      || (current && current->state == container_state::paused))
    return std::nullopt;
  return route_to_nowhere(spec, state);
}

std::vector<stage_drift>
find_drift(const std::vector<deploy_spec>& stages,
           const std::vector<container_summary>& containers,
           const std::vector<proxy_host>& hosts,
           const served_instances& served) {
  auto owners = owners_of(containers);
  std::vector<stage_drift> result;
  for (const auto& spec : stages) {
    auto found = stage_check{spec, containers, hosts, owners, served}.run();
    if (!found.found.empty())
      result.push_back(std::move(found));
  }
  std::stable_partition(result.begin(), result.end(), leads_to_another_app);
  return result;
}

std::vector<container_summary>
containers_of(const stage_key& stage,
              const std::vector<container_summary>& containers) {
  std::vector<container_summary> result;
  std::copy_if(containers.begin(), containers.end(), std::back_inserter(result),
               [&](const auto& x) {
                 return x.project == stage.first && x.stage == stage.second;
               });
  return result;
}

} // namespace dw
