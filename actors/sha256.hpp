#pragma once

#include <string>
#include <string_view>

namespace dw {

/// The SHA-256 of a text, in 64 digits.
std::string sha256_hex(std::string_view text);

} // namespace dw
