#include "main/stage_reader.hpp"

#include "messages/error.hpp"
#include "messages/naming.hpp"

namespace dw {

caf::expected<stage_state>
read_stage(session& running, const deploy_spec& spec) {
  list_containers request;
  request.labels = {{label::project, spec.project}, {label::stage, spec.stage}};
  auto containers = running.ask<std::vector<container_summary>>(
    running.svc().containers, request);
  if (!containers)
    return std::move(containers.error());
  if (spec.domains.empty() || !running.svc().proxy)
    return assess_stage(spec, std::move(*containers), {});
  auto hosts = running.ask<std::vector<proxy_host>>(running.svc().proxy,
                                                    list_proxy_hosts{});
  if (!hosts)
    return std::move(hosts.error());
  return assess_stage(spec, std::move(*containers), *hosts);
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
