#pragma once

#include "messages/secret.hpp"

#include <string>
#include <string_view>

namespace dw {

/// The HMAC-SHA256 of a text, in 64 lower-case hex digits.
std::string hmac_sha256_hex(const secret& key, std::string_view text);

/// Whether a text that somebody shows is the secret. How long it takes tells
/// nothing about the secret.
bool is_same_secret(std::string_view shown, std::string_view known);

} // namespace dw
