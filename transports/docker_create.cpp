#include "transports/docker_container_spec.hpp"
#include "transports/docker_json.hpp"
#include "transports/docker_request.hpp"
#include "transports/image_reference.hpp"
#include "transports/text.hpp"

#include <map>

namespace dw::docker {

namespace {

/// The engine takes keys without the protocol, and then does not publish.
std::string port_key(uint16_t port) {
  return std::to_string(port) + "/tcp";
}

using port_map = std::map<uint16_t, std::vector<std::string>>;

/// The addresses that each port is published on.
port_map addresses_of(const container_spec& spec) {
  port_map result;
  for (const auto& x : spec.ports)
    result[x.container_port].push_back(x.host_ip);
  return result;
}

void write_exposed_ports(json::writer& out, const port_map& ports) {
  out.key("ExposedPorts").begin_object();
  for (const auto& [port, addresses] : ports)
    out.key(port_key(port)).begin_object().end_object();
  out.end_object();
}

void write_port_bindings(json::writer& out, const port_map& ports) {
  out.key("PortBindings").begin_object();
  for (const auto& [port, addresses] : ports) {
    out.key(port_key(port)).begin_array();
    for (const auto& ip : addresses)
      // The empty port lets the engine choose one.
      out.begin_object().text("HostIp", ip).text("HostPort", "").end_object();
    out.end_array();
  }
  out.end_object();
}

void write_resources(json::writer& out, const resource_limits& x) {
  if (x.memory != 0)
    // Both alike means no swap on top.
    out.number("Memory", static_cast<int64_t>(x.memory))
      .number("MemorySwap", static_cast<int64_t>(x.memory));
  if (x.nano_cpus != 0)
    out.number("NanoCpus", x.nano_cpus);
  if (x.pids != 0)
    out.number("PidsLimit", x.pids);
}

void write_host_config(json::writer& out, const container_spec& spec) {
  out.key("HostConfig").begin_object();
  if (!spec.network.empty())
    out.text("NetworkMode", spec.network);
  if (!spec.ports.empty())
    write_port_bindings(out, addresses_of(spec));
  out.key("RestartPolicy")
    .begin_object()
    .text("Name", spec.restart_policy)
    .end_object();
  write_resources(out, spec.resources);
  if (!spec.volumes.empty())
    write_mounts(out, spec.volumes);
  if (!spec.log_max_size.empty() || !spec.log_max_files.empty())
    write_log_config(out.key("LogConfig"), spec, "Type", "Config");
  out.flag("Init", spec.init).end_object();
}

void write_networking(json::writer& out, const container_spec& spec) {
  out.key("NetworkingConfig")
    .begin_object()
    .key("EndpointsConfig")
    .begin_object()
    .key(spec.network)
    .begin_object()
    .texts("Aliases", spec.aliases)
    .end_object()
    .end_object()
    .end_object();
}

json::writer& write_spec(json::writer& out, const container_spec& spec) {
  auto image = parse_image_reference(spec.image);
  out.begin_object().text("Image", image ? to_string(*image) : spec.image);
  if (!spec.command.empty())
    out.texts("Cmd", spec.command);
  if (!spec.env.empty())
    write_env(out, spec.env);
  if (!spec.labels.empty())
    out.text_map("Labels", spec.labels);
  if (!spec.ports.empty())
    write_exposed_ports(out, addresses_of(spec));
  if (spec.healthcheck)
    write_health_check(out.key("Healthcheck"), *spec.healthcheck);
  out.number("StopTimeout", spec.stop_timeout.count());
  write_host_config(out, spec);
  if (!spec.aliases.empty())
    write_networking(out, spec);
  return out.end_object();
}

} // namespace

caf::expected<http_request> create_container(const container_spec& spec) {
  if (auto problem = problem_of(spec); !problem.empty())
    return bad_argument(operation::create, spec.name, std::move(problem));
  auto result
    = make_request(operation::create, spec.name, http_method::post,
                   "/containers/create?name=" + percent_encode(spec.name),
                   change_time);
  json::writer body;
  set_body(result, write_spec(body, spec));
  return result;
}

} // namespace dw::docker
