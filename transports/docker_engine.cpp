#include "messages/naming.hpp"
#include "transports/docker_request.hpp"
#include "transports/response_error.hpp"
#include "transports/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

namespace dw::docker {

namespace {

constexpr int64_t ns_per_second = 1'000'000'000;

/// The minor number of "1.NN"; none for anything else.
std::optional<int> minor_of(std::string_view version) {
  constexpr std::string_view major = "1.";
  if (!version.starts_with(major))
    return std::nullopt;
  int result = 0;
  const auto* end = version.data() + version.size();
  auto [stop, err]
    = std::from_chars(version.data() + major.size(), end, result);
  if (err != std::errc{} || stop != end || result < 0)
    return std::nullopt;
  return result;
}

} // namespace

http_request ping() {
  return make_request(operation::ping, {}, http_method::get, "/_ping",
                      ping_time);
}

caf::expected<engine_info> parse_ping(const http_response& response) {
  if (response.status != 200)
    return to_error(response);
  engine_info result;
  result.max_api_version = clean_text(response.header("api-version"), 32);
  auto newest = minor_of(result.max_api_version);
  if (response.body != "OK" || !newest)
    return make_failure(errc::bad_reply, response,
                        "no Docker Engine answers like this",
                        "Check the engine's address.");
  if (*newest < min_api_minor)
    return make_failure(
      errc::version_mismatch, response,
      fmt::format("the engine speaks the API up to version {}, and 1.{} is the "
                  "oldest that is understood here",
                  result.max_api_version, min_api_minor),
      "Update the engine to release 20.10 or later.");
  result.api_version
    = fmt::format("1.{}", std::min(*newest, int{max_api_minor}));
  return result;
}

http_request version() {
  return make_request(operation::version, {}, http_method::get, "/version",
                      query_time);
}

caf::expected<engine_info> parse_version(const http_response& response) {
  if (response.status != 200)
    return to_error(response);
  json::document doc{response.body};
  auto root = doc.root();
  engine_info result;
  result.max_api_version = root.needed_text("ApiVersion");
  result.release = root.needed_text("Version");
  result.os = root.text("Os");
  result.arch = root.text("Arch");
  if (!doc.ok())
    return unreadable(response, doc);
  return result;
}

http_request events(int64_t since_ns) {
  json::writer filters;
  filters.begin_object()
    .texts("type", {"container"})
    // Without the suffix it matches healthy and unhealthy.
    .texts("event", {"start", "die", "oom", "destroy", "rename", "pause",
                     "unpause", "health_status"})
    .texts("label", {label::project})
    .end_object();
  auto target = "/events?filters=" + percent_encode(filters.str());
  if (since_ns > 0)
    target += fmt::format("&since={}.{:09}", since_ns / ns_per_second,
                          since_ns % ns_per_second);
  auto result = make_request(operation::events, {}, http_method::get,
                             std::move(target), query_time);
  result.deadlines = endless(query_time);
  return result;
}

} // namespace dw::docker
