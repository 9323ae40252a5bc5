#pragma once

#include <string>
#include <string_view>

namespace dw {

/// Two lower-case digits for each byte. From any thread.
std::string to_hex(std::string_view bytes);

} // namespace dw
