#pragma once

#include "main/api/call.hpp"
#include "messages/interfaces.hpp"

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

namespace dw::api {

/// Tells of what runs and waits, and what has ended.
struct list_call {
  call from;
};

/// Tells of the work whose id is the call's first argument.
struct read_call {
  call from;
};

/// Cancels the work whose id is the call's first argument. 202: it undoes
/// itself, and its events tell when that is done.
struct cancel_call {
  call from;
};

} // namespace dw::api

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(dw::api::list_call)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(dw::api::read_call)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(dw::api::cancel_call)

namespace dw::api {

/// The WORK DIRECTORY: finds work, open or ended, for clients of the API. The
/// actor takes messages of this process only, since they carry connections.
using work_directory_actor
  = caf::typed_actor<caf::reacts_to<list_call>, caf::reacts_to<read_call>,
                     caf::reacts_to<cancel_call>>;

/// Its state.
struct work_directory_state {
  static inline const char* name = "work-directory";

  // Not an aggregate: CAF would initialize the first member with the actor.
  work_directory_state() = default;

  deploy_supervisor_actor supervisor;
  journal_actor journal;
};

/// @param supervisor Knows what is open.
/// @param journal Knows all of it.
work_directory_actor::behavior_type work_directory(
  work_directory_actor::stateful_pointer<work_directory_state> self,
  deploy_supervisor_actor supervisor, journal_actor journal);

} // namespace dw::api
