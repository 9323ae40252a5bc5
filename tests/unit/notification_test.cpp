#include "transports/notification.hpp"

#include "messages/error.hpp"
#include "transports/json.hpp"
#include "transports/signature.hpp"

#include <boost/test/unit_test.hpp>

using namespace dw;
using namespace std::chrono_literals;

namespace {

constexpr int64_t now = 1'767'323'045;

work_ended
ended(stage_action action, deploy_outcome outcome, caf::error problem = {}) {
  work_ended result;
  result.action = action;
  result.asked_by = "webhook hub";
  result.report.deploy_id = "0123456789ab";
  result.report.project = "shop";
  result.report.stage = "prod";
  result.report.tag = "v2";
  result.report.outcome = outcome;
  result.report.error = std::move(problem);
  result.report.elapsed = 11'200ms;
  return result;
}

work_ended success() {
  return ended(stage_action::deploy, deploy_outcome::deployed);
}

work_ended failure_of_health() {
  return ended(stage_action::deploy, deploy_outcome::failed,
               make_failure(errc::unhealthy,
                            {.operation = "wait for",
                             .object = "dw-shop-prod-v2",
                             .reply = "it is <unhealthy> & gone",
                             .log_tail = "password=hunter2"}));
}

notification_target target(notification_kind kind) {
  notification_target result;
  result.name = "team";
  result.kind = kind;
  result.origin.base_url = "https://chat.example.com";
  result.path = secret{"/hook/very-secret?x=1"};
  return result;
}

std::string header(const http_request& x, const std::string& name) {
  for (const auto& y : x.headers)
    if (y.name == name)
      return y.value.reveal();
  return {};
}

std::string member(const http_request& x, const char* name) {
  json::document document{x.body};
  auto result = document.root().text(name);
  BOOST_TEST(document.ok(), x.body);
  return result;
}

http_response answer(int status, std::vector<http_header> headers = {}) {
  http_response result;
  result.operation = "notify";
  result.object = "team";
  result.peer = "slack";
  result.status = status;
  result.headers = std::move(headers);
  result.body = "https://chat.example.com/hook/very-secret";
  return result;
}

} // namespace

BOOST_AUTO_TEST_SUITE(notification)

BOOST_AUTO_TEST_CASE(an_end_is_a_success_a_failure_or_a_rollback) {
  using enum deploy_outcome;
  auto event = [](stage_action action, deploy_outcome outcome) {
    auto x = event_of(ended(action, outcome));
    return x ? to_string(*x) : "";
  };
  BOOST_TEST(event(stage_action::deploy, deployed) == "success");
  BOOST_TEST(event(stage_action::deploy, failed) == "failure");
  BOOST_TEST(event(stage_action::deploy, cancelled) == "failure");
  BOOST_TEST(event(stage_action::rollback, deployed) == "rollback");
  BOOST_TEST(event(stage_action::rollback, failed) == "failure");
  for (auto action :
       {stage_action::start, stage_action::stop, stage_action::restart,
        stage_action::remove, stage_action::retire})
    for (auto outcome : {deployed, failed, cancelled})
      BOOST_TEST(event(action, outcome) == "");
}

BOOST_AUTO_TEST_CASE(a_target_chooses_events_and_stages) {
  auto x = target(notification_kind::slack);
  BOOST_TEST(wants(x, success()));
  x.on = {notification_event::failure};
  BOOST_TEST(!wants(x, success()));
  BOOST_TEST(wants(x, failure_of_health()));
  x.stages = {"shop/test"};
  BOOST_TEST(!wants(x, failure_of_health()));
  x.stages = {"shop/test", "shop/prod"};
  BOOST_TEST(wants(x, failure_of_health()));
  x.on.clear();
  BOOST_TEST(!wants(x, failure_of_health()));
}

BOOST_AUTO_TEST_CASE(the_text_says_what_happened) {
  BOOST_TEST(notification_text(success()) == "shop/prod serves v2 after 12 s.");
  BOOST_TEST(
    notification_text(ended(stage_action::rollback, deploy_outcome::deployed))
    == "shop/prod is back at v2 after 12 s.");
  BOOST_TEST(
    notification_text(ended(stage_action::deploy, deploy_outcome::cancelled))
    == "shop/prod: the deploy of v2 was cancelled.");
  auto x = success();
  x.report.leftovers = {"container dw-shop-prod-v1 runs"};
  BOOST_TEST(notification_text(x)
             == "shop/prod serves v2 after 12 s.\n"
                "Left over: container dw-shop-prod-v1 runs");
}

BOOST_AUTO_TEST_CASE(a_failure_is_told_without_the_containers_log) {
  BOOST_TEST(notification_text(failure_of_health())
             == "shop/prod: the deploy of v2 failed: could not wait for "
                "dw-shop-prod-v2: it is <unhealthy> & gone");
  for (auto kind : {notification_kind::webhook, notification_kind::slack,
                    notification_kind::discord, notification_kind::ntfy}) {
    auto request = make_notification(target(kind), failure_of_health(), now);
    BOOST_TEST(request.body.find("hunter2") == std::string::npos);
  }
}

BOOST_AUTO_TEST_CASE(the_text_has_an_end) {
  auto x = ended(stage_action::deploy, deploy_outcome::failed,
                 make_failure(errc::bad_reply,
                              {.reply = std::string(100'000, 'x')}));
  BOOST_TEST(notification_text(x).size() < 2000u);
}

BOOST_AUTO_TEST_CASE(a_webhook_gets_signed_json) {
  auto to = target(notification_kind::webhook);
  to.key = secret{"key"};
  auto x = make_notification(to, failure_of_health(), now);
  BOOST_TEST((x.method == http_method::post));
  BOOST_TEST(x.origin.base_url == "https://chat.example.com");
  BOOST_TEST(x.target == "/hook/very-secret?x=1");
  BOOST_TEST(header(x, "Content-Type") == "application/json");
  BOOST_TEST(header(x, "X-Docker-Watcher-Delivery") == "0123456789ab");
  BOOST_TEST(header(x, "X-Docker-Watcher-Timestamp") == "1767323045");
  BOOST_TEST(header(x, "X-Docker-Watcher-Signature")
             == "sha256="
                  + hmac_sha256_hex(secret{"key"}, "1767323045." + x.body));
  BOOST_TEST(member(x, "event") == "failure");
  BOOST_TEST(member(x, "deploy_id") == "0123456789ab");
  BOOST_TEST(member(x, "project") == "shop");
  BOOST_TEST(member(x, "stage") == "prod");
  BOOST_TEST(member(x, "action") == "deploy");
  BOOST_TEST(member(x, "asked_by") == "webhook hub");
  BOOST_TEST(member(x, "outcome") == "failed");
  BOOST_TEST(member(x, "tag") == "v2");
  BOOST_TEST(member(x, "error") == "unhealthy");
}

BOOST_AUTO_TEST_CASE(without_a_key_nothing_is_signed) {
  auto x
    = make_notification(target(notification_kind::webhook), success(), now);
  BOOST_TEST(header(x, "X-Docker-Watcher-Signature") == "");
  BOOST_TEST(member(x, "error") == "");
}

BOOST_AUTO_TEST_CASE(slack_takes_nothing_for_a_link) {
  auto x = make_notification(target(notification_kind::slack),
                             failure_of_health(), now);
  BOOST_TEST(member(x, "text").ends_with("it is &lt;unhealthy&gt; &amp; gone"));
}

BOOST_AUTO_TEST_CASE(discord_calls_nobody) {
  auto x = make_notification(target(notification_kind::discord),
                             failure_of_health(), now);
  BOOST_TEST(member(x, "content").ends_with("it is <unhealthy> & gone"));
  BOOST_TEST(x.body.find(R"("allowed_mentions":{"parse":[]})")
             != std::string::npos);
}

BOOST_AUTO_TEST_CASE(ntfy_gets_text_and_headers) {
  auto to = target(notification_kind::ntfy);
  to.key = secret{"tk_1"};
  auto x = make_notification(to, failure_of_health(), now);
  BOOST_TEST(x.body == notification_text(failure_of_health()));
  BOOST_TEST(header(x, "Title") == "shop/prod");
  BOOST_TEST(header(x, "Priority") == "high");
  BOOST_TEST(header(x, "Authorization") == "Bearer tk_1");
  x = make_notification(target(notification_kind::ntfy), success(), now);
  BOOST_TEST(header(x, "Priority") == "default");
  BOOST_TEST(header(x, "Authorization") == "");
}

BOOST_AUTO_TEST_CASE(some_answers_are_worth_another_attempt) {
  for (auto status : {200, 201, 204})
    BOOST_TEST(!check_notification(answer(status)));
  for (auto status : {429, 500, 502, 503})
    BOOST_TEST(is_transient(check_notification(answer(status))), status);
  for (auto status : {301, 400, 401, 403, 404, 410})
    BOOST_TEST(!is_transient(check_notification(answer(status))), status);
}

BOOST_AUTO_TEST_CASE(errors_do_not_show_the_address) {
  auto text = render(check_notification(answer(404)));
  BOOST_TEST(text
             == "could not notify team: slack answered 404\n"
                "  Check that its address is right and still valid.");
}

BOOST_AUTO_TEST_CASE(an_answer_may_ask_to_wait) {
  auto wait = [](const std::string& text) {
    return retry_after(answer(429, {{"retry-after", secret{text}}}));
  };
  BOOST_TEST((wait("30") == 30s));
  BOOST_TEST((wait("0") == 0s));
  for (const auto* text : {"", "x", "-1", "3.5", "30 ", "99999999999",
                           "Fri, 02 Jan 2026 03:04:05 GMT"})
    BOOST_TEST(!wait(text), text);
  BOOST_TEST(!retry_after(answer(429)));
}

BOOST_AUTO_TEST_SUITE_END()
