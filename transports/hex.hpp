#pragma once

#include "messages/export.hpp"

#include <string>
#include <string_view>

namespace DW_EXPORT dw {

/// Two lower-case digits for each byte. From any thread.
std::string to_hex(std::string_view bytes);

/// Whether there is nothing but such digits. From any thread.
bool is_hex(std::string_view text) noexcept;

} // namespace dw
