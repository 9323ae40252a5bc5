#include "actors/deploy_plan.hpp"
#include "actors/validate_spec.hpp"
#include "main/api/daemon.hpp"
#include "main/api/handlers.hpp"
#include "main/api/requested_stage.hpp"
#include "main/json_lines.hpp"
#include "main/plan_reader.hpp"
#include "main/stage_members.hpp"
#include "main/stage_reader.hpp"
#include "messages/error.hpp"

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

std::string to_json(const stage_state& state) {
  std::vector<std::string> items;
  for (const auto& [role, container] : members_of(state))
    items.push_back(container_json(role, *container));
  for (const auto& host : state.hosts)
    items.push_back(dw::to_json(host));
  return list_json(items);
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
    auto state = read_stage(to.running(), *spec);
    if (!state)
      return std::move(state.error());
    return to_json(*state);
  });
}

void plan_stage(daemon& to, call& x) {
  to.look_up(std::move(x), [&to](const call& y) -> caf::expected<std::string> {
    auto spec = stage_of(*to.config(), y);
    if (!spec)
      return std::move(spec.error());
    if (auto err = refuse_spec("plan", *spec, validate_spec(*spec, true)))
      return err;
    auto input = read_plan_input(to.running(), *spec);
    if (!input)
      return std::move(input.error());
    std::vector<std::string> items;
    for (const auto& change : plan_deploy(*spec, *input))
      items.push_back(dw::to_json(*spec, change));
    return list_json(items);
  });
}

void list_routes(daemon& to, call& x) {
  if (!to.running().svc().proxy) {
    answer_json(x.out, 200, list_json({}));
    return;
  }
  to.look_up(std::move(x), [&to](const call& y) -> caf::expected<std::string> {
    auto& running = to.running();
    std::vector<std::string> items;
    if (auto domain = y.request.parameter("domain")) {
      find_proxy_host request;
      request.domain = *domain;
      auto host = running.ask<proxy_host>(running.svc().proxy, request);
      if (!host)
        return std::move(host.error());
      items.push_back(dw::to_json(*host));
      return list_json(items);
    }
    auto hosts = running.ask<std::vector<proxy_host>>(running.svc().proxy,
                                                      list_proxy_hosts{});
    if (!hosts)
      return std::move(hosts.error());
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
