#pragma once

#include "messages/call.hpp"
#include "messages/export.hpp"
#include "messages/image.hpp"
#include "messages/secret.hpp"

#include <caf/optional.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace DW_EXPORT dw {

/// A variable of a container's environment.
struct env_entry {
  std::string name;
  secret value;

  friend bool operator==(const env_entry&, const env_entry&) = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, env_entry& x) {
  return f(caf::meta::type_name("dw.env_entry"), x.name, x.value);
}

/// What a container may use of its host. 0 means no limit.
struct resource_limits {
  /// Bytes; the engine's minimum is 6 MiB. Swap on top is switched off.
  uint64_t memory = 0;
  /// Billionths of a CPU.
  int64_t nano_cpus = 0;
  int64_t pids = 0;

  friend bool operator==(const resource_limits&, const resource_limits&)
    = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, resource_limits& x) {
  return f(caf::meta::type_name("dw.resource_limits"), x.memory, x.nano_cpus,
           x.pids);
}

/// A TCP port of the container, published on a port that the engine chooses.
struct published_port {
  uint16_t container_port = 0;
  /// An IP address of the engine's host, never empty: empty would publish to
  /// the world (docker API, "Port publishing truths").
  std::string host_ip;

  friend bool operator==(const published_port&, const published_port&)
    = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, published_port& x) {
  return f(caf::meta::type_name("dw.published_port"), x.container_port,
           x.host_ip);
}

/// Everything a container is made of. Empty members leave it to the image or
/// the engine.
struct container_spec {
  std::string name;
  /// Reference or image id.
  std::string image;
  std::vector<std::string> command;
  std::vector<env_entry> env;
  std::map<std::string, std::string> labels;
  std::vector<published_port> ports;
  /// Network id or name.
  std::string network;
  std::vector<std::string> aliases;
  caf::optional<health_check> healthcheck;
  /// "SOURCE:TARGET[:ro]": a named volume or an absolute path.
  std::vector<std::string> volumes;
  resource_limits resources;
  /// "no", "always", "unless-stopped" or "on-failure".
  std::string restart_policy = "unless-stopped";
  /// After which the engine kills it.
  std::chrono::seconds stop_timeout{30};
  /// Run an init as PID 1, which makes SIGTERM work for every image.
  bool init = true;
  /// Of the json-file log driver.
  std::string log_max_size = "10m";
  std::string log_max_files = "3";

  friend bool operator==(const container_spec&, const container_spec&)
    = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, container_spec& x) {
  return f(caf::meta::type_name("dw.container_spec"), x.name, x.image,
           x.command, x.env, x.labels, x.ports, x.network, x.aliases,
           x.healthcheck, x.volumes, x.resources, x.restart_policy,
           x.stop_timeout, x.init, x.log_max_size, x.log_max_files);
}

// -- operations ---------------------------------------------------------------

struct create_container {
  call options;
  container_spec spec;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, create_container& x) {
  return f(caf::meta::type_name("dw.create_container"), x.options, x.spec);
}

struct container_created {
  /// 64 hex digits.
  std::string id;
  std::vector<std::string> warnings;

  friend bool operator==(const container_created&, const container_created&)
    = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, container_created& x) {
  return f(caf::meta::type_name("dw.container_created"), x.id, x.warnings);
}

/// Starts a container. Done also if it runs already.
struct start_container {
  call options;
  std::string id;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, start_container& x) {
  return f(caf::meta::type_name("dw.start_container"), x.options, x.id);
}

/// Stops a container. Done also if it does not run.
struct stop_container {
  call options;
  std::string id;
  /// Before the engine kills it.
  std::chrono::seconds grace{30};
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, stop_container& x) {
  return f(caf::meta::type_name("dw.stop_container"), x.options, x.id, x.grace);
}

/// Stops and starts a container; a stopped one is only started.
struct restart_container {
  call options;
  std::string id;
  std::chrono::seconds grace{30};
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, restart_container& x) {
  return f(caf::meta::type_name("dw.restart_container"), x.options, x.id,
           x.grace);
}

/// Removes a container with its anonymous volumes. Done also if it is gone.
struct remove_container {
  call options;
  std::string id;
  /// Kill it first if it runs.
  bool force = false;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, remove_container& x) {
  return f(caf::meta::type_name("dw.remove_container"), x.options, x.id,
           x.force);
}

/// Renames a container. Done also if it has that name.
struct rename_container {
  call options;
  std::string id;
  std::string name;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, rename_container& x) {
  return f(caf::meta::type_name("dw.rename_container"), x.options, x.id,
           x.name);
}

/// Changes what the engine does when a container ends.
struct set_restart_policy {
  call options;
  std::string id;
  /// As `container_spec::restart_policy`.
  std::string policy;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, set_restart_policy& x) {
  return f(caf::meta::type_name("dw.set_restart_policy"), x.options, x.id,
           x.policy);
}

/// Where a container's port is published. Valid only while it runs, and only
/// until its next start: the engine chooses anew each time.
struct port_binding {
  uint16_t container_port = 0;
  /// "tcp" or "udp".
  std::string protocol = "tcp";
  /// Empty and 0 where the port is exposed only.
  std::string host_ip;
  uint16_t host_port = 0;

  friend bool operator==(const port_binding&, const port_binding&) = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, port_binding& x) {
  return f(caf::meta::type_name("dw.port_binding"), x.container_port,
           x.protocol, x.host_ip, x.host_port);
}

/// Asks where a TCP port of a running container is published. Fails with
/// `errc::conflict` if the container does not run and with `errc::not_found`
/// if the port is not published.
struct inspect_port {
  call options;
  std::string id;
  uint16_t container_port = 0;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, inspect_port& x) {
  return f(caf::meta::type_name("dw.inspect_port"), x.options, x.id,
           x.container_port);
}

struct inspect_container {
  call options;
  /// Id or exact name.
  std::string id;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, inspect_container& x) {
  return f(caf::meta::type_name("dw.inspect_container"), x.options, x.id);
}

enum class container_state : uint8_t {
  created,
  running,
  paused,
  restarting,
  exited,
  removing,
  dead,
  unknown,
};

std::string to_string(container_state x);

enum class health_status : uint8_t { none, starting, healthy, unhealthy };

std::string to_string(health_status x);

struct container_info {
  std::string id;
  /// Without the engine's leading slash.
  std::string name;
  /// The reference it was created from, and the image's id.
  std::string image;
  std::string image_id;
  container_state state = container_state::unknown;
  int64_t exit_code = 0;
  bool oom_killed = false;
  /// The engine's text of a failed start.
  std::string start_error;
  health_status health = health_status::none;
  /// The output of the latest health probe.
  std::string health_output;
  int64_t failing_streak = 0;
  int64_t restart_count = 0;
  bool tty = false;
  std::map<std::string, std::string> labels;
  /// The image's and ours.
  std::vector<env_entry> env;
  caf::optional<health_check> healthcheck;
  std::vector<port_binding> ports;
  /// Names and ids of the networks it is on.
  std::map<std::string, std::string> networks;
  /// The engine's text (RFC 3339).
  std::string created;
  std::string started;

  friend bool operator==(const container_info&, const container_info&)
    = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, container_info& x) {
  return f(caf::meta::type_name("dw.container_info"), x.id, x.name, x.image,
           x.image_id, x.state, x.exit_code, x.oom_killed, x.start_error,
           x.health, x.health_output, x.failing_streak, x.restart_count, x.tty,
           x.labels, x.env, x.healthcheck, x.ports, x.networks, x.created,
           x.started);
}

/// Lists containers, running or not, that carry all given labels. An empty
/// value matches any. The containers of a swarm's service are listed as one
/// that has the service's id and name; a service with none here only on demand.
struct list_containers {
  call options;
  std::map<std::string, std::string> labels;
  /// Ask for services in any case, which only a manager of a swarm can answer.
  bool services = false;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, list_containers& x) {
  return f(caf::meta::type_name("dw.list_containers"), x.options, x.labels,
           x.services);
}

struct container_summary {
  std::string id;
  std::string name;
  std::string image;
  std::string image_id;
  /// The engine's text: "Up 3 minutes (healthy)".
  std::string status;
  container_state state = container_state::unknown;
  /// Of our labels.
  std::string project;
  std::string stage;
  std::string instance_id;
  std::map<std::string, std::string> labels;
  std::vector<port_binding> ports;
  /// Unix time.
  int64_t created = 0;

  friend bool operator==(const container_summary&, const container_summary&)
    = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, container_summary& x) {
  return f(caf::meta::type_name("dw.container_summary"), x.id, x.name, x.image,
           x.image_id, x.status, x.state, x.project, x.stage, x.instance_id,
           x.labels, x.ports, x.created);
}

/// Waits until a container does not run.
struct wait_container {
  call options;
  std::string id;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, wait_container& x) {
  return f(caf::meta::type_name("dw.wait_container"), x.options, x.id);
}

struct container_exit {
  int64_t status = 0;

  friend bool operator==(const container_exit&, const container_exit&)
    = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, container_exit& x) {
  return f(caf::meta::type_name("dw.container_exit"), x.status);
}

/// Reads a container's log. With a listener, every line goes there while the
/// call lasts; without, the answer has them.
struct read_logs {
  call options;
  /// Of a container or of a swarm's service.
  std::string id;
  /// The last so many lines; negative for all.
  int64_t tail = -1;
  /// Go on until the container ends; needs a listener.
  bool follow = false;
  bool timestamps = false;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, read_logs& x) {
  return f(caf::meta::type_name("dw.read_logs"), x.options, x.id, x.tail,
           x.follow, x.timestamps);
}

struct log_line {
  /// The ticket of the call.
  uint64_t ticket = 0;
  bool is_stderr = false;
  /// Without the line's end.
  std::string text;

  friend bool operator==(const log_line&, const log_line&) = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, log_line& x) {
  return f(caf::meta::type_name("dw.log_line"), x.ticket, x.is_stderr, x.text);
}

} // namespace dw
