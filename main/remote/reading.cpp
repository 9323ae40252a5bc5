#include "main/remote/reading.hpp"

#include "messages/error.hpp"

namespace dw::remote {

caf::expected<std::vector<deploy_spec>>
read_configured_stages(session& running) {
  return running.ask(requests::list_stages(), parse_stages);
}

caf::expected<std::vector<std::vector<stage_state>>>
read_stages(session& running, const std::vector<deploy_spec>& specs) {
  std::vector<std::vector<stage_state>> result;
  for (const auto& spec : specs) {
    auto state = running.ask(requests::read_stage(spec), parse_stage);
    if (!state)
      return std::move(state.error());
    result.push_back(std::move(*state));
  }
  return result;
}

caf::expected<std::vector<planned_change>>
read_plan(session& running, const deploy_spec& spec) {
  return running.ask(requests::read_plan(spec), parse_plan);
}

caf::expected<std::vector<proxy_host>> list_hosts(session& running) {
  return running.ask(requests::list_routes(), parse_routes);
}

caf::expected<proxy_host>
find_host(session& running, const std::string& domain) {
  auto hosts = running.ask(requests::find_route(domain), parse_routes);
  if (!hosts)
    return std::move(hosts.error());
  if (!hosts->empty())
    return std::move(hosts->front());
  return make_failure(errc::bad_reply,
                      {.operation = "find the proxy host of",
                       .object = domain,
                       .peer = "the server at " + running.server().display,
                       .reply = "the answer is empty"});
}

caf::expected<std::vector<work_record>>
read_history(session& running, const list_history& x) {
  return running.ask(requests::list_deploys(x), parse_deploys);
}

caf::expected<work_record>
read_record(session& running, const std::string& id) {
  return running.ask(requests::read_deploy(id), parse_deploy);
}

} // namespace dw::remote
