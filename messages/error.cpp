#include "messages/error.hpp"

#include "messages/enum_name.hpp"
#include "messages/types.hpp" // the type id of `failure`

#include <caf/sec.hpp>

#include <array>
#include <string_view>

namespace dw {

namespace {

constexpr auto first_errc = errc::invalid_argument;

constexpr std::array<std::string_view, 29> errc_names{
  "invalid_argument",   "socket_missing",    "socket_denied",
  "connection_refused", "name_not_resolved", "tls_failed",
  "connection_lost",    "timed_out",         "unauthorized",
  "forbidden",          "not_found",         "conflict",
  "rejected",           "peer_failed",       "busy",
  "version_mismatch",   "bad_reply",         "too_large",
  "pull_failed",        "container_failed",  "unhealthy",
  "domain_taken",       "route_offline",     "route_unverified",
  "cancelled",          "service_restarted", "stage_busy",
  "storage_failed",     "internal",
};

static_assert(errc_names.size() == static_cast<size_t>(last_errc));

// Of `CAF_ERROR_CODE_ENUM`.
constexpr auto category = caf::detail::error_factory<errc>::category;

bool is_ours(const caf::error& err) {
  return err.category() == category;
}

void append_indented(std::string& out, std::string_view lines) {
  if (out.ends_with(' '))
    out.pop_back();
  while (!lines.empty()) {
    auto end = lines.find('\n');
    out += "\n    ";
    out += lines.substr(0, end);
    lines.remove_prefix(end == std::string_view::npos ? lines.size() : end + 1);
  }
}

} // namespace

std::string to_string(errc code) {
  return enum_name(errc_names, code, first_errc);
}

caf::error make_failure(errc code, failure context) {
  return {static_cast<uint8_t>(code), category,
          caf::make_message(std::move(context))};
}

errc code_of(const caf::error& err) {
  if (is_ours(err))
    return static_cast<errc>(err.code());
  if (err == caf::sec::request_receiver_down)
    return errc::service_restarted;
  if (err == caf::sec::request_timeout)
    return errc::timed_out;
  return errc::internal;
}

failure failure_of(const caf::error& err) {
  if (is_ours(err) && err.context().match_elements<failure>())
    return err.context().get_as<failure>(0);
  failure result;
  switch (code_of(err)) {
    case errc::service_restarted:
      result.reply = "the service that should do it was just restarted";
      break;
    case errc::timed_out:
      result.reply = "no answer in time";
      break;
    default:
      result.reply = caf::to_string(err);
  }
  return result;
}

namespace {

// The engine's ids have 64 digits; people and its own tools use 12.
std::string shown(const std::string& object) {
  auto is_id
    = object.size() == 64
      && object.find_first_not_of("0123456789abcdef") == std::string::npos;
  return is_id ? object.substr(0, 12) : object;
}

} // namespace

std::string render(const caf::error& err) {
  if (!err)
    return "no error";
  auto x = failure_of(err);
  std::string out;
  if (!x.operation.empty()) {
    out += "could not " + x.operation;
    if (!x.object.empty())
      out += " " + shown(x.object);
    out += ": ";
  } else if (!x.object.empty()) {
    out += shown(x.object) + ": ";
  }
  if (x.status != 0) {
    out += x.peer.empty() ? "the server" : x.peer;
    out += " answered " + std::to_string(x.status);
    if (!x.reply.empty())
      out += ": ";
  } else if (!x.peer.empty()) {
    out += x.peer + ": ";
  }
  if (x.reply.empty() && x.status == 0)
    out += to_string(code_of(err));
  // A reply of several lines, such as a list of problems, stands by itself.
  if (x.reply.find('\n') == std::string::npos)
    out += x.reply;
  else
    append_indented(out, x.reply);
  if (!x.hint.empty())
    out += "\n  " + x.hint;
  if (!x.log_tail.empty()) {
    out += "\n  its last log lines:";
    append_indented(out, x.log_tail);
  }
  return out;
}

bool is_transient(const caf::error& err) {
  switch (code_of(err)) {
    case errc::socket_missing: // a restarting engine removes its socket
    case errc::connection_refused:
    case errc::name_not_resolved:
    case errc::connection_lost:
    case errc::timed_out:
    case errc::busy:
    case errc::version_mismatch: // the gateway negotiates anew
    case errc::service_restarted:
      return true;
    default:
      return false;
  }
}

bool is_outcome_unknown(const caf::error& err) {
  switch (code_of(err)) {
    case errc::connection_lost:
    case errc::timed_out:
    case errc::service_restarted:
      return true;
    default:
      return false;
  }
}

std::string first_line(const caf::error& err) {
  auto text = render(err);
  return text.substr(0, text.find('\n'));
}

} // namespace dw
