#pragma once

#include "actors/harden.hpp"
#include "messages/error.hpp"

#include <caf/atom.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <utility>

// Whatever sends a message to another process becomes known there by its
// number, and then any peer may send it anything that it has a handler for; the
// sender's name in a message is what the peer says it is (CAF 0.17). So no
// actor of ours that can do something sends to another process itself: a
// courier does, which can do nothing else.

namespace dw {

/// A COURIER: takes one request to another process, and its answer back.
template <class Answer>
using courier_actor
  = caf::typed_actor<caf::replies_to<caf::ok_atom>::template with<Answer>>;

struct courier_state {
  static inline const char* name = "courier";

  // Not an aggregate: CAF would initialize the first member with the actor.
  courier_state() = default;

  bool is_sent = false;
};

template <class Answer, class Handle, class... Ts>
typename courier_actor<Answer>::behavior_type courier(
  typename courier_actor<Answer>::template stateful_pointer<courier_state> self,
  caf::actor_addr sender, Handle whom, caf::duration timeout, Ts... xs) {
  harden(self);
  self->monitor(sender);
  self->set_down_handler([self](const caf::down_msg&) { self->quit(); });
  return {
    [=](caf::ok_atom) -> caf::result<Answer> {
      if (std::exchange(self->state.is_sent, true))
        return make_failure(errc::forbidden, {});
      auto promise = self->template make_response_promise<Answer>();
      auto end = [self, sender] {
        self->demonitor(sender);
        self->quit();
      };
      self->request(whom, timeout, xs...)
        .then(
          [promise, end](Answer& x) mutable {
            promise.deliver(std::move(x));
            end();
          },
          [promise, end](caf::error& err) mutable {
            promise.deliver(std::move(err));
            end();
          });
      return promise;
    },
  };
}

/// Makes a request to an actor of another process. To be followed by
/// `.then(..)`, like `self->request(..)`. Given up when `self` ends.
/// @param timeout For the answer: a lost connection fails no request.
template <class Answer, class Self, class Handle, class... Ts>
auto ask_remote(Self* self, const Handle& whom, caf::duration timeout,
                const Ts&... xs) {
  auto carrier = self->spawn(courier<Answer, Handle, Ts...>, self->address(),
                             whom, timeout, xs...);
  return self->request(carrier, caf::infinite, caf::ok_atom::value);
}

} // namespace dw
