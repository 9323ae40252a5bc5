#pragma once

#include "tests/support/npm_standin/database.hpp"

#include <optional>

namespace npm_standin {

/// The user behind a token.
struct caller {
  std::int64_t user_id = 0;
  bool is_admin = false;
  /// {"visibility":"user","proxy_hosts":"manage",...}
  json permissions;

  /// Whether objects of others are visible.
  bool sees_all() const;

  /// Whether a row with `owner_user_id` is visible.
  bool sees(const json& row) const;
};

enum class access_level { view, manage };

/// The user of a token's payload; none if the user is deleted or disabled, or
/// if the token serves another purpose than calling the API.
std::optional<caller> identify(const tables& t, const json& claims);

/// @param object "proxy_hosts", "certificates", ...
/// @throws permission_denied
const caller& require(const std::optional<caller>& who, std::string_view object,
                      access_level level);

/// @throws permission_denied
const caller& require_admin(const std::optional<caller>& who);

/// @throws permission_denied
const caller& require_user(const std::optional<caller>& who);

/// What a new user may do.
json default_permissions();

} // namespace npm_standin
