#include "main/idle_notice.hpp"

#include "actors/harden.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <utility>

namespace dw {

namespace {

struct idle_state {
  static inline const char* name = "idle-notice";

  // Not an aggregate: CAF would initialize the first member with the actor.
  idle_state() = default;

  deploy_supervisor_actor supervisor;
  std::function<void()> notify;
};

using self_pointer = deploy_listener_actor::stateful_pointer<idle_state>;

void look(self_pointer self) {
  self->request(self->state.supervisor, caf::infinite, list_work{})
    .then(
      [self](const std::vector<deploy_event>& open) {
        if (!open.empty())
          return;
        self->state.notify();
        self->quit();
      },
      [](caf::error&) {});
}

deploy_listener_actor::behavior_type
idle_notice(self_pointer self, deploy_supervisor_actor supervisor,
            std::function<void()> notify) {
  harden(self);
  self->state.supervisor = std::move(supervisor);
  self->state.notify = std::move(notify);
  self
    ->request(self->state.supervisor, caf::infinite,
              deploy_listener_actor{self})
    .then([self](const done&) { look(self); }, [](caf::error&) {});
  return {
    [](const deploy_event&) {
      // nop: only an end makes a difference
    },
    [self](const deploy_report&) { look(self); },
  };
}

} // namespace

void notify_when_idle(caf::actor_system& sys,
                      const deploy_supervisor_actor& supervisor,
                      std::function<void()> f) {
  sys.spawn(idle_notice, supervisor, std::move(f));
}

} // namespace dw
