#include "transports/docker_services.hpp"

#include "transports/docker_container_spec.hpp"
#include "transports/docker_json.hpp"
#include "transports/docker_request.hpp"
#include "transports/image_reference.hpp"
#include "transports/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace dw::docker {

namespace {

/// Services answer to their name on their networks, so it is a DNS label.
constexpr size_t max_service_name = 63;

/// Between two attempts at a task that ends.
constexpr std::chrono::seconds restart_delay{1};

caf::error check_service_id(std::string_view operation, const std::string& id) {
  if (is_swarm_id(id))
    return caf::none;
  return bad_argument(operation, id,
                      "a service's id has 25 lower-case letters and digits");
}

std::string problem_of_service(const service_spec& spec) {
  if (spec.task.name.size() > max_service_name)
    return "a service's name has at most 63 characters";
  if (spec.monitor.count() < 0)
    return "the time to watch an update is negative";
  return problem_of(spec.task);
}

// -- the spec -----------------------------------------------------------------

std::string image_of(const container_spec& task) {
  auto image = parse_image_reference(task.image);
  return image ? to_string(*image) : task.image;
}

void write_container(json::writer& out, const container_spec& task) {
  out.key("ContainerSpec").begin_object();
  out.text("Image", image_of(task)).text_map("Labels", task.labels);
  // What a container calls "Cmd"; "Command" would replace the entrypoint.
  if (!task.command.empty())
    out.texts("Args", task.command);
  if (!task.env.empty())
    write_env(out, task.env);
  if (task.healthcheck)
    write_health_check(out.key("Healthcheck"), *task.healthcheck);
  if (!task.volumes.empty())
    write_mounts(out, task.volumes);
  std::chrono::nanoseconds grace{task.stop_timeout};
  out.number("StopGracePeriod", grace.count())
    .flag("Init", task.init)
    .end_object();
}

void write_limits(json::writer& out, const resource_limits& x) {
  if (x == resource_limits{})
    return;
  out.key("Resources").begin_object().key("Limits").begin_object();
  if (x.memory != 0)
    out.number("MemoryBytes", static_cast<int64_t>(x.memory));
  if (x.nano_cpus != 0)
    out.number("NanoCPUs", x.nano_cpus);
  // Since API 1.41; ignored before.
  if (x.pids != 0)
    out.number("Pids", x.pids);
  out.end_object().end_object();
}

std::string_view restart_condition(const std::string& policy) {
  if (policy == "no")
    return "none";
  return policy == "on-failure" ? "on-failure" : "any";
}

void write_restarts(json::writer& out, const container_spec& task) {
  std::chrono::nanoseconds delay{restart_delay};
  out.key("RestartPolicy")
    .begin_object()
    .text("Condition", restart_condition(task.restart_policy))
    .number("Delay", delay.count())
    .end_object();
}

void write_network(json::writer& out, const container_spec& task) {
  out.key("Networks").begin_array().begin_object();
  out.text("Target", task.network).texts("Aliases", task.aliases);
  out.end_object().end_array();
}

void write_task(json::writer& out, const service_spec& spec) {
  const auto& task = spec.task;
  out.key("TaskTemplate").begin_object();
  write_container(out, task);
  write_limits(out, task.resources);
  write_restarts(out, task);
  if (!spec.constraints.empty())
    out.key("Placement")
      .begin_object()
      .texts("Constraints", spec.constraints)
      .end_object();
  if (!task.network.empty())
    write_network(out, task);
  write_log_config(out.key("LogDriver"), task, "Name", "Options");
  out.end_object();
}

void write_update(json::writer& out, const char* key, const char* on_failure,
                  const service_spec& spec) {
  std::chrono::nanoseconds monitor{spec.monitor};
  out.key(key).begin_object();
  // 0 would be all at once, and the default of the time five seconds.
  out.number("Parallelism", 1)
    .text("FailureAction", on_failure)
    .number("Monitor", std::max<int64_t>(1, monitor.count()))
    .text("Order", "start-first")
    .end_object();
}

void write_ports(json::writer& out, const service_spec& spec) {
  out.key("EndpointSpec").begin_object().key("Ports").begin_array();
  // Without a published port the swarm chooses one.
  for (const auto& x : spec.task.ports)
    out.begin_object()
      .text("Protocol", "tcp")
      .number("TargetPort", x.container_port)
      .text("PublishMode", to_string(spec.publish))
      .end_object();
  out.end_array().end_object();
}

void write_replicas(json::writer& out, uint32_t replicas) {
  out.key("Mode").begin_object().key("Replicated").begin_object();
  out.number("Replicas", replicas).end_object().end_object();
}

json::writer& write_spec(json::writer& out, const service_spec& spec) {
  out.begin_object().text("Name", spec.task.name);
  out.text_map("Labels", spec.task.labels);
  write_task(out, spec);
  write_replicas(out, spec.replicas);
  write_update(out, "UpdateConfig", "rollback", spec);
  // One that does not come back must be seen.
  write_update(out, "RollbackConfig", "pause", spec);
  if (!spec.task.ports.empty())
    write_ports(out, spec);
  return out.end_object();
}

void add_spec(http_request& request, const service_spec& spec,
              const caf::optional<registry_credentials>& credentials) {
  json::writer body;
  set_body(request, write_spec(body, spec));
  auto image = parse_image_reference(spec.task.image);
  if (credentials && image)
    request.headers.push_back(
      {"X-Registry-Auth", encode_registry_auth(*credentials, image->registry)});
}

http_request make_update(std::string_view operation, const std::string& id,
                         uint64_t version, const std::string& more) {
  return make_request(operation, id, http_method::post,
                      fmt::format("/services/{}/update?version={}{}", id,
                                  version, more),
                      change_time);
}

// Makes an update of a service from what it is now.
template <class WriteSpec>
caf::expected<http_request>
change(std::string_view operation, const http_response& inspected,
       const std::string& more, WriteSpec write) {
  if (inspected.status != 200)
    return to_error(inspected);
  json::document doc{inspected.body};
  auto root = doc.root();
  auto id = root.needed_text("ID");
  auto version = root.needed_object("Version").needed_number("Index");
  json::writer body;
  write(body, root.needed_object("Spec"));
  if (!doc.ok())
    return unreadable(inspected, doc);
  if (auto err = check_service_id(operation, id))
    return err;
  auto result
    = make_update(operation, id, static_cast<uint64_t>(version), more);
  set_body(result, body);
  return result;
}

} // namespace

http_request inspect_swarm() {
  return make_request(operation::inspect_swarm, {}, http_method::get, "/info",
                      query_time);
}

caf::expected<http_request>
create_service(const service_spec& spec,
               const caf::optional<registry_credentials>& credentials) {
  const auto& name = spec.task.name;
  if (auto problem = problem_of_service(spec); !problem.empty())
    return bad_argument(operation::create_service, name, std::move(problem));
  auto result = make_request(operation::create_service, name, http_method::post,
                             "/services/create", change_time);
  add_spec(result, spec, credentials);
  return result;
}

caf::expected<http_request>
update_service(const std::string& id, uint64_t version,
               const service_spec& spec,
               const caf::optional<registry_credentials>& credentials) {
  if (auto err = check_service_id(operation::update_service, id))
    return err;
  if (auto problem = problem_of_service(spec); !problem.empty())
    return bad_argument(operation::update_service, spec.task.name,
                        std::move(problem));
  auto result = make_update(operation::update_service, id, version, {});
  add_spec(result, spec, credentials);
  return result;
}

caf::expected<http_request>
scale_service(const http_response& inspected, uint32_t replicas) {
  // Without new credentials the nodes pull with those that they have.
  return change(operation::scale_service, inspected, {},
                [replicas](json::writer& out, const json::value& spec) {
                  out.begin_object();
                  for (size_t i = 0; i < spec.size(); ++i)
                    if (auto key = spec.key(i); key != "Mode")
                      out.copy(key, spec.element(i));
                  write_replicas(out, replicas);
                  out.end_object();
                });
}

caf::expected<http_request> rollback_service(const http_response& inspected) {
  return change(operation::rollback_service, inspected, "&rollback=previous",
                [](json::writer& out, const json::value& spec) {
                  out.begin_object();
                  for (size_t i = 0; i < spec.size(); ++i)
                    out.copy(spec.key(i), spec.element(i));
                  out.end_object();
                });
}

caf::expected<http_request> inspect_service(const std::string& id) {
  if (!is_swarm_id(id) && !is_container_name(id))
    return bad_argument(operation::inspect_service, id,
                        "this is neither the id nor the name of a service");
  return make_request(operation::inspect_service, id, http_method::get,
                      "/services/" + id, query_time);
}

http_request list_services(const std::map<std::string, std::string>& labels) {
  std::string target = "/services?status=true";
  if (auto wanted = label_filter(labels); !wanted.empty())
    target += "&filters=" + percent_encode(wanted);
  return make_request(operation::list_services, {}, http_method::get,
                      std::move(target), query_time);
}

caf::expected<http_request> remove_service(const std::string& id) {
  if (auto err = check_service_id(operation::remove_service, id))
    return err;
  return make_request(operation::remove_service, id, http_method::del,
                      "/services/" + id, change_time);
}

caf::expected<http_request> list_tasks(const std::string& service) {
  if (auto err = check_service_id(operation::list_tasks, service))
    return err;
  json::writer filters;
  filters.begin_object().texts("service", {service}).end_object();
  return make_request(operation::list_tasks, service, http_method::get,
                      "/tasks?filters=" + percent_encode(filters.str()),
                      query_time);
}

} // namespace dw::docker
