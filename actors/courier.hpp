#pragma once

#include "actors/harden.hpp"
#include "messages/error.hpp"
#include "transports/obligation.hpp"

#include <caf/actor.hpp>
#include <caf/actor_addr.hpp>
#include <caf/actor_cast.hpp>
#include <caf/atom.hpp>
#include <caf/make_message.hpp>
#include <caf/message.hpp>
#include <caf/response_type.hpp>
#include <caf/sec.hpp>
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

template <class Answer>
struct courier_state {
  static inline const char* name = "courier";

  // Not an aggregate: CAF would initialize the first member with the actor.
  courier_state() = default;

  obligation<Answer> owed;
  bool is_sent = false;
};

/// What a courier answers instead of an error of CAF's.
using error_translator = caf::error (*)(caf::error);

/// @param sender Whom it is for: it ends with it.
template <class Answer>
typename courier_actor<Answer>::behavior_type
courier(typename courier_actor<Answer>::template stateful_pointer<
          courier_state<Answer>>
          self,
        const caf::actor_addr& sender, const caf::actor& whom,
        caf::duration timeout, const caf::message& request,
        error_translator explain) {
  harden(self);
  self->monitor(sender);
  self->monitor(whom);
  auto end = [self, sender, there = whom.address()](auto answer) {
    self->state.owed.settle(std::move(answer));
    // What monitors lies with what is monitored, even when it has ended.
    self->demonitor(sender);
    self->demonitor(there);
    self->quit();
  };
  self->set_down_handler([end, explain](const caf::down_msg&) {
    end(explain(caf::make_error(caf::sec::request_receiver_down)));
  });
  return {
    [=](caf::ok_atom) -> caf::result<Answer> {
      if (std::exchange(self->state.is_sent, true))
        return make_failure(errc::forbidden, {});
      self->state.owed
        = obligation{self->template make_response_promise<Answer>()};
      self->request(whom, timeout, request)
        .then([end](Answer& x) { end(std::move(x)); },
              [end, explain](caf::error& err) {
                end(explain(std::move(err)));
              });
      return caf::delegated<Answer>{};
    },
  };
}

/// Spawns a courier with a request to an actor of another process, which waits
/// for an `ok_atom`. A lost connection, which fails no request of CAF, fails it
/// as a dead receiver in this process would: with
/// `caf::sec::request_receiver_down`.
/// @param timeout For the answer.
template <class Answer, class Self, class Handle, class... Ts>
courier_actor<Answer>
spawn_courier(Self* self, const Handle& whom, caf::duration timeout,
              error_translator explain, const Ts&... xs) {
  // One kind of courier for each kind of answer: compilers take long over them.
  using promised = caf::response_type_t<typename Handle::signatures, Ts...>;
  static_assert(std::is_same_v<promised, caf::detail::type_list<Answer>>);
  return self->spawn(courier<Answer>, self->address(),
                     caf::actor_cast<caf::actor>(whom), timeout,
                     caf::make_message(xs...), explain);
}

/// Makes such a request. To be followed by `.then(..)`, like
/// `self->request(..)`. Given up when `self` ends.
template <class Answer, class Self, class Handle, class... Ts>
auto ask_remote(Self* self, const Handle& whom, caf::duration timeout,
                const Ts&... xs) {
  auto as_it_is = [](caf::error x) { return x; };
  return self->request(spawn_courier<Answer>(self, whom, timeout, as_it_is,
                                             xs...),
                       caf::infinite, caf::ok_atom::value);
}

} // namespace dw
