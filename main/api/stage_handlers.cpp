#include "main/api/daemon.hpp"
#include "main/api/handlers.hpp"
#include "main/api/requested_stage.hpp"
#include "main/json_lines.hpp"
#include "main/plan_reader.hpp"
#include "main/proxy_reader.hpp"
#include "main/stage_members.hpp"
#include "main/stage_reader.hpp"

namespace dw::api {

namespace {

std::string to_json(const deploy_spec& spec) {
  return json_line{"stage"}
    .add("project", spec.project)
    .add("stage", spec.stage)
    .add("image", spec.image)
    .add("tag", spec.tag)
    .add("domains", spec.domains)
    .str();
}

void add_items(const deploy_spec& spec, const stage_state& state,
               std::vector<std::string>& items) {
  if (state.problem)
    items.push_back(lost_node_json(spec, state));
  for (const auto& [role, container] : members_of(state))
    items.push_back(container_json(role, *container, state.node));
  for (const auto& host : state.hosts)
    items.push_back(dw::to_json(host));
}

} // namespace

void list_stages(daemon& to, call& x) {
  std::vector<std::string> items;
  auto config = to.config();
  for (const auto& spec : config->stages)
    items.push_back(to_json(spec));
  answer_json(x.out, 200, list_json(items));
}

void read_stage_state(daemon& to, call& x) {
  to.look_up(std::move(x), [&to](const call& y) -> caf::expected<std::string> {
    auto spec = stage_of(*to.config(), y);
    if (!spec)
      return std::move(spec.error());
    auto states = read_stages(to.running(), {*spec});
    if (!states)
      return std::move(states.error());
    std::vector<std::string> items;
    for (const auto& state : states->front())
      add_items(*spec, state, items);
    return list_json(items);
  });
}

void plan_stage(daemon& to, call& x) {
  to.look_up(std::move(x), [&to](const call& y) -> caf::expected<std::string> {
    auto spec = stage_of(*to.config(), y);
    if (!spec)
      return std::move(spec.error());
    auto plan = read_plan(to.running(), *spec);
    if (!plan)
      return std::move(plan.error());
    std::vector<std::string> items;
    for (const auto& change : *plan)
      items.push_back(dw::to_json(*spec, change));
    return list_json(items);
  });
}

void list_routes(daemon& to, call& x) {
  to.look_up(std::move(x), [&to](const call& y) -> caf::expected<std::string> {
    if (auto domain = y.request.parameter("domain")) {
      auto host = find_host(to.running(), std::string{*domain});
      if (!host)
        return std::move(host.error());
      return list_json({dw::to_json(*host)});
    }
    auto hosts = list_hosts(to.running());
    if (!hosts)
      return std::move(hosts.error());
    std::vector<std::string> items;
    for (const auto& host : *hosts)
      items.push_back(dw::to_json(host));
    return list_json(items);
  });
}

void tell_drift(daemon& to, call& x) {
  to.look_up(std::move(x), [&to](const call&) -> caf::expected<std::string> {
    auto found
      = to.running().ask<std::vector<drift>>(to.drift_watch(), list_drift{});
    if (!found)
      return std::move(found.error());
    std::vector<std::string> items;
    for (const auto& y : *found)
      items.push_back(dw::to_json(y));
    return list_json(items);
  });
}

} // namespace dw::api
