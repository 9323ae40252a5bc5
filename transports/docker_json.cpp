#include "transports/docker_json.hpp"

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

} // namespace dw::docker
