#pragma once

#include <string>
#include <string_view>

namespace dw {

/// The SHA-256 of a text, in 64 digits.
std::string sha256_hex(std::string_view text);

/// The beginning of it, which is an id like those of `make_instance_id`, and
/// the same for the same text.
std::string sha256_id(std::string_view text);

} // namespace dw
