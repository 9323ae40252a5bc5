#include "transports/docker_container_spec.hpp"

#include "transports/docker_request.hpp"
#include "transports/image_reference.hpp"
#include "transports/text.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <set>

namespace dw::docker {

namespace {

constexpr uint64_t min_memory = uint64_t{6} * 1024 * 1024;
constexpr uint64_t max_memory = INT64_MAX;

// A hundredth of a CPU.
constexpr int64_t min_nano_cpus = 10'000'000;

// The engine refuses shorter ones.
constexpr std::chrono::milliseconds min_health_time{1};

// Of a volume.
constexpr size_t max_name = 128;

constexpr size_t max_shown = 64;

/// Can be passed to a program, and to the engine without being changed.
bool is_plain(std::string_view text) {
  return text.find('\0') == std::string_view::npos && is_utf8(text);
}

bool is_env_name(std::string_view text) {
  return !text.empty() && is_utf8(text)
         && std::none_of(text.begin(), text.end(), [](char c) {
              return c == '=' || c == 0x7F
                     || static_cast<unsigned char>(c) <= ' ';
            });
}

bool is_ip_address(const std::string& text) {
  // Ends at a NUL, and then says nothing of what follows.
  if (!is_plain(text))
    return false;
  in6_addr buffer;
  return inet_pton(AF_INET, text.c_str(), &buffer) == 1
         || inet_pton(AF_INET6, text.c_str(), &buffer) == 1;
}

/// A number that does not begin with 0.
bool is_positive(std::string_view text) {
  return !text.empty() && text.size() <= 15 && text.front() != '0'
         && text.find_first_not_of("0123456789") == std::string_view::npos;
}

/// "10m", or plain bytes.
bool is_size(std::string_view text) {
  if (!text.empty()
      && std::string_view{"kmg"}.find(text.back()) != std::string_view::npos)
    text.remove_suffix(1);
  return is_positive(text);
}

/// An absolute path that goes down only. The engine's host may run another
/// system than we do, so this knows nothing of what exists.
bool is_absolute_path(std::string_view text) {
  if (!text.starts_with('/') || !is_plain(text))
    return false;
  while (!text.empty()) {
    text.remove_prefix(1);
    auto end = std::min(text.find('/'), text.size());
    if (text.substr(0, end) == "..")
      return false;
    text.remove_prefix(end);
  }
  return true;
}

// -- checks of one member each ------------------------------------------------

std::string check_name(const container_spec& spec) {
  if (is_container_name(spec.name))
    return {};
  return "a container's name has 2 to 128 letters, digits, dots, dashes and "
         "underscores, begins with a letter or digit, and is not only hex "
         "digits";
}

std::string check_image(const container_spec& spec) {
  if (is_image_digest(spec.image))
    return {};
  auto image = parse_image_reference(spec.image);
  if (image)
    return {};
  return "the image " + failure_of(image.error()).object
         + " cannot be: " + failure_of(image.error()).reply;
}

std::string check_command(const container_spec& spec) {
  if (std::all_of(spec.command.begin(), spec.command.end(), is_plain))
    return {};
  return "the command has a NUL, or is not UTF-8";
}

std::string check_env(const container_spec& spec) {
  for (const auto& x : spec.env) {
    auto name = clean_text(x.name, max_shown);
    if (!is_env_name(x.name))
      return "\"" + name + "\" cannot be the name of a variable";
    if (!is_plain(x.value.reveal()))
      return "the value of " + name + " has a NUL, or is not UTF-8";
  }
  return {};
}

std::string check_labels(const container_spec& spec) {
  for (const auto& [key, value] : spec.labels) {
    if (key.empty() || !is_plain(key))
      return "the key of a label is empty, has a NUL, or is not UTF-8";
    if (!is_plain(value))
      return "the label " + clean_text(key, max_shown)
             + " has a NUL, or is not UTF-8";
  }
  return {};
}

std::string check_ports(const container_spec& spec) {
  std::set<std::pair<uint16_t, std::string>> seen;
  for (const auto& x : spec.ports) {
    auto port = std::to_string(x.container_port);
    if (x.container_port == 0)
      return "port 0 cannot be published";
    if (!is_ip_address(x.host_ip))
      return "port " + port
             + " is to be published on something that is no IP address: \""
             + clean_text(x.host_ip, max_shown) + "\"";
    if (!seen.emplace(x.container_port, x.host_ip).second)
      return "port " + port + " is to be published twice on " + x.host_ip;
  }
  return {};
}

std::string check_network(const container_spec& spec) {
  const auto& network = spec.network;
  if (!network.empty() && !is_network(network))
    return "a network's name has 1 to 128 letters, digits, dots, dashes and "
           "underscores, and is not only hex digits";
  if ((network == "host" || network == "none") && !spec.ports.empty())
    return "ports cannot be published on network " + network;
  auto is_predefined = network.empty() || network == "bridge"
                       || network == "default" || network == "host"
                       || network == "none";
  if (is_predefined && !spec.aliases.empty())
    return "aliases need a network that was created by somebody";
  for (const auto& x : spec.aliases)
    if (!is_alias(x))
      return "\"" + clean_text(x, max_shown) + "\" cannot be an alias";
  return {};
}

std::string check_healthcheck(const container_spec& spec) {
  if (!spec.healthcheck)
    return {};
  const auto& x = *spec.healthcheck;
  if (!x.test.empty()) {
    const auto& kind = x.test.front();
    auto size = x.test.size();
    if (!(kind == "NONE" && size == 1) && !(kind == "CMD" && size > 1)
        && !(kind == "CMD-SHELL" && size == 2))
      return "the health check is none of {\"NONE\"}, {\"CMD\", ..} and "
             "{\"CMD-SHELL\", \"..\"}";
  }
  if (!std::all_of(x.test.begin(), x.test.end(), is_plain))
    return "the health check has a NUL, or is not UTF-8";
  for (auto time : {x.interval, x.timeout, x.start_period, x.start_interval})
    if (time.count() != 0 && time < min_health_time)
      return "a time of the health check is shorter than 1 ms";
  if (x.retries < 0)
    return "the retries of the health check are negative";
  return {};
}

std::string check_volumes(const container_spec& spec) {
  for (const auto& x : spec.volumes)
    if (!parse_mount(x))
      return "the volume \"" + clean_text(x, max_shown)
             + "\" is not written as SOURCE:TARGET[:ro], where the source is a "
               "volume's name or an absolute path, and the target an absolute "
               "path";
  return {};
}

std::string check_resources(const container_spec& spec) {
  const auto& x = spec.resources;
  if (x.memory != 0 && (x.memory < min_memory || x.memory > max_memory))
    return "the memory limit is less than 6 MiB, or out of range";
  if (x.nano_cpus != 0 && x.nano_cpus < min_nano_cpus)
    return "the CPU limit is less than a hundredth of a CPU";
  if (x.pids < 0)
    return "the limit of processes is negative";
  return {};
}

std::string check_lifecycle(const container_spec& spec) {
  if (!is_restart_policy(spec.restart_policy))
    return "the restart policy is none of no, always, unless-stopped and "
           "on-failure";
  if (spec.stop_timeout.count() < 0 || spec.stop_timeout > max_grace)
    return "the stop timeout must be from 0 seconds to a day";
  return {};
}

std::string check_log(const container_spec& spec) {
  if (!spec.log_max_size.empty() && !is_size(spec.log_max_size))
    return "the log's maximum size is not written like 10m";
  if (!spec.log_max_files.empty() && !is_positive(spec.log_max_files))
    return "the log's maximum of files is no positive number";
  return {};
}

} // namespace

caf::optional<mount> parse_mount(const std::string& text) {
  auto first = text.find(':');
  if (first == std::string::npos)
    return caf::none;
  auto second = std::min(text.find(':', first + 1), text.size());
  mount result;
  result.source = text.substr(0, first);
  result.target = text.substr(first + 1, second - first - 1);
  result.is_bind = result.source.starts_with('/');
  result.read_only = second != text.size();
  auto source_is_good = result.is_bind ? is_absolute_path(result.source)
                                       : is_name(result.source, 2, max_name);
  if (!source_is_good || !is_absolute_path(result.target)
      || result.target.find_first_not_of('/') == std::string::npos
      || (result.read_only && text.substr(second) != ":ro"))
    return caf::none;
  return result;
}

bool is_restart_policy(const std::string& name) {
  return name == "no" || name == "always" || name == "unless-stopped"
         || name == "on-failure";
}

std::string problem_of(const container_spec& spec) {
  for (auto check :
       {check_name, check_image, check_command, check_env, check_labels,
        check_ports, check_network, check_healthcheck, check_volumes,
        check_resources, check_lifecycle, check_log})
    if (auto problem = check(spec); !problem.empty())
      return problem;
  return {};
}

} // namespace dw::docker
