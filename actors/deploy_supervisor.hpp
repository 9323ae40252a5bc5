#pragma once

#include "actors/deployment.hpp"
#include "actors/retry_policy.hpp"
#include "actors/services.hpp"
#include "messages/export.hpp"
#include "messages/interfaces.hpp"
#include "transports/obligation.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <deque>
#include <functional>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace DW_EXPORT dw {

/// How a DEPLOY SUPERVISOR works.
struct supervisor_policy {
  retry_policy retries;
  /// Pieces of work that run at the same time; others wait. The engine bears
  /// only so many starts, but pulls and drains may well overlap.
  size_t max_running = 64;
  /// Reports kept for `list_reports`.
  size_t max_reports = 500;
};

/// The DEPLOY SUPERVISOR with what only its deployments send.
using deploy_supervisor_impl
  = deploy_supervisor_actor::extend_with<deploy_client_actor>;

/// The state of a DEPLOY SUPERVISOR.
struct deploy_supervisor_state {
  /// A piece of work that runs or waits.
  struct job {
    std::string deploy_id;
    submit_work work;
    obligation<deploy_report> owed;
    /// A DEPLOYMENT or a ROLLOUT; null while it waits.
    cancellable_actor worker;
    deploy_event latest;
    /// It has reported, and this is being recorded.
    bool has_ended = false;
  };

  static inline const char* name = "deploy-supervisor";

  services svc;
  supervisor_policy policy;
  /// Accepted, but not yet on the disk, by id.
  std::map<std::string, job> unrecorded;
  /// Whom to tell what has ended while it waited, once this is on the disk.
  std::map<std::string, obligation<deploy_report>> ending;
  /// The first job of each stage runs, if there was room; the others wait.
  std::map<stage_key, std::deque<job>> stages;
  /// Stages whose first job waits for room.
  std::deque<stage_key> waiting;
  size_t running = 0;
  std::vector<deploy_listener_actor> listeners;
  std::deque<deploy_report> reports;
  /// For the deployments' jitter.
  std::minstd_rand seeds{std::random_device{}()};
};

/// Runs pieces of work: one at a time per stage, in the order they came, and
/// stages side by side. A deployment that dies of a bug is reported as failed.
/// With a journal, work begins and is reported only once that is on the disk.
/// @param svc The actors to work with.
deploy_supervisor_impl::behavior_type deploy_supervisor(
  deploy_supervisor_impl::stateful_pointer<deploy_supervisor_state> self,
  services svc, supervisor_policy policy);

} // namespace dw
