#include "actors/instance_list.hpp"

#include "actors/stage_record.hpp"
#include "messages/naming.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace dw {

namespace {

// Set by the swarm, or by the image of whatever container.
constexpr auto service_label = "com.docker.swarm.service.id";
constexpr auto service_name_label = "com.docker.swarm.service.name";

// The swarm calls a task's container "SERVICE.SLOT.TASK". Our own names have no
// dots.
bool is_of_service(const container_summary& x) {
  auto service = label_of(x.labels, service_name_label);
  return x.labels.contains(service_label) && !service.empty()
         && x.name.starts_with(service + ".");
}

bool is_task_of(const container_summary& x, const service_info& service) {
  return is_of_service(x) && label_of(x.labels, service_label) == service.id
         && label_of(x.labels, service_name_label) == service.name;
}

// Whether we name an instance with these labels so. An image may have labels of
// any kind, and whatever runs it has them, but it cannot name a container.
bool has_name_of_ours(const container_summary& x) {
  auto tag = label_of(x.labels, label::tag);
  if (!is_stage_name(x.project) || !is_stage_name(x.stage) || tag.empty())
    return false;
  auto given = container_name(x.project, x.stage, tag);
  return x.name == given || x.name == replaced_name(given, x.instance_id);
}

// Whether requests may go to it, as far as the engine's text tells.
bool is_ready(const container_summary& x) {
  return x.state == container_state::running
         && x.status.find("(health: starting)") == std::string::npos
         && x.status.find("(unhealthy)") == std::string::npos;
}

// Where a service that is published on its tasks' nodes is reached: as long as
// one task takes over from another, at the newest that is ready.
std::vector<port_binding>
ports_of_tasks(const service_info& service,
               const std::vector<container_summary>& containers) {
  const container_summary* newest = nullptr;
  for (const auto& x : containers) {
    if (!is_task_of(x, service) || !is_ready(x))
      continue;
    if (newest == nullptr || newest->created < x.created)
      newest = &x;
  }
  return newest != nullptr ? newest->ports : std::vector<port_binding>{};
}

// One that should run and does not is started again by the swarm.
container_state state_of(const service_info& x) {
  if (x.spec.replicas == 0)
    return container_state::exited;
  return x.running > 0 ? container_state::running : container_state::restarting;
}

std::string status_of(const service_info& x) {
  auto result = fmt::format("{}/{} running", x.running, x.spec.replicas);
  if (x.update != update_state::none && x.update != update_state::completed)
    result += ", " + to_string(x.update);
  return result;
}

container_summary summarize(const service_info& x,
                            const std::vector<container_summary>& containers) {
  container_summary result;
  result.id = x.id;
  result.name = x.name;
  result.image = x.spec.image;
  result.status = status_of(x);
  result.state = state_of(x);
  result.labels = x.spec.labels;
  result.project = label_of(result.labels, label::project);
  result.stage = label_of(result.labels, label::stage);
  result.instance_id = label_of(result.labels, label::instance_id);
  result.ports = x.ports.empty() ? ports_of_tasks(x, containers) : x.ports;
  result.created = x.created;
  return result;
}

} // namespace

bool has_service(const std::vector<container_summary>& containers) {
  return std::any_of(containers.begin(), containers.end(), is_of_service);
}

std::vector<container_summary>
fold_services(const std::vector<container_summary>& containers,
              const std::vector<service_info>& services) {
  std::vector<container_summary> result;
  std::remove_copy_if(containers.begin(), containers.end(),
                      std::back_inserter(result), is_of_service);
  for (const auto& x : services)
    result.push_back(summarize(x, containers));
  return result;
}

bool asks_for_stages(const list_containers& what) {
  return what.labels.contains(label::project)
         && what.labels.contains(label::stage);
}

labelled_containers split_ours(std::vector<container_summary> containers) {
  labelled_containers result;
  for (auto& x : containers) {
    auto is_ours = is_of_service(x) || has_name_of_ours(x);
    (is_ours ? result.ours : result.strangers).push_back(std::move(x));
  }
  return result;
}

} // namespace dw
