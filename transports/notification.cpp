#include "transports/notification.hpp"

#include "messages/enum_name.hpp"
#include "messages/error.hpp"
#include "transports/json.hpp"
#include "transports/response_error.hpp"
#include "transports/signature.hpp"
#include "transports/text.hpp"

#include <boost/algorithm/string/replace.hpp>

#include <algorithm>
#include <array>
#include <charconv>

namespace dw {

namespace {

constexpr std::array<std::string_view, 5> kind_names{
  "webhook", "slack", "discord", "ntfy", "command"};

constexpr std::array<std::string_view, 3> event_names{"success", "failure",
                                                      "rollback"};

// Discord takes 2000 characters, the others more.
constexpr size_t max_text = 1500;

constexpr auto send_time = std::chrono::seconds{15};

// The last lines of a container's log are left out: they may hold anything, and
// this leaves the house.
std::string problem_of(const deploy_report& x) {
  if (x.outcome == deploy_outcome::cancelled)
    return "was cancelled.";
  if (x.outcome == deploy_outcome::unknown)
    return "ended in a way that is unknown: " + first_line(x.error);
  return x.error
           ? "failed: "
               + render(
                 with_failure(x.error, [](failure& y) { y.log_tail.clear(); }))
           : "failed.";
}

std::string seconds_text(std::chrono::milliseconds x) {
  return std::to_string((x.count() + 999) / 1000) + " s";
}

std::string json_text(std::string_view member, const std::string& text) {
  json::writer out;
  out.begin_object().text(member, text).end_object();
  return out.str();
}

// Slack's own marks for links and mentions begin with these.
std::string slack_body(std::string text) {
  boost::replace_all(text, "&", "&amp;");
  boost::replace_all(text, "<", "&lt;");
  boost::replace_all(text, ">", "&gt;");
  return json_text("text", text);
}

// Nobody is called by an "@everyone" in a text.
std::string discord_body(const std::string& text) {
  json::writer out;
  out.begin_object()
    .text("content", text)
    .key("allowed_mentions")
    .begin_object()
    .texts("parse", {})
    .end_object()
    .end_object();
  return out.str();
}

void add_header(http_request& request, std::string name, std::string value) {
  request.headers.push_back({std::move(name), secret{std::move(value)}});
}

void set_json(http_request& request, std::string body) {
  add_header(request, "Content-Type", "application/json");
  request.body = std::move(body);
}

void set_signed(http_request& request, const notification_target& target,
                const work_ended& x, int64_t now) {
  set_json(request, notification_json(x, now));
  auto timestamp = std::to_string(now);
  add_header(request, "X-Docker-Watcher-Delivery", x.report.deploy_id);
  add_header(request, "X-Docker-Watcher-Timestamp", timestamp);
  if (!target.key.empty())
    add_header(request, "X-Docker-Watcher-Signature",
               "sha256="
                 + hmac_sha256_hex(target.key, timestamp + "." + request.body));
}

void set_ntfy(http_request& request, const notification_target& target,
              const work_ended& x) {
  auto has_failed = event_of(x) == notification_event::failure;
  add_header(request, "Content-Type", "text/plain; charset=utf-8");
  add_header(request, "Title", x.report.project + "/" + x.report.stage);
  add_header(request, "Priority", has_failed ? "high" : "default");
  add_header(request, "Tags", has_failed ? "x" : "white_check_mark");
  if (!target.key.empty())
    add_header(request, "Authorization", "Bearer " + target.key.reveal());
  request.body = notification_text(x);
}

} // namespace

std::string to_string(notification_kind x) {
  return enum_name(kind_names, x);
}

std::string to_string(notification_event x) {
  return enum_name(event_names, x);
}

caf::optional<notification_event> event_of(const work_ended& x) {
  if (x.action != stage_action::deploy && x.action != stage_action::rollback)
    return caf::none;
  if (x.report.outcome != deploy_outcome::deployed)
    return notification_event::failure;
  return x.action == stage_action::rollback ? notification_event::rollback
                                            : notification_event::success;
}

bool wants(const notification_target& target, const work_ended& x) {
  auto event = event_of(x);
  auto has = [](const auto& xs, const auto& y) {
    return std::find(xs.begin(), xs.end(), y) != xs.end();
  };
  auto stage = x.report.project + "/" + x.report.stage;
  return event && has(target.on, *event)
         && (target.stages.empty() || has(target.stages, stage));
}

std::string notification_text(const work_ended& x) {
  const auto& report = x.report;
  auto stage = report.project + "/" + report.stage;
  auto is_rollback = x.action == stage_action::rollback;
  std::string result;
  if (report.outcome == deploy_outcome::deployed)
    result = stage + (is_rollback ? " is back at " : " serves ") + report.tag
             + " after " + seconds_text(report.elapsed) + ".";
  else
    result = stage + ": the " + to_string(x.action)
             + (report.tag.empty() ? "" : " of " + report.tag) + " "
             + problem_of(report);
  for (const auto& leftover : report.leftovers)
    result += "\nLeft over: " + leftover;
  return clean_text(result, max_text);
}

std::string notification_json(const work_ended& x, int64_t now) {
  const auto& report = x.report;
  json::writer out;
  out.begin_object()
    .text("type", "notification")
    .text("event", to_string(event_of(x).value_or(notification_event::failure)))
    .number("time", now)
    .text("deploy_id", report.deploy_id)
    .text("project", report.project)
    .text("stage", report.stage)
    .text("action", to_string(x.action))
    .text("asked_by", x.asked_by)
    .text("outcome", to_string(report.outcome))
    .text("tag", report.tag)
    .text("digest", report.digest)
    .text("container", report.container_name)
    .number("elapsed_ms", report.elapsed.count())
    .texts("leftovers", report.leftovers)
    .text("text", notification_text(x));
  if (report.error)
    out.text("error", to_string(code_of(report.error)))
      .text("phase", to_string(report.phase));
  out.end_object();
  return out.str();
}

http_request make_notification(const notification_target& target,
                               const work_ended& x, int64_t now) {
  http_request result;
  result.operation = "notify";
  result.object = target.name;
  result.peer = to_string(target.kind);
  result.origin = target.origin;
  result.method = http_method::post;
  result.target = target.path.reveal();
  result.deadlines.connect = send_time;
  result.deadlines.total = send_time;
  result.limits.body = 64 * 1024;
  switch (target.kind) {
    case notification_kind::slack:
      set_json(result, slack_body(notification_text(x)));
      break;
    case notification_kind::discord:
      set_json(result, discord_body(notification_text(x)));
      break;
    case notification_kind::ntfy:
      set_ntfy(result, target, x);
      break;
    default:
      set_signed(result, target, x, now);
  }
  return result;
}

// The answer's text is not shown: a server may repeat the address in it.
caf::error check_notification(const http_response& response) {
  if (response.status >= 200 && response.status < 300)
    return caf::none;
  auto may_be_repeated = response.status == 429 || response.status >= 500;
  if (may_be_repeated)
    return make_failure(errc::busy, response, {});
  return make_failure(errc::rejected, response, {},
                      "Check that its address is right and still valid.");
}

caf::optional<std::chrono::seconds> retry_after(const http_response& response) {
  auto text = response.header("retry-after");
  uint32_t seconds = 0;
  auto [end, error]
    = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc{} || end != text.data() + text.size())
    return caf::none;
  return std::chrono::seconds{seconds};
}

} // namespace dw
