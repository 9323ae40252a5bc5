#pragma once

#include "messages/deployment.hpp"
#include "messages/export.hpp"
#include "messages/http.hpp"
#include "messages/secret.hpp"

#include <caf/expected.hpp>
#include <caf/optional.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

// How others are told that a deploy has ended. Pure functions, which may be
// called from any thread.

namespace DW_EXPORT dw {

/// Who is told, and so in which form.
enum class notification_kind : uint8_t {
  /// Any server: JSON with a signature.
  webhook,
  slack,
  discord,
  /// A topic at a server of ntfy.
  ntfy,
  /// A program on this machine: JSON as its standard input.
  command,
};

constexpr auto last_notification_kind = notification_kind::command;

std::string to_string(notification_kind x);

/// What is told.
enum class notification_event : uint8_t { success, failure, rollback };

constexpr auto last_notification_event = notification_event::rollback;

std::string to_string(notification_event x);

/// Somebody who is told.
struct notification_target {
  /// For logs, where the address must not be: who has it can write there.
  std::string name;
  notification_kind kind = notification_kind::webhook;
  /// The address: the server, and the path with the query.
  http_origin origin;
  secret path;
  /// Of a command: the program and its arguments.
  std::vector<std::string> command;
  /// What a webhook is signed with, or the access token of ntfy; may be empty.
  secret key;
  std::vector<notification_event> on{notification_event::success,
                                     notification_event::failure,
                                     notification_event::rollback};
  /// "PROJECT/STAGE"; empty for all.
  std::vector<std::string> stages;
};

/// A piece of work that has ended.
struct work_ended {
  stage_action action = stage_action::deploy;
  /// As `submit_work` has it.
  std::string asked_by;
  deploy_report report;
};

/// What the end of a piece of work is to others; none if it is nothing to tell:
/// only deploys and rollbacks are. Cancelled ones have failed.
caf::optional<notification_event> event_of(const work_ended& x);

/// Whether somebody wants to be told.
bool wants(const notification_target& target, const work_ended& x);

/// What happened, as one sentence. Container logs have no part in it.
std::string notification_text(const work_ended& x);

/// What happened, as JSON. @param now Seconds since 1970.
std::string notification_json(const work_ended& x, int64_t now);

/// The request that tells it, for any kind but a command.
/// @param now Seconds since 1970; a part of what is signed, so that an old
///            message cannot be sent again by somebody else.
http_request make_notification(const notification_target& target,
                               const work_ended& x, int64_t now);

/// What came of it; none if it was taken.
caf::error check_notification(const http_response& response);

/// How long the answer asks to wait; none if it does not say.
caf::optional<std::chrono::seconds> retry_after(const http_response& response);

} // namespace dw
