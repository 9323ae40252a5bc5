#pragma once

#include "main/api/call.hpp"
#include "main/stage_lock.hpp"
#include "messages/interfaces.hpp"

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/expected.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace dw::api {

/// Asks for work. Answered with 202 and its id when it is accepted.
struct submit_call {
  call from;
  submit_work work;
};

/// Asks for work, for an actor. Answered with its id when it is accepted.
struct submit_request {
  /// For the history.
  std::string client;
  /// Names the request among those of the client, so that a repetition does no
  /// other work; empty for one that is never repeated.
  std::string key;
  submit_work work;
};

} // namespace dw::api

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(dw::api::submit_call)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(dw::api::submit_request)

namespace dw::api {

/// The WORK TRACKER: has the supervisor do what clients of the API ask for,
/// each request once, while no other process works on the stage. The actor
/// takes messages of this process only, since they carry connections.
using work_tracker_actor
  = caf::typed_actor<caf::reacts_to<submit_call>,
                     // Answered with the id when it is accepted.
                     caf::replies_to<submit_request>::with<std::string>,
                     // Of our own accord, or for another machine: with the id
                     // that is set, if one is.
                     caf::replies_to<submit_work>::with<deploy_report>,
                     caf::reacts_to<deploy_event>,
                     caf::reacts_to<deploy_report>,
                     caf::reacts_to<caf::tick_atom>>;

/// The part of it that other actors ask for work.
using submitter_actor
  = caf::typed_actor<caf::replies_to<submit_request>::with<std::string>>;

/// Its state.
struct work_tracker_state {
  /// Hears that work was accepted, by its id, or why it was not.
  /// @param status The HTTP status that says so.
  using answer_handler
    = std::function<void(int status, const caf::expected<std::string>& id)>;

  /// Work that a client asked for and that has not ended.
  struct submission {
    stage_key stage;
    /// Who waits to hear that it was accepted: a client may repeat itself.
    std::vector<answer_handler> waiting;
    bool is_accepted = false;
  };

  /// What a client's Idempotency-Key stands for.
  struct promised {
    /// Another request with the same key is an error.
    size_t fingerprint = 0;
    std::chrono::steady_clock::time_point until;
  };

  /// The work of a stage that is under way, and our lock on it.
  struct held_stage {
    stage_lock lock;
    size_t open = 0;
  };

  static inline const char* name = "work-tracker";

  // Not an aggregate: CAF would initialize the first member with the actor.
  work_tracker_state() = default;

  deploy_supervisor_actor supervisor;
  journal_actor journal;
  /// Names the engine in the stages' locks.
  std::string engine;
  std::map<std::string, submission> submissions;
  std::map<stage_key, held_stage> stages;
  /// Work that nobody asked this actor for, such as what a former process has
  /// left, by id.
  std::map<std::string, stage_key> others;
  /// By the id of the deploy, which follows from client and key.
  std::map<std::string, promised> promises;
};

/// @param engine As `engine_endpoint::display`.
work_tracker_actor::behavior_type
work_tracker(work_tracker_actor::stateful_pointer<work_tracker_state> self,
             const deploy_supervisor_actor& supervisor, journal_actor journal,
             std::string engine);

} // namespace dw::api
