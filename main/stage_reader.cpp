#include "main/stage_reader.hpp"

#include "messages/error.hpp"
#include "messages/naming.hpp"

#include <algorithm>

namespace dw {

namespace {

caf::expected<std::vector<container_summary>>
read_containers(session& running, const std::vector<deploy_spec>& specs) {
  list_containers request;
  request.labels = {{label::project, ""}, {label::stage, ""}};
  if (specs.size() == 1)
    request.labels = {{label::project, specs.front().project},
                      {label::stage, specs.front().stage}};
  return running.ask<std::vector<container_summary>>(running.svc().containers,
                                                     request);
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

} // namespace

caf::expected<std::vector<stage_state>>
read_stages(session& running, const std::vector<deploy_spec>& specs) {
  auto containers = read_containers(running, specs);
  if (!containers)
    return std::move(containers.error());
  auto hosts = read_hosts(running, specs);
  if (!hosts)
    return std::move(hosts.error());
  std::vector<stage_state> result;
  for (const auto& spec : specs) {
    std::vector<container_summary> own;
    for (const auto& x : *containers)
      if (x.project == spec.project && x.stage == spec.stage)
        own.push_back(x);
    result.push_back(
      assess_stage(spec, std::move(own),
                   spec.domains.empty() ? std::vector<proxy_host>{} : *hosts));
  }
  return result;
}

caf::expected<stage_state>
read_stage(session& running, const deploy_spec& spec) {
  auto states = read_stages(running, {spec});
  if (!states)
    return std::move(states.error());
  return std::move(states->front());
}

caf::expected<container_summary>
read_current(session& running, const deploy_spec& spec) {
  auto state = read_stage(running, spec);
  if (!state)
    return std::move(state.error());
  if (!state->current)
    return make_failure(errc::not_found,
                        {.object = spec.project + "/" + spec.stage,
                         .reply = "it has no container",
                         .hint = "Deploy it first."});
  return *state->current;
}

} // namespace dw
