#include "transports/npm_api.hpp"

#include "transports/npm_request.hpp"

#include <algorithm>
#include <array>

namespace dw::npm {

http_request health() {
  return make_request(http_method::get, "/", "ask for the version", {});
}

caf::expected<std::string> parse_health(const http_response& response) {
  if (response.status != 200)
    return to_error(response);
  json::document body{response.body};
  auto version = body.root().needed_object("version");
  auto result = std::to_string(version.needed_number("major")) + "."
                + std::to_string(version.needed_number("minor")) + "."
                + std::to_string(version.needed_number("revision"));
  if (!body.ok())
    return bad_reply(response, body);
  return result;
}

http_request account(const secret& token) {
  return make_request(http_method::get, "/users/me?expand=permissions",
                      "read the permissions of our account", {}, token);
}

namespace {

/// What hosts of a proxy do not need.
constexpr std::array other_objects{"redirection_hosts", "dead_hosts", "streams",
                                   "access_lists", "certificates"};

} // namespace

caf::expected<proxy_info> parse_account(const http_response& response) {
  if (response.status != 200)
    return to_error(response);
  json::document body{response.body};
  auto user = body.root();
  user.needed_number("id");
  if (!body.ok())
    return bad_reply(response, body);
  auto roles = user.texts("roles");
  auto is_admin = std::find(roles.begin(), roles.end(), "admin") != roles.end();
  auto granted = user.member("permissions");
  proxy_info result;
  result.is_admin = is_admin;
  result.can_manage = is_admin || granted.text("proxy_hosts") == "manage";
  result.sees_all = is_admin || granted.text("visibility") == "all";
  if (!is_admin)
    for (const auto* object : other_objects)
      if (auto level = granted.text(object);
          level == "view" || level == "manage")
        result.also_granted.emplace_back(object);
  return result;
}

} // namespace dw::npm
