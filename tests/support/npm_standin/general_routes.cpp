#include "tests/support/npm_standin/answers.hpp"
#include "tests/support/npm_standin/encoding.hpp"
#include "tests/support/npm_standin/routes.hpp"

#include <algorithm>

namespace npm_standin {

namespace {

reply health(backend& b, call&) {
  json out{json::object{{"status", "OK"}}};
  if (b.version >= npm_version::v2_15)
    out["setup"]
      = b.db.read([](const tables& t) { return !t.users.live().empty(); });
  out["version"] = to_json(b.version);
  return json_reply(200, out);
}

/// The parameter's name in the published paths.
std::string documented(std::string_view pattern) {
  const auto at = pattern.find(":id");
  if (at == std::string_view::npos)
    return std::string{pattern};
  const auto* name = pattern.starts_with("/users")          ? "{userID}"
                     : pattern.starts_with("/nginx/proxy")  ? "{hostID}"
                     : pattern.starts_with("/nginx/access") ? "{listID}"
                                                            : "{certID}";
  return std::string{pattern.substr(0, at)} + name
         + std::string{pattern.substr(at + 3)};
}

/// The routes without their details.
reply openapi(backend& b, call&) {
  json out;
  out["openapi"] = "3.1.0";
  out["info"]["title"] = "Nginx Proxy Manager API";
  out["info"]["version"] = to_string(b.version);
  for (const auto& x : api_routes())
    out["paths"][documented(x.pattern)][lower_case(x.method)] = json::object{};
  return json_reply(200, out);
}

/// Newest first.
reply list_audit_log(backend& b, call& c) {
  require_admin(c.who);
  return b.db.read([](const tables& t) {
    json::array out;
    for (const auto* row : t.audit_log.live()) {
      auto shown = *row;
      shown.erase("is_deleted");
      out.push_back(std::move(shown));
    }
    std::ranges::reverse(out);
    return json_reply(200, out);
  });
}

constexpr route routes[] = {
  {"GET", "/", health, route::token::ignored},
  {"GET", "/schema", openapi, route::token::ignored},
  {"GET", "/audit-log", list_audit_log},
};

} // namespace

std::span<const route> general_routes() {
  return routes;
}

} // namespace npm_standin
