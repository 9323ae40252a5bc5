#pragma once

#include "messages/export.hpp"

#include <caf/error.hpp>
#include <caf/make_message.hpp> // CAF_ERROR_CODE_ENUM needs it
#include <caf/meta/type_name.hpp>

#include <cstdint>
#include <string>

namespace DW_EXPORT dw {

/// Everything that can go wrong, by what somebody can do about it. The names
/// (`to_string`) are stable: they appear in `--json` output.
enum class errc : uint8_t {
  /// A specification, option or argument cannot be right. Nothing was tried.
  invalid_argument = 1,

  // -- the peer was not reached: nothing happened there ----------------------

  /// The unix socket does not exist (ENOENT).
  socket_missing,
  /// This user may not connect to the unix socket (EACCES).
  socket_denied,
  /// Nobody listens (ECONNREFUSED), or the host cannot be reached.
  connection_refused,
  /// The host name does not resolve.
  name_not_resolved,
  /// TLS could not be agreed on: unknown authority, wrong name, no certificate.
  tls_failed,

  // -- the peer was reached, the outcome is unknown --------------------------

  /// The connection ended before the answer was complete.
  connection_lost,
  /// A deadline passed before the answer was complete.
  timed_out,

  // -- the peer answered -----------------------------------------------------

  /// Credentials are missing, wrong or expired.
  unauthorized,
  /// The credentials are good, but not for this.
  forbidden,
  /// The object does not exist.
  not_found,
  /// The object exists already, or is in a state that does not allow this.
  conflict,
  /// The peer will not do this, for a reason in its answer (4xx).
  rejected,
  /// The peer failed while doing it (5xx).
  peer_failed,
  /// The peer cannot do it now, but may later (429, 503).
  busy,
  /// The peer's API version and ours do not meet.
  version_mismatch,
  /// The answer is not what the API promises.
  bad_reply,
  /// The answer exceeds a size, line or depth limit.
  too_large,

  // -- deploying -------------------------------------------------------------

  /// The image could not be pulled.
  pull_failed,
  /// The container ended, or could not be started.
  container_failed,
  /// The container did not get healthy.
  unhealthy,
  /// The domain belongs to somebody else's proxy host.
  domain_taken,
  /// The proxy stored the route but does not serve it.
  route_offline,
  /// A request through the proxy did not reach the new instance.
  route_unverified,

  // -- on our side -----------------------------------------------------------

  /// Somebody asked to stop.
  cancelled,
  /// The service that was working on it was restarted, or is gone.
  service_restarted,
  /// Another deploy of this stage is running.
  stage_busy,
  /// A file of ours cannot be read or written: the disk is full, it is damaged,
  /// or this user may not.
  storage_failed,
  /// A bug: please report it.
  internal,
};

/// The last enumerator, for tables.
constexpr auto last_errc = errc::internal;

/// The stable name of a code, such as "connection_refused".
std::string to_string(errc code);

/// What every error of ours carries: enough for a person to act on it.
struct failure {
  /// What was attempted, as a verb phrase: "create container".
  std::string operation;
  /// On which container, image, network, domain or file.
  std::string object;
  /// Who answered: "Docker Engine", "Nginx Proxy Manager", or empty.
  std::string peer;
  /// The HTTP status, 0 if there was none.
  int status = 0;
  /// What the other side answered, or what we found; one or several lines.
  std::string reply;
  /// What the user can do, a full sentence, or empty.
  std::string hint;
  /// The container's last log lines, where there is a container.
  std::string log_tail;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, failure& x) {
  return f(caf::meta::type_name("dw.failure"), x.operation, x.object, x.peer,
           x.status, x.reply, x.hint, x.log_tail);
}

/// Makes an error with full context.
caf::error make_failure(errc code, failure context);

/// The code of an error. Errors of CAF itself are translated: a receiver that
/// is down is `service_restarted`, a request timeout is `timed_out`, all else
/// `internal`. Requires that `err` is an error.
errc code_of(const caf::error& err);

/// The context of an error; for CAF's own errors one that says what they mean.
failure failure_of(const caf::error& err);

/// The same error with its context changed by `change(failure&)`.
template <class F>
caf::error with_failure(const caf::error& err, F change) {
  auto context = failure_of(err);
  change(context);
  return make_failure(code_of(err), std::move(context));
}

/// Renders an error for people: one sentence with what was attempted, on which
/// object and what the other side answered; a second one with what to do; then
/// the log lines, indented.
std::string render(const caf::error& err);

/// The first line of that: for places that have one line.
std::string first_line(const caf::error& err);

/// Whether the same attempt may succeed a moment later. A function of the error
/// alone. Where `is_outcome_unknown`, re-read the state before repeating.
bool is_transient(const caf::error& err);

/// Whether the other side may have done it although we have no answer.
bool is_outcome_unknown(const caf::error& err);

} // namespace dw

CAF_ERROR_CODE_ENUM(dw::errc, "dw")
