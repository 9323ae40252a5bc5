#pragma once

#include "actors/drift_plan.hpp"
#include "actors/services.hpp"
#include "messages/export.hpp"
#include "messages/interfaces.hpp"

#include <caf/optional.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <chrono>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace DW_EXPORT dw {

/// When a RECONCILER checks. Where several things ask for a check, the earliest
/// one counts.
struct reconciler_policy {
  /// After a container has started or is gone, or events may be missing.
  std::chrono::milliseconds soon{50};
  /// After a container has ended: most are started again at once.
  std::chrono::milliseconds after_end{1'000};
  /// At least between two checks, whatever happens.
  std::chrono::milliseconds min_pause{250};
  /// After one that failed, and after a repair that did not help; doubles with
  /// each further one, up to the limit.
  std::chrono::milliseconds retry{5'000};
  std::chrono::milliseconds max_retry{60'000};
};

/// The RECONCILER with what only services send.
using reconciler_impl = reconciler_actor::extend_with<caf::typed_actor<
  // INTERNAL: from the engine watch, the supervisor and itself.
  caf::reacts_to<engine_event>, caf::reacts_to<deploy_event>,
  caf::reacts_to<deploy_report>, caf::reacts_to<check_tick>>>;

/// The state of a RECONCILER.
struct reconciler_state {
  using time_point = std::chrono::steady_clock::time_point;

  /// A stage that is not as it should be.
  struct trouble {
    std::vector<drift> found;
    /// Repairs that were tried for it.
    uint32_t attempts = 0;
    /// When the next one may be.
    time_point not_before;
  };

  // No aggregate: CAF would initialize the first member with the actor itself.
  reconciler_state() = default;

  static inline const char* name = "reconciler";

  services svc;
  deploy_supervisor_actor supervisor;
  worker_actor worker;
  reconciler_policy policy;
  std::vector<drift_listener_actor> listeners;

  look_after orders;
  /// Work that runs or waits, and whose stage is left alone.
  std::map<std::string, stage_key> open;
  /// Of these, what has ended since the check that runs began: what that has
  /// read may be from before.
  std::vector<std::string> ended;
  std::map<stage_key, trouble> troubles;
  served_instances served;

  bool is_checking = false;
  /// When to check again because of what the check that runs may not have seen.
  caf::optional<time_point> again;
  /// Of the next check; an older timer is stale.
  uint64_t generation = 0;
  bool is_planned = false;
  time_point due;
  time_point last_check;
  uint32_t failures = 0;
  /// Containers of which the engine has told that they ended, until its list
  /// says the same.
  std::set<std::string> dying;
};

/// Compares, when something happens and now and then, what there is with what
/// should be there, and has repaired what is to be repaired. A stage that has
/// work to be done is left alone until that is done.
/// @param svc The actors to look with.
/// @param supervisor Tells of work.
/// @param worker Does the repairs, one after the other with other work on the
///        stage.
reconciler_impl::behavior_type
reconciler(reconciler_impl::stateful_pointer<reconciler_state> self,
           services svc, const deploy_supervisor_actor& supervisor,
           worker_actor worker, reconciler_policy policy);

} // namespace dw
