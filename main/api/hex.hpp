#pragma once

#include <string>
#include <string_view>

namespace dw::api {

/// Two lower-case digits for each byte.
std::string to_hex(std::string_view bytes);

/// The SHA-256 of a text, in 64 digits.
std::string sha256_hex(std::string_view text);

} // namespace dw::api
