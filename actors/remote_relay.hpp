#pragma once

#include "messages/interfaces.hpp"

#include <caf/actor_system.hpp>

// What stands between our actors and listeners on other machines. Whoever sends
// something over a connection can be sent to by anybody at the other end, from
// then on and without a pass. So these forward what they hear without saying
// who they are.

namespace dw {

/// Tells listeners of all work, each for as long as it lives.
using work_relay_actor
  = caf::typed_actor<caf::replies_to<deploy_listener_actor>::with<done>,
                     caf::reacts_to<deploy_event>,
                     caf::reacts_to<deploy_report>>;

/// Ends with an exit message.
work_relay_actor
spawn_work_relay(caf::actor_system& sys, deploy_supervisor_actor supervisor);

/// Gives a listener the lines of one log, and ends. Gives up when the listener
/// is gone.
using log_relay_actor
  = caf::typed_actor<caf::replies_to<read_logs, log_listener_actor>::with<done>,
                     caf::reacts_to<log_line>>;

log_relay_actor
spawn_log_relay(caf::actor_system& sys, container_manager_actor containers);

} // namespace dw
