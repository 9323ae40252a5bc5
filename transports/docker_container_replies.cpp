#include "transports/docker_json.hpp"
#include "transports/docker_request.hpp"
#include "transports/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

namespace dw::docker {

namespace {

std::optional<uint16_t> to_port(std::string_view text) {
  uint16_t result = 0;
  const auto* end = text.data() + text.size();
  auto [stop, err] = std::from_chars(text.data(), end, result);
  if (err != std::errc{} || stop != end)
    return std::nullopt;
  return result;
}

health_status to_health(const std::string& text) {
  for (auto x : {health_status::starting, health_status::healthy,
                 health_status::unhealthy})
    if (to_string(x) == text)
      return x;
  return health_status::none;
}

// -- inspection ---------------------------------------------------------------

/// Reads the bindings of "8080/tcp".
void read_bindings(const std::string& key, const json::value& bindings,
                   std::vector<port_binding>& out) {
  auto slash = std::min(key.find('/'), key.size());
  auto port = to_port(std::string_view{key}.substr(0, slash));
  if (!port || slash == key.size()) {
    bindings.reject("has a key that is no port and protocol");
    return;
  }
  port_binding result;
  result.container_port = *port;
  result.protocol = key.substr(slash + 1);
  if (bindings.size() == 0)
    out.push_back(result);
  for (size_t i = 0; i < bindings.size(); ++i) {
    auto entry = bindings.element(i);
    auto host_port = to_port(entry.needed_text("HostPort"));
    if (!host_port) {
      bindings.reject("has a host port that is no port");
      return;
    }
    result.host_ip = entry.text("HostIp");
    result.host_port = *host_port;
    out.push_back(result);
  }
}

std::vector<port_binding> read_port_map(const json::value& ports) {
  std::vector<port_binding> result;
  if (ports.is_object())
    for (size_t i = 0; i < ports.size(); ++i)
      read_bindings(ports.key(i), ports.element(i), result);
  sort_ports(result);
  return result;
}

void read_state(const json::value& state, container_info& out) {
  out.state = to_container_state(state.needed_text("Status"));
  out.exit_code = state.number("ExitCode");
  out.oom_killed = state.flag("OOMKilled");
  out.start_error = state.text("Error");
  out.started = state.text("StartedAt");
  auto health = state.member("Health");
  out.health = to_health(health.text("Status"));
  out.failing_streak = health.number("FailingStreak");
  auto log = health.member("Log");
  if (log.is_array() && log.size() > 0)
    out.health_output = log.element(log.size() - 1).text("Output");
}

void read_config(const json::value& config, container_info& out) {
  out.image = config.text("Image");
  out.tty = config.flag("Tty");
  out.labels = config.text_map("Labels");
  out.healthcheck = read_health_check(config.member("Healthcheck"));
  out.env = read_env(config);
}

// -- ports --------------------------------------------------------------------

caf::error no_port(const container_info& info, errc code, std::string reply,
                   std::string hint) {
  return make_failure(code, {.operation = std::string{operation::find_port},
                             .object = info.name,
                             .reply = std::move(reply),
                             .hint = std::move(hint)});
}

} // namespace

caf::expected<container_created>
parse_container_created(const http_response& response) {
  if (response.status != 201)
    return to_error(response);
  json::document doc{response.body};
  auto root = doc.root();
  container_created result{root.needed_text("Id"), root.texts("Warnings")};
  if (!is_full_id(result.id))
    doc.fail("Id is not 64 hex digits");
  if (!doc.ok())
    return unreadable(response, doc);
  return result;
}

caf::expected<container_info> parse_container(const http_response& response) {
  if (response.status != 200)
    return to_error(response);
  json::document doc{response.body};
  auto root = doc.root();
  container_info result;
  result.id = root.needed_text("Id");
  result.name = without_slash(root.needed_text("Name"));
  result.image_id = root.text("Image");
  result.created = root.text("Created");
  result.restart_count = root.number("RestartCount");
  read_state(root.needed_object("State"), result);
  read_config(root.needed_object("Config"), result);
  auto settings = root.member("NetworkSettings");
  // An engine that died lets a container that has ended keep ports that are
  // another one's by now.
  if (result.state == container_state::running)
    result.ports = read_port_map(settings.member("Ports"));
  auto networks = settings.member("Networks");
  if (networks.is_object())
    for (size_t i = 0; i < networks.size(); ++i)
      result.networks.emplace(networks.key(i),
                              networks.element(i).text("NetworkID"));
  if (!doc.ok())
    return unreadable(response, doc);
  return result;
}

caf::expected<port_binding>
find_port(const container_info& info, uint16_t container_port) {
  if (info.state != container_state::running)
    return no_port(info, errc::conflict,
                   "it is " + to_string(info.state) + ", not running",
                   "Start the container first.");
  const port_binding* found = nullptr;
  std::string published;
  for (const auto& x : info.ports) {
    if (x.host_port == 0)
      continue;
    published += fmt::format("{}{}/{}", published.empty() ? "" : ", ",
                             x.container_port, x.protocol);
    // The two families of one binding have different ports before engine 27.
    if (x.container_port == container_port && x.protocol == "tcp"
        && (found == nullptr || (is_ipv6(*found) && !is_ipv6(x))))
      found = &x;
  }
  if (found != nullptr)
    return *found;
  return no_port(info, errc::not_found,
                 fmt::format("port {}/tcp is not published; published are: {}",
                             container_port,
                             published.empty() ? "none" : published),
                 {});
}

caf::expected<container_exit>
parse_container_exit(const http_response& response) {
  if (response.status != 200)
    return to_error(response);
  json::document doc{response.body};
  auto root = doc.root();
  container_exit result{root.needed_number("StatusCode")};
  if (!doc.ok())
    return unreadable(response, doc);
  // The engine answers 200 before it waits, and so also where it then fails.
  if (auto problem = root.member("Error").text("Message"); !problem.empty())
    return make_failure(errc::peer_failed, {.operation = response.operation,
                                            .object = response.object,
                                            .peer = response.peer,
                                            .reply = clean_text(problem)});
  return result;
}

} // namespace dw::docker
