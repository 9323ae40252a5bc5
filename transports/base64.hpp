#pragma once

#include "messages/export.hpp"

#include <caf/optional.hpp>

#include <string>
#include <string_view>

namespace DW_EXPORT dw {

/// Url-safe base64 with padding, the only form that the engine accepts in
/// X-Registry-Auth.
std::string encode_base64url(std::string_view bytes);

/// Decodes both alphabets, with or without padding. None if it is neither.
caf::optional<std::string> decode_base64(std::string_view text);

} // namespace dw
