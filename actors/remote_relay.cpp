#include "actors/remote_relay.hpp"

#include "actors/follow_work.hpp"
#include "actors/harden.hpp"
#include "transports/obligation.hpp"

#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <memory>
#include <utility>
#include <vector>

namespace dw {

namespace {

// -- work ---------------------------------------------------------------------

struct work_relay_state {
  work_relay_state() = default; // not an aggregate

  static inline const char* name = "work-relay";

  std::vector<deploy_listener_actor> listeners;
};

using work_relay_pointer = work_relay_actor::stateful_pointer<work_relay_state>;

// @param news An event or a report.
template <class T>
void tell(work_relay_pointer self, const T& news) {
  for (const auto& x : self->state.listeners)
    caf::anon_send(x, news);
}

void drop(work_relay_pointer self, const caf::actor_addr& listener) {
  std::erase_if(self->state.listeners,
                [&](const auto& x) { return x.address() == listener; });
}

work_relay_actor::behavior_type
work_relay(work_relay_pointer self, const deploy_supervisor_actor& supervisor) {
  harden(self);
  self->set_down_handler(
    [self](const caf::down_msg& msg) { drop(self, msg.source); });
  follow_work(self, supervisor);
  return {
    [self](const deploy_listener_actor& x) {
      drop(self, x.address());
      self->monitor(x);
      self->state.listeners.push_back(x);
      return done{};
    },
    [self](const deploy_event& x) { tell(self, x); },
    [self](const deploy_report& x) { tell(self, x); },
  };
}

// -- logs ---------------------------------------------------------------------

struct log_relay_state {
  log_relay_state() = default; // not an aggregate

  static inline const char* name = "log-relay";

  container_manager_actor containers;
  log_listener_actor listener;
  /// The listener's.
  uint64_t ticket = 0;
};

using log_relay_pointer = log_relay_actor::stateful_pointer<log_relay_state>;

caf::result<done> relay(log_relay_pointer self, read_logs& what,
                        const log_listener_actor& listener) {
  self->state.listener = listener;
  self->state.ticket = what.options.ticket;
  self->monitor(listener);
  auto owed
    = std::make_shared<obligation<done>>(self->make_response_promise<done>());
  self
    ->request(self->state.containers, caf::infinite, std::move(what),
              log_listener_actor{self})
    .then(
      [self, owed](done x) {
        owed->settle(x);
        self->quit();
      },
      [self, owed](caf::error& err) {
        owed->settle(std::move(err));
        self->quit();
      });
  return caf::delegated<done>{};
}

log_relay_actor::behavior_type
log_relay(log_relay_pointer self, container_manager_actor containers) {
  harden(self);
  self->state.containers = std::move(containers);
  // The manager stops reading for somebody who is gone.
  self->set_down_handler([self](const caf::down_msg&) { self->quit(); });
  return {
    [self](read_logs& what, const log_listener_actor& listener) {
      return relay(self, what, listener);
    },
    [self](log_line& x) {
      x.ticket = self->state.ticket;
      caf::anon_send(self->state.listener, std::move(x));
    },
  };
}

} // namespace

work_relay_actor
spawn_work_relay(caf::actor_system& sys, deploy_supervisor_actor supervisor) {
  return sys.spawn(work_relay, std::move(supervisor));
}

log_relay_actor
spawn_log_relay(caf::actor_system& sys, container_manager_actor containers) {
  return sys.spawn(log_relay, std::move(containers));
}

} // namespace dw
