#include "actors/stage_state.hpp"

#include "actors/rollout_plan.hpp"
#include "messages/service.hpp"
#include "transports/npm_api.hpp"

#include <algorithm>

namespace dw {

namespace {

bool has_domain_of(const proxy_host& host, const deploy_spec& spec) {
  return std::any_of(spec.domains.begin(), spec.domains.end(),
                     [&](const auto& domain) {
                       return npm::find_by_domain({host}, domain) != nullptr;
                     });
}

// Newest first; among those created in the same second the id decides, so that
// the order is the same each time.
void sort_by_age(std::vector<container_summary>& xs) {
  std::sort(xs.begin(), xs.end(), [](const auto& x, const auto& y) {
    return std::tie(x.created, x.id) > std::tie(y.created, y.id);
  });
}

// Such a container has served nobody: a deploy has left it that was interrupted
// before it knew the container's id.
bool never_ran(const container_summary& x) {
  return x.state == container_state::created;
}

auto find_served(const std::vector<container_summary>& containers,
                 const std::vector<proxy_host>& hosts,
                 const deploy_spec& spec) {
  auto i = containers.end();
  for (const auto& host : hosts) {
    auto owner = npm::read_owner(host);
    if (!owner || !is_host_of(host, spec))
      continue;
    i = std::find_if(containers.begin(), containers.end(), [&](const auto& x) {
      return x.instance_id == owner->instance_id;
    });
    if (i != containers.end())
      break;
  }
  return i;
}

} // namespace

std::string describe(const container_summary& x) {
  return (is_swarm_id(x.id) ? "service " : "container ") + x.name;
}

bool is_running(const container_summary& x) {
  return x.state == container_state::running;
}

const container_summary* find_service(const stage_state& x) {
  if (x.current && is_swarm_id(x.current->id))
    return &*x.current;
  auto i = std::find_if(x.retired.begin(), x.retired.end(),
                        [](const auto& y) { return is_swarm_id(y.id); });
  return i != x.retired.end() ? &*i : nullptr;
}

bool uses_swarm(const std::vector<deploy_spec>& stages,
                const std::string& node) {
  return std::any_of(stages.begin(), stages.end(), [&node](const auto& x) {
    return x.target == deploy_target::swarm && is_on(x, node);
  });
}

bool is_host_of(const proxy_host& host, const deploy_spec& spec) {
  auto owner = npm::read_owner(host);
  return owner && owner->project == spec.project && owner->stage == spec.stage;
}

stage_state
assess_stage(const deploy_spec& spec, std::vector<container_summary> containers,
             const std::vector<proxy_host>& hosts) {
  stage_state result;
  for (const auto& host : hosts)
    if (is_host_of(host, spec) || has_domain_of(host, spec))
      result.hosts.push_back(host);
  sort_by_age(containers);
  auto served = find_served(containers, result.hosts, spec);
  // A route to an instance that is not there tells nothing while others run:
  // none of those may be taken for a leftover.
  auto is_routed
    = served != containers.end()
      && (is_running(*served)
          || std::none_of(containers.begin(), containers.end(), is_running));
  if (!is_routed)
    served = std::find_if(containers.begin(), containers.end(), is_running);
  if (served == containers.end())
    served = std::find_if_not(containers.begin(), containers.end(), never_ran);
  for (auto i = containers.begin(); i != containers.end(); ++i) {
    if (i == served)
      result.current = *i;
    else if (never_ran(*i) || (is_routed && i < served))
      result.unfinished.push_back(*i);
    else
      result.retired.push_back(*i);
  }
  return result;
}

std::vector<route_change>
changes_between(const std::vector<proxy_host>& before,
                const std::vector<proxy_host>& now, const deploy_spec& spec) {
  std::vector<route_change> result;
  for (const auto& host : now) {
    auto old = std::find_if(before.begin(), before.end(),
                            [&](const auto& x) { return x.id == host.id; });
    if (old == before.end()) {
      if (is_host_of(host, spec))
        result.push_back({host.id, true, {}});
    } else if (old->target != host.target || old->domains != host.domains
               || old->meta != host.meta || old->enabled != host.enabled) {
      result.push_back({host.id, false, *old});
    }
  }
  return result;
}

retirement plan_retirement(std::vector<container_summary> containers,
                           const std::string& current_id, uint32_t keep) {
  retirement result;
  std::erase_if(containers, [&](const auto& x) { return x.id == current_id; });
  sort_by_age(containers);
  for (auto& x : containers) {
    if (keep == 0)
      result.remove.push_back(std::move(x));
    else {
      --keep;
      if (x.state != container_state::exited)
        result.stop.push_back(std::move(x));
    }
  }
  return result;
}

} // namespace dw
