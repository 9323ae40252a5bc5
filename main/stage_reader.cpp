#include "main/stage_reader.hpp"

#include "actors/rollout_plan.hpp"
#include "main/problems.hpp"
#include "messages/error.hpp"
#include "messages/naming.hpp"

#include <algorithm>
#include <map>

namespace dw {

namespace {

using containers = std::vector<container_summary>;

bool is_local(const deploy_spec& spec) {
  return is_on(spec, {});
}

list_containers
all_of(const std::vector<deploy_spec>& specs, const std::string& node = {}) {
  list_containers request;
  request.labels = {{label::project, ""}, {label::stage, ""}};
  if (specs.size() == 1)
    request.labels = {{label::project, specs.front().project},
                      {label::stage, specs.front().stage}};
  request.services = uses_swarm(specs, node);
  return request;
}

caf::expected<std::vector<proxy_host>>
read_hosts(session& running, const std::vector<deploy_spec>& specs) {
  auto is_routed = std::any_of(specs.begin(), specs.end(), [](const auto& x) {
    return !x.domains.empty();
  });
  if (!is_routed || !running.svc().proxy)
    return std::vector<proxy_host>{};
  return running.ask<std::vector<proxy_host>>(running.svc().proxy,
                                              list_proxy_hosts{});
}

// What all machines have that run one of the stages.
struct findings {
  caf::expected<containers> here{containers{}};
  std::map<std::string, caf::expected<containers>> nodes;
  std::vector<proxy_host> hosts;
};

caf::expected<containers> ask_node_of(session& running, const std::string& node,
                                      const std::vector<deploy_spec>& specs) {
  auto i = running.svc().nodes.find(node);
  if (i == running.svc().nodes.end())
    return make_failure(errc::invalid_argument,
                        {.operation = "find the node",
                         .object = in_quotes(node),
                         .reply = "the configuration does not have it",
                         .hint = "docker-watcher nodes shows those that it "
                                 "has."});
  return running.ask<containers>(i->second.link, all_of(specs, node));
}

caf::expected<findings>
look(session& running, const std::vector<deploy_spec>& specs) {
  findings result;
  if (std::any_of(specs.begin(), specs.end(), is_local)) {
    result.here
      = running.ask<containers>(running.svc().containers, all_of(specs));
    if (!result.here)
      return std::move(result.here.error());
  }
  for (const auto& spec : specs)
    for (const auto& node : chosen_nodes(spec))
      if (!result.nodes.contains(node))
        result.nodes.emplace(node, ask_node_of(running, node, specs));
  auto hosts = read_hosts(running, specs);
  if (!hosts)
    return std::move(hosts.error());
  result.hosts = std::move(*hosts);
  return result;
}

stage_state assess(const deploy_spec& spec, const containers& all,
                   const std::vector<proxy_host>& hosts) {
  containers own;
  for (const auto& x : all)
    if (x.project == spec.project && x.stage == spec.stage)
      own.push_back(x);
  return assess_stage(spec, std::move(own),
                      spec.domains.empty() ? std::vector<proxy_host>{} : hosts);
}

std::vector<stage_state> states_of(const deploy_spec& spec, const findings& x) {
  if (is_local(spec))
    return {assess(spec, *x.here, x.hosts)};
  std::vector<stage_state> result;
  auto nodes = chosen_nodes(spec);
  for (const auto& node : nodes) {
    const auto& there = x.nodes.at(node);
    stage_state state;
    if (!there)
      state.problem = there.error();
    else // with several nodes, their routes are in proxies of their own
      state = assess(spec, *there,
                     nodes.size() == 1 ? x.hosts : std::vector<proxy_host>{});
    state.node = node;
    result.push_back(std::move(state));
  }
  return result;
}

caf::error
no_container(const deploy_spec& spec, std::string reply, std::string hint) {
  return make_failure(errc::not_found,
                      {.object = spec.project + "/" + spec.stage,
                       .reply = std::move(reply),
                       .hint = std::move(hint)});
}

} // namespace

caf::expected<std::vector<std::vector<stage_state>>>
read_stages(session& running, const std::vector<deploy_spec>& specs) {
  auto found = look(running, specs);
  if (!found)
    return std::move(found.error());
  std::vector<std::vector<stage_state>> result;
  result.reserve(specs.size());
  for (const auto& spec : specs)
    result.push_back(states_of(spec, *found));
  return result;
}

caf::expected<stage_state>
read_stage(session& running, const deploy_spec& spec) {
  auto states = read_stages(running, {spec});
  if (!states)
    return std::move(states.error());
  return std::move(states->front().front());
}

caf::expected<current_container>
read_current(session& running, const deploy_spec& spec) {
  auto states = read_stages(running, {spec});
  if (!states)
    return std::move(states.error());
  auto& all = states->front();
  if (all.size() > 1) {
    std::string names;
    for (const auto& x : all)
      names += (names.empty() ? "" : ", ") + x.node;
    return no_container(spec, "it is on several nodes: " + names,
                        "Name one with --node.");
  }
  auto& x = all.front();
  if (x.problem)
    return std::move(x.problem);
  auto where = x.node.empty() ? "" : " on node " + x.node;
  if (!x.current)
    return no_container(spec, "it has no container" + where,
                        "Deploy it first.");
  log_source_actor logs = running.svc().containers;
  if (!x.node.empty())
    logs = running.svc().nodes.at(x.node).link;
  return current_container{*x.current, logs};
}

} // namespace dw
