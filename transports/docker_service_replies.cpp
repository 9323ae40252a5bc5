#include "messages/enum_name.hpp"
#include "messages/naming.hpp"
#include "transports/docker_json.hpp"
#include "transports/docker_request.hpp"
#include "transports/docker_services.hpp"

#include <algorithm>
#include <ctime>
#include <utility>

namespace dw::docker {

namespace {

/// Unix time of "2026-01-31T12:00:00.5Z", which swarms always write in UTC; 0
/// for anything else.
int64_t read_time(const std::string& text) {
  std::tm time{};
  const auto* end = strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &time);
  return end != nullptr ? timegm(&time) : 0;
}

uint32_t read_count(const json::value& x) {
  auto number = x.number();
  return std::in_range<uint32_t>(number) ? static_cast<uint32_t>(number) : 0;
}

/// 0 for none.
uint16_t read_port(const json::value& x, const char* name) {
  auto number = x.number(name);
  return std::in_range<uint16_t>(number) ? static_cast<uint16_t>(number) : 0;
}

service_version read_version(const json::value& spec) {
  auto container = spec.member("TaskTemplate").member("ContainerSpec");
  service_version result;
  result.image = container.text("Image");
  result.labels = spec.text_map("Labels");
  result.env = read_env(container);
  result.replicas
    = read_count(spec.member("Mode").member("Replicated").member("Replicas"));
  return result;
}

update_state read_update_state(const json::value& status) {
  if (!status)
    return update_state::none;
  auto result = update_state::unknown;
  assign_enum(result, status.text("State"), update_state::rollback_completed);
  return result;
}

/// Those of tasks are not here.
std::vector<port_binding> read_ingress_ports(const json::value& endpoint) {
  std::vector<port_binding> result;
  auto ports = endpoint.member("Ports");
  for (size_t i = 0; ports.is_array() && i < ports.size(); ++i) {
    auto entry = ports.element(i);
    auto number = read_port(entry, "PublishedPort");
    if (number == 0 || entry.text("PublishMode") != "ingress")
      continue;
    result.push_back({read_port(entry, "TargetPort"), entry.text("Protocol"),
                      "0.0.0.0", number});
  }
  sort_ports(result);
  return result;
}

service_info read_service(const json::value& x) {
  auto spec = x.needed_object("Spec");
  service_info result;
  result.id = x.needed_text("ID");
  result.name = spec.needed_text("Name");
  result.version
    = static_cast<uint64_t>(x.needed_object("Version").needed_number("Index"));
  result.spec = read_version(spec);
  auto running = x.member("ServiceStatus").member("RunningTasks");
  result.running = running ? read_count(running) : result.spec.replicas;
  if (auto previous = x.member("PreviousSpec"))
    result.previous = read_version(previous);
  auto update = x.member("UpdateStatus");
  result.update = read_update_state(update);
  result.update_message = update.text("Message");
  result.ports = read_ingress_ports(x.member("Endpoint"));
  result.created = read_time(x.text("CreatedAt"));
  return result;
}

task_state read_task_state(const std::string& text) {
  auto result = task_state::unknown;
  assign_enum(result, text, task_state::orphaned);
  return result;
}

std::vector<uint16_t> read_host_ports(const json::value& status) {
  std::vector<uint16_t> result;
  auto ports = status.member("PortStatus").member("Ports");
  for (size_t i = 0; ports.is_array() && i < ports.size(); ++i) {
    auto number = read_port(ports.element(i), "PublishedPort");
    if (number != 0
        && std::find(result.begin(), result.end(), number) == result.end())
      result.push_back(number);
  }
  return result;
}

service_task read_task(const json::value& x) {
  auto status = x.needed_object("Status");
  auto labels = x.member("Spec").member("ContainerSpec").text_map("Labels");
  service_task result;
  result.id = x.needed_text("ID");
  result.service_id = x.text("ServiceID");
  result.node_id = x.text("NodeID");
  result.container_id = status.member("ContainerStatus").text("ContainerID");
  result.instance_id = labels[label::instance_id];
  result.state = read_task_state(status.needed_text("State"));
  result.desired = read_task_state(x.text("DesiredState"));
  result.error = status.text("Err");
  result.ports = read_host_ports(status);
  return result;
}

template <class T, class Read>
caf::expected<std::vector<T>>
parse_list(const http_response& response, Read read) {
  if (response.status != 200)
    return to_error(response);
  json::document doc{response.body};
  auto root = doc.root();
  if (!root.is_array())
    root.reject("is not an array");
  std::vector<T> result;
  for (size_t i = 0; i < root.size() && doc.ok(); ++i)
    result.push_back(read(root.element(i)));
  if (!doc.ok())
    return unreadable(response, doc);
  return result;
}

} // namespace

caf::expected<swarm_info> parse_swarm(const http_response& response) {
  if (response.status != 200)
    return to_error(response);
  json::document doc{response.body};
  auto swarm = doc.root().needed_object("Swarm");
  swarm_info result;
  result.state = swarm.needed_text("LocalNodeState");
  result.is_manager = swarm.flag("ControlAvailable");
  result.node_id = swarm.text("NodeID");
  if (!doc.ok())
    return unreadable(response, doc);
  return result;
}

caf::expected<service_created>
parse_service_created(const http_response& response) {
  if (response.status != 201)
    return to_error(response);
  json::document doc{response.body};
  service_created result;
  result.id = doc.root().needed_text("ID");
  result.warnings = doc.root().texts("Warnings");
  if (!doc.ok())
    return unreadable(response, doc);
  return result;
}

caf::expected<service_info> parse_service(const http_response& response) {
  if (response.status != 200)
    return to_error(response);
  json::document doc{response.body};
  auto result = read_service(doc.root());
  if (!doc.ok())
    return unreadable(response, doc);
  return result;
}

caf::expected<std::vector<service_info>>
parse_service_list(const http_response& response,
                   const std::map<std::string, std::string>& labels) {
  auto result = parse_list<service_info>(response, read_service);
  if (result)
    std::erase_if(*result, [&labels](const auto& x) {
      return !has_labels(x.spec.labels, labels);
    });
  return result;
}

caf::expected<std::vector<service_task>>
parse_task_list(const http_response& response) {
  return parse_list<service_task>(response, read_task);
}

} // namespace dw::docker
