#include "transports/docker_json.hpp"

#include "transports/docker_container_spec.hpp"

#include <algorithm>
#include <tuple>

namespace dw::docker {

container_state to_container_state(const std::string& text) {
  for (auto x : {container_state::created, container_state::running,
                 container_state::paused, container_state::restarting,
                 container_state::exited, container_state::removing,
                 container_state::dead})
    if (to_string(x) == text)
      return x;
  return container_state::unknown;
}

std::string without_slash(std::string name) {
  if (name.starts_with('/'))
    name.erase(0, 1);
  return name;
}

bool is_ipv6(const port_binding& x) {
  return x.host_ip.find(':') != std::string::npos;
}

void sort_ports(std::vector<port_binding>& ports) {
  auto key = [](const port_binding& x) {
    return std::tuple{x.container_port, x.protocol, is_ipv6(x), x.host_ip,
                      x.host_port};
  };
  std::sort(ports.begin(), ports.end(),
            [&](const auto& x, const auto& y) { return key(x) < key(y); });
}

caf::optional<health_check> read_health_check(const json::value& x) {
  health_check result;
  result.test = x.texts("Test");
  if (result.test.empty() || result.test.front() == "NONE")
    return caf::none;
  result.interval = std::chrono::nanoseconds{x.number("Interval")};
  result.timeout = std::chrono::nanoseconds{x.number("Timeout")};
  result.start_period = std::chrono::nanoseconds{x.number("StartPeriod")};
  result.start_interval = std::chrono::nanoseconds{x.number("StartInterval")};
  result.retries = x.number("Retries");
  return result;
}

void write_health_check(json::writer& out, const health_check& x) {
  auto write = [&](const char* name, int64_t value) {
    if (value != 0)
      out.number(name, value);
  };
  out.begin_object();
  if (!x.test.empty())
    out.texts("Test", x.test);
  write("Interval", x.interval.count());
  write("Timeout", x.timeout.count());
  write("StartPeriod", x.start_period.count());
  // Engines with an API before 1.44 ignore it.
  write("StartInterval", x.start_interval.count());
  write("Retries", x.retries);
  out.end_object();
}

std::vector<env_entry> read_env(const json::value& x) {
  std::vector<env_entry> result;
  for (const auto& entry : x.texts("Env")) {
    auto end = std::min(entry.find('='), entry.size());
    auto value = entry.substr(std::min(end + 1, entry.size()));
    result.push_back({entry.substr(0, end), secret{std::move(value)}});
  }
  return result;
}

void write_env(json::writer& out, const std::vector<env_entry>& env) {
  out.key("Env").begin_array();
  for (const auto& x : env)
    out.text(x.name + "=" + x.value.reveal());
  out.end_array();
}

void write_mounts(json::writer& out, const std::vector<std::string>& volumes) {
  out.key("Mounts").begin_array();
  for (const auto& x : volumes) {
    auto mount = parse_mount(x);
    // As a mount, and not in "Binds", so that a source that does not exist is
    // an error and not created.
    out.begin_object()
      .text("Type", mount->is_bind ? "bind" : "volume")
      .text("Source", mount->source)
      .text("Target", mount->target);
    if (mount->read_only)
      out.flag("ReadOnly", true);
    out.end_object();
  }
  out.end_array();
}

void write_log_config(json::writer& out, const container_spec& spec,
                      const char* name, const char* options) {
  out.begin_object().text(name, "json-file");
  out.key(options).begin_object();
  if (!spec.log_max_size.empty())
    out.text("max-size", spec.log_max_size);
  if (!spec.log_max_files.empty())
    out.text("max-file", spec.log_max_files);
  out.end_object().end_object();
}

std::string label_filter(const std::map<std::string, std::string>& labels) {
  std::vector<std::string> wanted;
  for (const auto& [key, value] : labels) {
    // The engine takes the first '=' for the end of the key.
    if (key.find('=') != std::string::npos)
      continue;
    auto& text = wanted.emplace_back(key);
    if (!value.empty())
      text.append("=").append(value);
  }
  if (wanted.empty())
    return {};
  json::writer filters;
  filters.begin_object().texts("label", wanted).end_object();
  return filters.str();
}

bool has_labels(const std::map<std::string, std::string>& labels,
                const std::map<std::string, std::string>& wanted) {
  return std::all_of(wanted.begin(), wanted.end(), [&](const auto& x) {
    auto i = labels.find(x.first);
    return i != labels.end() && (x.second.empty() || x.second == i->second);
  });
}

} // namespace dw::docker
