#pragma once

#include "messages/container.hpp"
#include "messages/deployment.hpp"
#include "messages/export.hpp"
#include "messages/proxy.hpp"

#include <caf/error.hpp>
#include <caf/optional.hpp>

#include <string>
#include <vector>

namespace DW_EXPORT dw {

/// What a stage consists of, as the engine and the proxy tell it; a service of
/// a swarm is told as one container. The one reading of that evidence, used by
/// deploy, rollback, plan and status alike.
struct stage_state {
  /// What serves, or served last: the instance that the route names, unless it
  /// is another one that runs; else the newest that runs, else the newest.
  caf::optional<container_summary> current;
  /// Older instances, the newest first: kept for a rollback, or not yet retired
  /// because a deploy was interrupted while it drained.
  std::vector<container_summary> retired;
  /// Instances newer than `current` if the route names it: left over by a
  /// deploy that was interrupted before its switch. They never served.
  std::vector<container_summary> unfinished;
  /// The proxy hosts that have one of the stage's domains, or are marked as the
  /// stage's.
  std::vector<proxy_host> hosts;
  /// Where it is; empty for the engine of this process.
  std::string node;
  /// Why it is unknown: the node is not connected. Then all else is empty.
  caf::error problem;
};

/// Makes sense of a stage's containers and the proxy's hosts.
/// @param containers All that carry the stage's labels.
/// @param hosts All that the proxy lists.
stage_state
assess_stage(const deploy_spec& spec, std::vector<container_summary> containers,
             const std::vector<proxy_host>& hosts);

/// "container NAME" or "service NAME".
std::string describe(const container_summary& x);

/// Whether a container runs, which one that is being restarted does not.
bool is_running(const container_summary& x);

/// The service that an update in place changes: what serves if it is one, else
/// one that was kept; nullptr if there is none.
const container_summary* find_service(const stage_state& x);

/// Whether the instances of any of these are services of a swarm.
/// @param node Only of those that run there; empty for those of the engine of
///             this process.
bool uses_swarm(const std::vector<deploy_spec>& stages, const std::string& node
                                                        = {});

/// Whether a proxy host is marked as this stage's.
bool is_host_of(const proxy_host& host, const deploy_spec& spec);

/// What gets the proxy back from `now` to `before`: for each host that has one
/// of the stage's domains, its former values, or its deletion if it is the
/// stage's and was not there.
std::vector<route_change>
changes_between(const std::vector<proxy_host>& before,
                const std::vector<proxy_host>& now, const deploy_spec& spec);

/// Which containers to do away with after a deploy.
struct retirement {
  /// To be stopped and kept.
  std::vector<container_summary> stop;
  /// To be removed, stopping them first if they run.
  std::vector<container_summary> remove;
};

/// Chooses what retires: everything but `current_id`; the `keep` newest stay,
/// stopped.
retirement plan_retirement(std::vector<container_summary> containers,
                           const std::string& current_id, uint32_t keep);

} // namespace dw
