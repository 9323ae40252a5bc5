#pragma once

#include "messages/interfaces.hpp"
#include "transports/obligation.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <map>
#include <string>
#include <vector>

namespace dw {

/// The WORK INTAKE: accepts work for others who may lose the answer, and ask
/// again.
using work_intake_actor = caf::typed_actor<
  // Work whose id is set. Answered when it is recorded, or was before;
  // `errc::conflict` if the id stands for other work.
  caf::replies_to<submit_work>::with<done>>;

/// The WORK INTAKE with what only the supervisor sends.
using work_intake_impl = work_intake_actor::extend_with<caf::typed_actor<
  caf::reacts_to<deploy_event>, caf::reacts_to<deploy_report>>>;

/// The state of a WORK INTAKE.
struct work_intake_state {
  /// Work that has not ended.
  struct open_work {
    submit_work work;
    bool is_recorded = false;
    /// Who waits until it is.
    std::vector<obligation<done>> waiting;
  };

  static inline const char* name = "work-intake";

  // Not an aggregate: CAF would initialize the first member with the actor.
  work_intake_state() = default;

  worker_actor worker;
  journal_actor journal;
  std::map<std::string, open_work> open;
};

/// @param supervisor Tells of the work.
/// @param worker Has it done.
/// @param journal Knows what was accepted before.
work_intake_impl::behavior_type
work_intake(work_intake_impl::stateful_pointer<work_intake_state> self,
            const deploy_supervisor_actor& supervisor, worker_actor worker,
            journal_actor journal);

} // namespace dw
