#pragma once

#include "tests/support/npm_standin/timestamps.hpp"

#include <string>
#include <string_view>

namespace npm_standin {

/// The 6 digits of RFC 6238 (SHA-1, steps of 30 s).
/// @param secret In base 32.
std::string totp(std::string_view secret, millis at);

} // namespace npm_standin
