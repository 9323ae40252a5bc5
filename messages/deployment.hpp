#pragma once

#include "messages/call.hpp"
#include "messages/container.hpp"
#include "messages/export.hpp"
#include "messages/image.hpp"
#include "messages/proxy.hpp"
#include "messages/service.hpp"

#include <caf/error.hpp>
#include <caf/optional.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace DW_EXPORT dw {

// -- what to deploy -----------------------------------------------------------

/// How requests get from the proxy to the container.
enum class forward_mode : uint8_t {
  /// To a host address and the port that the engine assigned.
  host_port,
  /// To the container on a network that it shares with the proxy.
  network,
};

constexpr auto last_forward_mode = forward_mode::network;

std::string to_string(forward_mode x);

/// What an instance of a stage is.
enum class deploy_target : uint8_t {
  /// A container of the engine.
  container,
  /// A service of the swarm that the engine manages.
  swarm,
};

constexpr auto last_deploy_target = deploy_target::swarm;

std::string to_string(deploy_target x);

/// When an image is asked for at its registry.
enum class pull_policy : uint8_t {
  /// With every deploy.
  always,
  /// Only if the engine does not have it.
  missing,
  /// Never: it is built or loaded on the engine's host.
  never,
};

constexpr auto last_pull_policy = pull_policy::never;

std::string to_string(pull_policy x);

/// What a server does when a stage is not as it should be.
enum class drift_policy : uint8_t {
  /// Put it right where that is safe, and tell.
  repair,
  /// Tell.
  report,
  /// Nothing.
  off,
};

constexpr auto last_drift_policy = drift_policy::off;

std::string to_string(drift_policy x);

/// What becomes of the nodes that a rollout has reached when it fails.
enum class rollout_failure : uint8_t {
  /// They go back to what they had before.
  undo,
  /// They keep what they have got.
  keep,
};

constexpr auto last_rollout_failure = rollout_failure::keep;

std::string to_string(rollout_failure x);

/// On which machines a stage runs, and how a deploy goes from one to the next.
struct placement {
  /// Names of nodes, in the order in which they are deployed to; empty for the
  /// engine of this process.
  std::vector<std::string> nodes;
  /// How many at the same time, once the first has succeeded alone.
  uint32_t parallel = 1;
  rollout_failure on_failure = rollout_failure::undo;

  friend bool operator==(const placement&, const placement&) = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, placement& x) {
  return f(caf::meta::type_name("dw.placement"), x.nodes, x.parallel,
           x.on_failure);
}

/// When a container counts as ready for requests.
struct health_spec {
  /// Requested with GET on the stage's port until it answers 2xx; empty for no
  /// HTTP probe.
  std::string path;
  /// A command run inside the container, as HEALTHCHECK does; empty for the
  /// image's own.
  std::vector<std::string> command;
  /// Between two probes; 0 for the image's own, and for every second with an
  /// HTTP probe.
  std::chrono::milliseconds interval{0};
  /// How long the container may take to get healthy; 0 for two minutes, or as
  /// long as its health check needs to fail if that is longer.
  std::chrono::milliseconds timeout{0};
  /// Without any check: how long it must keep running.
  std::chrono::milliseconds stable{10'000};

  friend bool operator==(const health_spec&, const health_spec&) = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, health_spec& x) {
  return f(caf::meta::type_name("dw.health_spec"), x.path, x.command,
           x.interval, x.timeout, x.stable);
}

/// One stage of a project, complete: what `deploy` makes true.
struct deploy_spec {
  std::string project;
  std::string stage;
  /// Repository without a tag: "registry.example.com/shop".
  std::string image;
  /// The tag that was asked for, which also names the container.
  std::string tag;
  /// "sha256:..": deploy exactly this; empty for what the tag points to.
  std::string digest;
  pull_policy pull = pull_policy::always;
  /// Needed only when the image exposes several; 0 for the one it exposes.
  uint16_t port = 0;
  std::vector<std::string> command;
  std::vector<env_entry> env;
  std::map<std::string, std::string> labels;
  std::vector<std::string> volumes;
  resource_limits resources;
  std::string restart_policy = "unless-stopped";
  std::chrono::seconds stop_timeout{30};
  health_spec health;
  /// Between the verified switch and stopping the old container.
  std::chrono::milliseconds drain{30'000};
  /// After the verified switch: how long the new container must keep well
  /// before the deploy counts, if there is an old one to go back to.
  std::chrono::milliseconds soak{10'000};
  /// How many old containers stay, stopped, for a rollback.
  uint32_t keep = 1;
  /// The whole deploy; its undoing has its own time.
  std::chrono::milliseconds timeout{900'000};
  drift_policy drift = drift_policy::repair;

  std::string network = "staging-net";
  /// An IP address of the engine's host.
  std::string publish_on = "127.0.0.1";

  deploy_target target = deploy_target::container;
  /// With `deploy_target::swarm`.
  publish_mode publish = publish_mode::ingress;
  /// How many tasks the service has, or on how many of its nodes a stage runs;
  /// 0 for one task, or for all nodes.
  uint32_t replicas = 0;

  // -- the way to it; meaningless without domains -----------------------------

  std::vector<std::string> domains;
  proxy_options proxy;
  bool adopt = false;
  forward_mode forward = forward_mode::host_port;
  /// What the proxy connects to with `forward_mode::host_port`.
  std::string forward_host = "127.0.0.1";
  /// Where the proxy answers the world: "http://127.0.0.1"; empty for no
  /// request through it.
  std::string verify_url;

  /// Where a controller has it done; a node ignores it.
  placement place;

  friend bool operator==(const deploy_spec&, const deploy_spec&) = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, deploy_spec& x) {
  return f(caf::meta::type_name("dw.deploy_spec"), x.project, x.stage, x.image,
           x.tag, x.digest, x.pull, x.port, x.command, x.env, x.labels,
           x.volumes, x.resources, x.restart_policy, x.stop_timeout, x.health,
           x.drain, x.soak, x.keep, x.timeout, x.drift, x.network, x.publish_on,
           x.target, x.publish, x.replicas, x.domains, x.proxy, x.adopt,
           x.forward, x.forward_host, x.verify_url, x.place);
}

/// Project and stage.
using stage_key = std::pair<std::string, std::string>;

stage_key key_of(const deploy_spec& spec);

/// The reference of the image that a spec wants: by its digest if there is one,
/// else by its tag.
std::string wanted_image(const deploy_spec& spec);

// -- what happens -------------------------------------------------------------

/// The steps of a deploy, in order. The names are stable.
enum class deploy_phase : uint8_t {
  queued,
  pulling,
  preparing,
  creating,
  starting,
  gating,
  routing,
  verifying,
  soaking,
  /// From here on the deploy has succeeded.
  draining,
  retiring,
  /// After a failure or cancellation before `draining`.
  undoing,
  finished,
};

constexpr auto last_deploy_phase = deploy_phase::finished;

std::string to_string(deploy_phase x);

/// A step began, or something is worth saying about it.
struct deploy_event {
  std::string deploy_id;
  std::string project;
  std::string stage;
  /// Counts up from 1 within a deploy.
  uint64_t sequence = 0;
  deploy_phase phase = deploy_phase::queued;
  /// Since the deploy was submitted.
  std::chrono::milliseconds elapsed{0};
  /// One line, empty where the phase says all.
  std::string text;
  /// The step failed and is about to be repeated.
  bool retrying = false;
  caf::optional<pull_progress> progress;
  /// Where it happens; empty for the engine of this process.
  std::string node;

  friend bool operator==(const deploy_event&, const deploy_event&) = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, deploy_event& x) {
  return f(caf::meta::type_name("dw.deploy_event"), x.deploy_id, x.project,
           x.stage, x.sequence, x.phase, x.elapsed, x.text, x.retrying,
           x.progress, x.node);
}

/// What to do with a stage.
enum class stage_action : uint8_t {
  /// Replace what serves with a new instance of the spec.
  deploy,
  /// The same with the spec and digest of a kept instance.
  rollback,
  /// Start what served last, and route to it.
  start,
  /// Stop all that runs of a stage.
  stop,
  /// Stop and start what serves, and route to its new port.
  restart,
  /// Remove all instances of the stage, and its route.
  remove,
  /// Stop and prune old instances that an interrupted deploy left running.
  retire,
  /// INTERNAL: make the route what it should be, as the RECONCILER asks for.
  /// Too slight for the journal.
  repair,
};

constexpr auto last_stage_action = stage_action::repair;
/// What others than ourselves may ask for.
constexpr auto last_public_action = stage_action::retire;

std::string to_string(stage_action x);

/// Whether a piece of work puts a new instance in the place of what serves.
constexpr bool replaces_instance(stage_action x) noexcept {
  return x == stage_action::deploy || x == stage_action::rollback;
}

/// Whether the journal is told of it. A repair is begun anew by the next check
/// in any case, and a container that keeps crashing would need many.
constexpr bool is_recorded(stage_action x) noexcept {
  return x != stage_action::repair;
}

enum class deploy_outcome : uint8_t {
  /// The new instance serves.
  deployed,
  /// The old state is back.
  failed,
  cancelled,
  /// A node was lost, and what it has made of it could not be learnt in time.
  unknown,
};

constexpr auto last_deploy_outcome = deploy_outcome::unknown;

std::string to_string(deploy_outcome x);

/// How a deploy ended on one node.
struct node_result {
  std::string node;
  deploy_outcome outcome = deploy_outcome::failed;
  /// It had succeeded, and was then taken back because another failed.
  bool was_undone = false;
  std::string container_name;
  /// Why it failed, in one line; empty if it did not.
  std::string problem;

  friend bool operator==(const node_result&, const node_result&) = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, node_result& x) {
  return f(caf::meta::type_name("dw.node_result"), x.node, x.outcome,
           x.was_undone, x.container_name, x.problem);
}

/// The end of a deploy, or of other work on a stage.
struct deploy_report {
  std::string deploy_id;
  std::string project;
  std::string stage;
  stage_action action = stage_action::deploy;
  deploy_outcome outcome = deploy_outcome::failed;
  /// Where it ended, if it did not succeed.
  deploy_phase phase = deploy_phase::finished;
  /// What went wrong; none if it succeeded.
  caf::error error;
  std::string tag;
  /// "sha256:.." of the image, once known.
  std::string digest;
  std::string container_id;
  std::string container_name;
  std::string instance_id;
  /// What could not be undone or tidied up: one sentence each.
  std::vector<std::string> leftovers;
  std::chrono::milliseconds elapsed{0};
  /// Of each node that was begun with, in that order; empty without nodes.
  std::vector<node_result> nodes;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, deploy_report& x) {
  return f(caf::meta::type_name("dw.deploy_report"), x.deploy_id, x.project,
           x.stage, x.action, x.outcome, x.phase, x.error, x.tag, x.digest,
           x.container_id, x.container_name, x.instance_id, x.leftovers,
           x.elapsed, x.nodes);
}

// -- operations of the supervisor ---------------------------------------------

/// Queues a piece of work for a stage. The answer comes at its end, and is a
/// report also when it failed; it is an error only if it was not accepted.
struct submit_work {
  stage_action action = stage_action::deploy;
  deploy_spec spec;
  /// With rollback: the tag to go back to; empty for the latest kept one.
  std::string rollback_to;
  /// Report success without waiting for the drain; the old container is left
  /// running for `stage_action::retire`.
  bool skip_drain = false;
  /// Names the work, and is new unless the work is resumed; empty for one that
  /// the supervisor chooses.
  std::string deploy_id;
  /// Who asked, for the history: "api:ci", "cli:anna"; may be empty.
  std::string asked_by;
  /// The id of a container that was never verified, and so is not taken for the
  /// one that serves even if the route names it; with `remove` it is all that
  /// is removed, and its route with it. Usually empty.
  std::string not_serving;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, submit_work& x) {
  return f(caf::meta::type_name("dw.submit_work"), x.action, x.spec,
           x.rollback_to, x.skip_drain, x.deploy_id, x.asked_by, x.not_serving);
}

/// Takes up the work that the journal has as unfinished: to be sent once,
/// before other work. Answers when all of it is queued, with how much that is;
/// the reports go to the journal.
struct resume_work {};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, resume_work&) {
  return f(caf::meta::type_name("dw.resume_work"));
}

/// Cancels what runs and what waits for a stage; empty strings mean every
/// stage. Answers at once; the reports tell when it is undone.
struct cancel_work {
  std::string project;
  std::string stage;
  /// Only this piece of work; empty for all.
  std::string deploy_id;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, cancel_work& x) {
  return f(caf::meta::type_name("dw.cancel_work"), x.project, x.stage,
           x.deploy_id);
}

/// Asks for the latest reports, newest first.
struct list_reports {
  /// Empty for all stages.
  std::string project;
  std::string stage;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, list_reports& x) {
  return f(caf::meta::type_name("dw.list_reports"), x.project, x.stage);
}

/// INTERNAL to a deployment: a timer, stale unless `generation` is current.
struct deploy_tick {
  uint64_t generation = 0;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, deploy_tick& x) {
  return f(caf::meta::type_name("dw.deploy_tick"), x.generation);
}

/// Asks for what runs and waits, the latest event of each.
struct list_work {};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, list_work&) {
  return f(caf::meta::type_name("dw.list_work"));
}

} // namespace dw
