#pragma once

#include <string>
#include <string_view>

namespace npm_standin {

/// A salted hash. A cheap one: a login takes a millisecond, not the 400 of the
/// real server.
std::string hash_password(std::string_view password);

/// Whether the hash, empty for "no password set", was made from this password.
bool is_password(std::string_view password, std::string_view hash);

} // namespace npm_standin
