#include "tests/support/npm_standin/access.hpp"

#include "tests/support/npm_standin/failure.hpp"
#include "tests/support/npm_standin/schemas.hpp"

#include <algorithm>

namespace npm_standin {

namespace {

bool contains(const json& list, std::string_view text) {
  return list.is_array()
         && std::ranges::any_of(list.items(), [text](const json& x) {
              return x.is_string() && x.text() == text;
            });
}

bool suffices(const json& granted, access_level level) {
  if (!granted.is_string())
    return false;
  return granted.text() == "manage"
         || (granted.text() == "view" && level == access_level::view);
}

} // namespace

bool caller::sees_all() const {
  const auto& visibility = permissions.at("visibility");
  return is_admin || (visibility.is_string() && visibility.text() == "all");
}

bool caller::sees(const json& row) const {
  return sees_all() || row.at("owner_user_id").integer() == user_id;
}

std::optional<caller> identify(const tables& t, const json& claims) {
  const auto& id = claims.at("attrs").at("id");
  if (!contains(claims.at("scope"), "user") || !id.is_integer())
    return std::nullopt;
  const auto* user = t.users.find(id.integer());
  if (user == nullptr || user->at("is_disabled").flag())
    return std::nullopt;
  return caller{id.integer(), contains(user->at("roles"), "admin"),
                user->at("permissions")};
}

const caller& require(const std::optional<caller>& who, std::string_view object,
                      access_level level) {
  require_user(who);
  if (!who->is_admin && !suffices(who->permissions.at(object), level))
    throw permission_denied{};
  return *who;
}

const caller& require_admin(const std::optional<caller>& who) {
  require_user(who);
  if (!who->is_admin)
    throw permission_denied{};
  return *who;
}

const caller& require_user(const std::optional<caller>& who) {
  if (!who)
    throw permission_denied{};
  return *who;
}

json default_permissions() {
  json out;
  out["visibility"] = "user";
  for (auto name : permission_objects())
    out[name] = "manage";
  return out;
}

} // namespace npm_standin
