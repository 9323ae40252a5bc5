#pragma once

#include "messages/call.hpp"
#include "messages/container.hpp"
#include "messages/export.hpp"

#include <caf/optional.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

// Docker Swarm: services, and the tasks that they consist of.

namespace DW_EXPORT dw {

/// Whether `id` is one of a swarm, as services have, and not a container's.
bool is_swarm_id(std::string_view id);

/// Where the port of a service is published.
enum class publish_mode : uint8_t {
  /// On every node of the swarm, which forwards to some task. The port stays
  /// the same for as long as the service lives.
  ingress,
  /// On the node of a task, another port for each task.
  host,
};

constexpr auto last_publish_mode = publish_mode::host;

std::string to_string(publish_mode x);

/// Everything a service is made of.
struct service_spec {
  /// What each task runs. Its name is the service's; its labels are those of
  /// the service and of its containers; its ports are published on all
  /// addresses, for a swarm knows no others.
  container_spec task;
  uint32_t replicas = 1;
  publish_mode publish = publish_mode::ingress;
  /// Where tasks may run: "node.id==..".
  std::vector<std::string> constraints;
  /// For how long a task that an update has started may still fail it. Updates
  /// start the new task first, and are rolled back if one fails.
  std::chrono::milliseconds monitor{5'000};

  friend bool operator==(const service_spec&, const service_spec&) = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, service_spec& x) {
  return f(caf::meta::type_name("dw.service_spec"), x.task, x.replicas,
           x.publish, x.constraints, x.monitor);
}

/// How far the latest update of a service is. The engine keeps it until the
/// next one.
enum class update_state : uint8_t {
  /// There was none.
  none,
  updating,
  paused,
  completed,
  rollback_started,
  rollback_paused,
  rollback_completed,
  unknown,
};

std::string to_string(update_state x);

/// What a service is made of, as far as we read it.
struct service_version {
  std::string image;
  std::map<std::string, std::string> labels;
  /// Ours, without the image's.
  std::vector<env_entry> env;
  uint32_t replicas = 0;

  friend bool operator==(const service_version&, const service_version&)
    = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, service_version& x) {
  return f(caf::meta::type_name("dw.service_version"), x.image, x.labels, x.env,
           x.replicas);
}

struct service_info {
  /// 25 letters and digits.
  std::string id;
  std::string name;
  /// Grows with each change.
  uint64_t version = 0;
  service_version spec;
  /// How many of its tasks run, by API 1.41; else how many should.
  uint32_t running = 0;
  /// What the latest change replaced, unless it was rolled back.
  caf::optional<service_version> previous;
  update_state update = update_state::none;
  /// The engine's text on it.
  std::string update_message;
  /// Published with `publish_mode::ingress`.
  std::vector<port_binding> ports;
  /// Unix time.
  int64_t created = 0;

  friend bool operator==(const service_info&, const service_info&) = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, service_info& x) {
  return f(caf::meta::type_name("dw.service_info"), x.id, x.name, x.version,
           x.spec, x.running, x.previous, x.update, x.update_message, x.ports,
           x.created);
}

/// In the order in which a task goes through them, then how it ends.
enum class task_state : uint8_t {
  fresh,
  allocated,
  pending,
  assigned,
  accepted,
  preparing,
  ready,
  /// Until its health check passes, too.
  starting,
  running,
  complete,
  shutdown,
  failed,
  rejected,
  remove,
  orphaned,
  unknown,
};

std::string to_string(task_state x);

/// One container of a service, there or still to come. Ended ones stay listed
/// for a while.
struct service_task {
  std::string id;
  std::string service_id;
  std::string node_id;
  /// Empty before it is created.
  std::string container_id;
  /// By our label.
  std::string instance_id;
  task_state state = task_state::unknown;
  task_state desired = task_state::unknown;
  /// Why it failed, or what it waits for.
  std::string error;
  /// The numbers published with `publish_mode::host`. The engine does not say
  /// which is of IPv4.
  std::vector<uint16_t> ports;

  friend bool operator==(const service_task&, const service_task&) = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, service_task& x) {
  return f(caf::meta::type_name("dw.service_task"), x.id, x.service_id,
           x.node_id, x.container_id, x.instance_id, x.state, x.desired,
           x.error, x.ports);
}

// -- operations ---------------------------------------------------------------

/// Asks what the engine is in a swarm.
struct inspect_swarm {
  call options;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, inspect_swarm& x) {
  return f(caf::meta::type_name("dw.inspect_swarm"), x.options);
}

struct swarm_info {
  /// The engine's word: "inactive", "active", "locked" and so on.
  std::string state;
  /// Whether services can be managed through it.
  bool is_manager = false;
  std::string node_id;

  friend bool operator==(const swarm_info&, const swarm_info&) = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, swarm_info& x) {
  return f(caf::meta::type_name("dw.swarm_info"), x.state, x.is_manager,
           x.node_id);
}

/// Creates a service. Its tasks come to be afterwards.
struct create_service {
  call options;
  service_spec spec;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, create_service& x) {
  return f(caf::meta::type_name("dw.create_service"), x.options, x.spec);
}

struct service_created {
  std::string id;
  std::vector<std::string> warnings;

  friend bool operator==(const service_created&, const service_created&)
    = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, service_created& x) {
  return f(caf::meta::type_name("dw.service_created"), x.id, x.warnings);
}

/// Has a service made of something else from now on; answers when the engine
/// has taken it on.
struct update_service {
  call options;
  std::string id;
  service_spec spec;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, update_service& x) {
  return f(caf::meta::type_name("dw.update_service"), x.options, x.id, x.spec);
}

/// Changes how many tasks a service has, and nothing else.
struct scale_service {
  call options;
  std::string id;
  uint32_t replicas = 0;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, scale_service& x) {
  return f(caf::meta::type_name("dw.scale_service"), x.options, x.id,
           x.replicas);
}

/// Has a service made of what it was made of before its latest change.
/// `errc::conflict` if that is not what made it the given instance.
struct rollback_service {
  call options;
  std::string id;
  /// Our label on what is to be taken back.
  std::string instance_id;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, rollback_service& x) {
  return f(caf::meta::type_name("dw.rollback_service"), x.options, x.id,
           x.instance_id);
}

struct inspect_service {
  call options;
  /// Id or exact name.
  std::string id;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, inspect_service& x) {
  return f(caf::meta::type_name("dw.inspect_service"), x.options, x.id);
}

/// Lists services that carry all given labels. An empty value matches any.
struct list_services {
  call options;
  std::map<std::string, std::string> labels;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, list_services& x) {
  return f(caf::meta::type_name("dw.list_services"), x.options, x.labels);
}

/// Removes a service; its containers go a little later. Done also if it is
/// gone.
struct remove_service {
  call options;
  std::string id;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, remove_service& x) {
  return f(caf::meta::type_name("dw.remove_service"), x.options, x.id);
}

/// Lists the tasks of a service.
struct list_tasks {
  call options;
  /// The service's id.
  std::string service;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, list_tasks& x) {
  return f(caf::meta::type_name("dw.list_tasks"), x.options, x.service);
}

} // namespace dw
