#include "transports/npm_api.hpp"

#include "messages/error.hpp"
#include "transports/json.hpp"
#include "transports/npm_request.hpp"
#include "transports/response_error.hpp"
#include "transports/text.hpp"

#include <algorithm>
#include <optional>
#include <string_view>

namespace dw::npm {

namespace {

constexpr size_t max_reply = 500;
constexpr size_t max_title = 80;

/// What an answer means, and what a person can do about it.
struct verdict {
  errc code;
  const char* hint = "";
};

constexpr auto account_hint
  = "Check the identity and the password of the proxy's account.";
constexpr auto permission_hint
  = "Give the account the permission to manage proxy hosts, and see that it "
    "is not disabled.";
constexpr auto prefix_hint
  = "This URL leads to the backend itself, which has no /api in front: leave "
    "it out, or use the URL of the admin interface, such as "
    "http://HOST:81/api.";
constexpr auto taken_hint
  = "Another proxy, redirection or 404 host has this domain. It may belong to "
    "an account whose hosts ours cannot see. Remove the domain there, or give "
    "our account the visibility of all hosts and adopt the host.";
constexpr auto failed_hint
  = "The change may be stored without being served. If it happens again, look "
    "at the log of Nginx Proxy Manager: most often nginx refuses the "
    "configuration of some host.";
constexpr auto size_hint
  = "The proxy accepts at most 100 kB: use fewer domains.";

bool starts_with(std::string_view text, std::string_view prefix) {
  return text.substr(0, prefix.size()) == prefix;
}

bool ends_with(std::string_view text, std::string_view suffix) {
  return text.size() >= suffix.size()
         && text.substr(text.size() - suffix.size()) == suffix;
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// Up to 2.12 these came as 401, which needs no look at the message.
bool is_about_credentials(std::string_view message) {
  constexpr std::string_view known[] = {
    "Token has expired",         "Empty token",
    "Invalid email or password", "Invalid verification code",
    "Invalid challenge token",   "Invalid or expired challenge token",
  };
  return std::find(std::begin(known), std::end(known), message)
         != std::end(known);
}

verdict judge_400(std::string_view message) {
  if (message == "Token has expired")
    return {errc::unauthorized};
  if (is_about_credentials(message))
    return {errc::unauthorized, account_hint};
  if (ends_with(message, " is already in use"))
    return {errc::domain_taken, taken_hint};
  if (starts_with(message, "Host is already "))
    return {errc::conflict};
  return {errc::rejected};
}

/// Since 2.13 a 404 stands for three things that only its message tells apart.
verdict judge_404(std::string_view message) {
  auto dash = message.rfind(" - ");
  auto what = dash == std::string_view::npos ? std::string_view{}
                                             : message.substr(dash + 3);
  if (starts_with(what, "/api/"))
    return {errc::rejected, prefix_hint};
  if (starts_with(what, "/"))
    return {errc::forbidden, permission_hint};
  if (!what.empty() && std::all_of(what.begin(), what.end(), is_digit))
    return {errc::not_found};
  return {errc::rejected};
}

verdict judge(int status, std::string_view message) {
  switch (status) {
    case 400:
      return judge_400(message);
    case 401:
      return {errc::unauthorized,
              message == "Token has expired" ? "" : account_hint};
    case 403:
      return {errc::forbidden, permission_hint};
    case 404:
      return judge_404(message);
    case 413:
      return {errc::rejected, size_hint};
    case 429:
    case 503:
      return {errc::busy};
    default:
      return status >= 500 ? verdict{errc::peer_failed, failed_hint}
                           : verdict{errc::rejected};
  }
}

/// Judges an answer of something in front of NPM, such as its own nginx. The
/// code depends on the status alone, and a 404 says nothing about a host.
verdict judge_foreign(int status) {
  switch (status) {
    case 401:
      return {errc::unauthorized, account_hint};
    case 403:
      return {errc::forbidden};
    case 413:
      return {errc::rejected, size_hint};
    case 429:
    case 503:
      return {errc::busy};
    case 502: // the backend restarts, or died while working on it
      return {errc::connection_lost};
    case 504:
      return {errc::timed_out};
    default:
      return status >= 500 ? verdict{errc::peer_failed, failed_hint}
                           : verdict{errc::bad_reply};
  }
}

/// The message of an error of NPM; none if this is not one. `message_i18n` and
/// `debug` beside it are not for people.
std::optional<std::string> message_of(const http_response& response) {
  json::document body{response.body};
  auto message = body.root().member("error").member("message");
  if (!message.is_text())
    return std::nullopt;
  return message.text();
}

/// Makes a message presentable, without anything that looks like a token.
std::string clean(std::string_view message) {
  std::string result;
  while (!message.empty()) {
    auto end = std::min(message.find_first_of(" \t\r\n"), message.size());
    auto word = message.substr(0, end);
    auto is_token = word.find("eyJ") != std::string_view::npos;
    result += is_token ? std::string_view{"[redacted]"} : word;
    message.remove_prefix(end);
    auto next = std::min(message.find_first_not_of(" \t\r\n"), message.size());
    result += message.substr(0, next);
    message.remove_prefix(next);
  }
  return clean_text(result, max_reply);
}

/// What is safe to tell of a page that is not NPM's: its title.
std::string describe_page(const http_response& response) {
  constexpr std::string_view open = "<title>";
  std::string_view body = response.body;
  auto begin = body.find(open);
  if (begin == std::string_view::npos)
    return "an answer that is not of Nginx Proxy Manager's API";
  auto title = body.substr(begin + open.size(), max_title);
  title = title.substr(0, title.find('<'));
  return "a page titled \"" + clean_text(title) + "\"";
}

} // namespace

caf::error to_error(const http_response& response) {
  auto message = message_of(response);
  if (!message && (response.status < 400 || response.status == 404))
    return bad_reply(response, describe_page(response));
  auto [code, hint] = message ? judge(response.status, *message)
                              : judge_foreign(response.status);
  return make_failure(
    code, response, message ? clean(*message) : describe_page(response), hint);
}

caf::error check_done(const http_response& response) {
  if (response.status >= 200 && response.status < 300)
    return caf::none;
  auto result = to_error(response);
  // "Host is already disabled"
  return code_of(result) == errc::conflict ? caf::error{caf::none} : result;
}

} // namespace dw::npm
