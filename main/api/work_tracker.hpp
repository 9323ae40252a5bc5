#pragma once

#include "main/api/call.hpp"
#include "main/api/event_log.hpp"
#include "main/stage_lock.hpp"
#include "messages/interfaces.hpp"

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/expected.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
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

/// Cancels the work whose id is the call's first argument. 202: it undoes
/// itself, and its events tell when that is done.
struct cancel_call {
  call from;
};

/// Tells of the work whose id is the call's first argument.
struct read_call {
  call from;
};

/// Tells of what runs and waits, and what has ended.
struct list_call {
  call from;
};

/// Streams events. "project" and "stage" of the query choose some of them.
struct follow_call {
  call from;
};

/// INTERNAL: a reader of events has room again, or has gone.
struct reader_ready {
  uint64_t reader = 0;
};

struct reader_gone {
  uint64_t reader = 0;
};

} // namespace dw::api

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(dw::api::submit_call)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(dw::api::submit_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(dw::api::cancel_call)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(dw::api::read_call)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(dw::api::list_call)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(dw::api::follow_call)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(dw::api::reader_ready)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(dw::api::reader_gone)

namespace dw::api {

/// The actor between clients of the API and the supervisor. It takes messages
/// of this process only, since they carry connections.
using work_tracker_actor
  = caf::typed_actor<caf::reacts_to<submit_call>,
                     // Answered with the id when it is accepted.
                     caf::replies_to<submit_request>::with<std::string>,
                     // Of our own accord, for which nobody waits outside.
                     caf::replies_to<submit_work>::with<deploy_report>,
                     caf::reacts_to<cancel_call>, caf::reacts_to<read_call>,
                     caf::reacts_to<list_call>, caf::reacts_to<follow_call>,
                     caf::reacts_to<reader_ready>, caf::reacts_to<reader_gone>,
                     caf::reacts_to<deploy_event>,
                     caf::reacts_to<deploy_report>, caf::reacts_to<drift_event>,
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

  struct reader {
    server_stream stream;
    event_cursor cursor;
  };

  /// The work of a stage that is under way, and our lock on it.
  struct held_stage {
    stage_lock lock;
    size_t open = 0;
  };

  static inline const char* name = "work-tracker";

  work_tracker_state();

  deploy_supervisor_actor supervisor;
  journal_actor journal;
  /// Names the engine in the stages' locks.
  std::string engine;
  event_log events;
  std::map<std::string, submission> submissions;
  std::map<stage_key, held_stage> stages;
  /// Work that nobody asked this actor for, such as what a former process has
  /// left, by id.
  std::map<std::string, stage_key> others;
  /// By the id of the deploy, which follows from client and key.
  std::map<std::string, promised> promises;
  std::map<uint64_t, reader> readers;
  uint64_t last_reader = 0;
};

/// @param engine As `engine_endpoint::display`.
work_tracker_actor::behavior_type
work_tracker(work_tracker_actor::stateful_pointer<work_tracker_state> self,
             const deploy_supervisor_actor& supervisor, journal_actor journal,
             std::string engine);

} // namespace dw::api
