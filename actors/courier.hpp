#pragma once

#include "actors/harden.hpp"
#include "messages/error.hpp"

#include <caf/actor.hpp>
#include <caf/actor_addr.hpp>
#include <caf/actor_cast.hpp>
#include <caf/atom.hpp>
#include <caf/make_message.hpp>
#include <caf/message.hpp>
#include <caf/response_type.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <type_traits>
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

/// @param sender Whom it is for: it ends with it.
template <class Answer>
typename courier_actor<Answer>::behavior_type courier(
  typename courier_actor<Answer>::template stateful_pointer<courier_state> self,
  const caf::actor_addr& sender, const caf::actor& whom, caf::duration timeout,
  const caf::message& request) {
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
      self->request(whom, timeout, request)
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
  // One kind of courier for each kind of answer: compilers take long over them.
  using promised = caf::response_type_t<typename Handle::signatures, Ts...>;
  static_assert(std::is_same_v<promised, caf::detail::type_list<Answer>>);
  auto carrier = self->spawn(courier<Answer>, self->address(),
                             caf::actor_cast<caf::actor>(whom), timeout,
                             caf::make_message(xs...));
  return self->request(carrier, caf::infinite, caf::ok_atom::value);
}

} // namespace dw
