#pragma once

#include "tests/support/npm_standin/npm_version.hpp"
#include "tests/support/npm_standin/validation.hpp"

namespace npm_standin {

/// POST /tokens
schema login_schema(npm_version version);

/// POST /tokens/2fa
schema challenge_schema();

/// POST /users/ID/2fa/enable
schema two_factor_code_schema();

/// POST /nginx/proxy-hosts
schema create_host_schema(npm_version version);

/// PUT /nginx/proxy-hosts/ID
schema update_host_schema(npm_version version);

/// POST /users
schema create_user_schema();

/// PUT /users/ID
schema update_user_schema();

/// PUT /users/ID/auth
schema password_schema();

/// PUT /users/ID/permissions
schema permissions_schema();

/// POST /nginx/certificates
schema create_certificate_schema();

/// POST /nginx/access-lists
schema create_access_list_schema();

/// What a non-admin may be granted on.
std::vector<std::string_view> permission_objects();

} // namespace npm_standin
