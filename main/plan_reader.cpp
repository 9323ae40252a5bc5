#include "main/plan_reader.hpp"

#include "actors/validate_spec.hpp"
#include "main/container_text.hpp"
#include "main/stage_reader.hpp"
#include "messages/error.hpp"

namespace dw {

namespace {

caf::expected<container_info>
inspect_current(session& running, const container_summary& current) {
  if (!is_swarm_id(current.id)) {
    inspect_container request;
    request.id = current.id;
    return running.ask<container_info>(running.svc().containers, request);
  }
  inspect_service request;
  request.id = current.id;
  auto info = running.ask<service_info>(running.svc().swarm, request);
  if (!info)
    return std::move(info.error());
  container_info result;
  result.env = std::move(info->spec.env);
  return result;
}

// An image that is not there is no error of a plan.
caf::expected<caf::optional<image_info>>
find_image(session& running, const deploy_spec& spec) {
  inspect_image request;
  request.reference = wanted_image(spec);
  auto image = running.ask<image_info>(running.svc().images, request);
  if (image)
    return caf::optional<image_info>{std::move(*image)};
  if (code_of(image.error()) == errc::not_found)
    return caf::optional<image_info>{};
  return std::move(image.error());
}

// A registry that does not answer is no obstacle: the plan says so.
void ask_registry(session& running, const deploy_spec& spec,
                  plan_input& result) {
  find_digest request;
  request.reference = wanted_image(spec);
  auto found = running.ask<found_digest>(running.svc().images, request);
  if (found)
    result.registry_digest = std::move(found->digest);
  else
    result.registry_reply = failure_of(found.error()).reply;
}

} // namespace

caf::expected<plan_input>
read_plan_input(session& running, const deploy_spec& spec) {
  plan_input result;
  auto state = read_stage(running, spec);
  if (!state)
    return std::move(state.error());
  result.state = std::move(*state);
  if (result.state.current) {
    auto info = inspect_current(running, *result.state.current);
    if (!info)
      return std::move(info.error());
    result.current = std::move(*info);
  }
  auto image = find_image(running, spec);
  if (!image)
    return std::move(image.error());
  result.local_image = std::move(*image);
  if (asks_registry(spec, result))
    ask_registry(running, spec, result);
  find_network request;
  request.name = spec.network;
  auto network = running.ask<network_info>(running.svc().networks, request);
  if (!network && code_of(network.error()) != errc::not_found)
    return std::move(network.error());
  result.network_exists = static_cast<bool>(network);
  return result;
}

namespace {

// What a node would do to an image it does not say: it is asked when it does.
planned_change plan_on_node(const deploy_spec& spec, const stage_state& x) {
  planned_change result;
  result.object = spec.project + "/" + spec.stage + " on node " + x.node;
  if (x.problem) {
    result.action = "unknown";
    result.differences.push_back(first_line(x.problem));
  } else if (!x.current) {
    result.action = "create";
    result.differences.push_back("tag: " + spec.tag);
  } else {
    result.action = "update";
    result.differences.push_back("tag: " + tag_of(*x.current) + " -> "
                                 + spec.tag);
  }
  return result;
}

caf::expected<std::vector<planned_change>>
plan_on_nodes(session& running, const deploy_spec& spec) {
  auto states = read_stages(running, {spec});
  if (!states)
    return std::move(states.error());
  std::vector<planned_change> result;
  for (const auto& x : states->front())
    result.push_back(plan_on_node(spec, x));
  return result;
}

} // namespace

caf::expected<std::vector<planned_change>>
read_plan(session& running, const deploy_spec& spec) {
  if (auto err = refuse_spec("plan", spec, validate_spec(spec, true)))
    return err;
  if (!spec.place.nodes.empty())
    return plan_on_nodes(running, spec);
  auto input = read_plan_input(running, spec);
  if (!input)
    return std::move(input.error());
  return plan_deploy(spec, *input);
}

} // namespace dw
