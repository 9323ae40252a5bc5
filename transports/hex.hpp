#pragma once

#include "messages/export.hpp"

#include <string>
#include <string_view>

namespace DW_EXPORT dw {

/// Two lower-case digits for each byte. From any thread.
std::string to_hex(std::string_view bytes);

} // namespace dw
