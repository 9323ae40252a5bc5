#pragma once

#include "messages/interfaces.hpp"

#include <caf/typed_actor.hpp>

namespace dw {

/// What a command asks whoever does its work: this process's DEPLOY SUPERVISOR,
/// or the one of a server.
using work_source_actor
  = caf::typed_actor<caf::replies_to<submit_work>::with<deploy_report>,
                     caf::replies_to<cancel_work>::with<done>,
                     caf::replies_to<deploy_listener_actor>::with<done>>;

} // namespace dw
