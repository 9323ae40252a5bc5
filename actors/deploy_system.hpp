#pragma once

#include "actors/deploy_supervisor.hpp"
#include "actors/service_factory.hpp"
#include "actors/services.hpp"
#include "messages/export.hpp"
#include "messages/interfaces.hpp"

#include <caf/actor_system.hpp>

namespace DW_EXPORT dw {

/// All that deploys to one engine and one proxy, inside an actor system: the
/// services and their supervisor. What is to be said to them is in
/// messages/interfaces.hpp.
///
/// Nothing keeps two supervisors from working on the same stage at once, so
/// there should be one per engine.
class deploy_system {
public:
  /// Spawns all of it. Nothing is asked yet, so that nothing can fail.
  /// @param sys Outlives this; its configuration went through
  ///            `add_message_types`.
  /// @param given Used instead of what would be spawned, as by `service_set`;
  ///              with a journal, work is recorded there.
  deploy_system(caf::actor_system& sys, const service_settings& settings,
                services given = {}, supervisor_policy policy = {});

  /// Ends what was spawned. Does not wait, neither for this nor for work under
  /// way, which is left as it is: to undo it, send `cancel_work` and wait for
  /// the reports before.
  ~deploy_system();

  deploy_system(const deploy_system&) = delete;
  deploy_system& operator=(const deploy_system&) = delete;

  /// The services, given ones included.
  const services& svc() const noexcept {
    return set_.handles();
  }

  /// Whom to send work to. Does not end before this does, unless it has a bug;
  /// to know, monitor it.
  const deploy_supervisor_actor& supervisor() const noexcept {
    return supervisor_;
  }

private:
  service_set set_;
  deploy_supervisor_actor supervisor_;
};

} // namespace dw
