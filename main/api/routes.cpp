#include "main/api/routes.hpp"

#include "main/api/handlers.hpp"

#include <boost/algorithm/string/classification.hpp>
#include <boost/algorithm/string/split.hpp>

namespace dw::api {

namespace {

std::vector<std::string> segments_of(std::string_view pattern) {
  std::vector<std::string> result;
  pattern.remove_prefix(1);
  boost::split(result, pattern, boost::is_any_of("/"));
  return result;
}

bool is_placeholder(const std::string& segment) {
  return segment.starts_with('{');
}

// The segments of all patterns, in the order of the routes.
const std::vector<std::vector<std::string>>& patterns() {
  static const auto result = [] {
    std::vector<std::vector<std::string>> xs;
    for (const auto& x : routes())
      xs.push_back(segments_of(x.pattern));
    return xs;
  }();
  return result;
}

// Whether the path is one of the pattern's; then `args` has its placeholders'.
bool fits(const std::vector<std::string>& wanted,
          const std::vector<std::string>& path,
          std::vector<std::string>& args) {
  if (wanted.size() != path.size())
    return false;
  args.clear();
  for (size_t i = 0; i < path.size(); ++i) {
    if (is_placeholder(wanted[i]) && !path[i].empty())
      args.push_back(path[i]);
    else if (wanted[i] != path[i])
      return false;
  }
  return true;
}

} // namespace

const std::vector<route>& routes() {
  static const std::vector<route> result{
    {"GET", "/healthz", {}, tell_health, {}, true},
    {"GET", "/readyz", {}, tell_readiness},
    {"GET", "/metrics", scope::read, tell_metrics},
    {"GET", "/v1/version", scope::read, tell_version},
    {"GET", "/v1/log-level", scope::read, tell_log_level},
    {"PUT", "/v1/log-level", scope::admin, change_log_level},
    {"GET", "/v1/events", scope::read, follow_events, {"project", "stage"}},
    {"GET",
     "/v1/deploys",
     scope::read,
     list_deploys,
     {"project", "stage", "limit"}},
    {"POST", "/v1/deploys", scope::deploy, submit_deploy},
    {"GET", "/v1/deploys/{id}", scope::read, read_deploy},
    {"POST", "/v1/deploys/{id}/cancel", scope::deploy, cancel_deploy},
    {"GET", "/v1/stages", scope::read, list_stages},
    {"GET", "/v1/stages/{project}/{stage}", scope::read, read_stage_state},
    {"GET",
     "/v1/stages/{project}/{stage}/plan",
     scope::read,
     plan_stage,
     {"tag", "image"}},
    {"GET",
     "/v1/stages/{project}/{stage}/logs",
     scope::read,
     stream_log,
     {"node", "tail", "follow", "timestamps", "tagged"}},
    {"GET", "/v1/routes", scope::read, list_routes, {"domain"}},
    {"GET", "/v1/drift", scope::read, tell_drift},
    // Its sender proves what it is by the webhook's own secret.
    {"POST", "/v1/hooks/{name}", {}, receive_push, {"secret"}},
  };
  return result;
}

route_match
match(std::string_view method, const std::vector<std::string>& path) {
  route_match result;
  // A HEAD is a GET whose body the server leaves out.
  auto wanted = method == "HEAD" ? "GET" : method;
  for (size_t i = 0; i < routes().size(); ++i) {
    const auto& x = routes()[i];
    std::vector<std::string> args;
    if (!fits(patterns()[i], path, args))
      continue;
    if (x.method == wanted) {
      result.found = &x;
      result.args = std::move(args);
      return result;
    }
    result.allowed += (result.allowed.empty() ? "" : ", ");
    result.allowed += x.method;
  }
  return result;
}

} // namespace dw::api
