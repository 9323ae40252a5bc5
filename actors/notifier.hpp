#pragma once

#include "actors/retry_policy.hpp"
#include "actors/run_program.hpp"
#include "messages/export.hpp"
#include "messages/interfaces.hpp"
#include "transports/notification.hpp"
#include "transports/obligation.hpp"

#include <caf/actor_system.hpp>
#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <random>
#include <vector>

namespace DW_EXPORT dw {

/// Runs a program, for an actor that must not block. Answered when it has ended
/// with status 0.
struct program_request {
  program_call what;
};

} // namespace dw

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(dw::program_request)

namespace DW_EXPORT dw {

/// The COMMAND RUNNER: runs programs one by one, on a thread of its own.
using command_runner_actor
  = caf::typed_actor<caf::replies_to<program_request>::with<done>>;

command_runner_actor spawn_command_runner(caf::actor_system& sys);

/// How a NOTIFIER works.
struct notifier_policy {
  /// Of each message. Commands are not repeated.
  retry_policy retries{6, std::chrono::seconds{10}, std::chrono::minutes{5}};
  /// Messages that wait for one target; what comes then is left out.
  size_t max_waiting = 100;
  /// How long a command may take.
  std::chrono::milliseconds command_time{10'000};
  /// Seconds since 1970.
  std::function<int64_t()> now;
};

/// Whom to tell from now on. Those before still get what waits for them.
struct notify_others {
  std::vector<notification_target> targets;
};

} // namespace dw

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(dw::notify_others)

namespace DW_EXPORT dw {

/// The NOTIFIER: tells others that deploys have ended, and at first nobody. No
/// deploy waits for it.
using notifier_actor = deploy_listener_actor::extend_with<caf::typed_actor<
  caf::reacts_to<notify_others>,
  // Answers when nothing is left to be told.
  caf::replies_to<caf::close_atom>::with<done>,
  // INTERNAL: it is time to try again to tell the target of this number.
  caf::reacts_to<caf::tick_atom, uint64_t>>>;

/// The state of a NOTIFIER.
struct notifier_state {
  /// A target, and what it is to be told, in order; the first is on its way.
  struct receiver {
    notification_target target;
    std::deque<work_ended> waiting;
    /// Of the first, from 1 on.
    uint32_t attempt = 1;
    /// Gets nothing more.
    bool is_former = false;
  };

  static inline const char* name = "notifier";

  notifier_state() = default;

  /// Logs what will not be told any more.
  ~notifier_state();

  notifier_state(const notifier_state&) = delete;
  notifier_state& operator=(const notifier_state&) = delete;

  journal_actor journal;
  http_client_actor http;
  command_runner_actor commands;
  notifier_policy policy;
  /// By number.
  std::map<uint64_t, receiver> receivers;
  uint64_t last_receiver = 0;
  /// Reports of which the journal is asked what they are about.
  size_t open_questions = 0;
  /// Who waits until nothing is left to be told.
  std::vector<obligation<done>> owed;
  std::minstd_rand jitter{std::random_device{}()};
};

/// @param supervisor Tells of the ends.
/// @param journal Knows what has ended.
/// @param http Makes the requests.
/// @param commands Runs the commands.
notifier_actor::behavior_type
notifier(notifier_actor::stateful_pointer<notifier_state> self,
         const deploy_supervisor_actor& supervisor, journal_actor journal,
         http_client_actor http, command_runner_actor commands,
         notifier_policy policy);

} // namespace dw
