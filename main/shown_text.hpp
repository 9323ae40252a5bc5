#pragma once

#include <string>
#include <string_view>

namespace dw {

/// `text` as it is fit for a sentence: at most 80 bytes, in one line, of UTF-8,
/// and nothing that a terminal obeys.
std::string shown(std::string_view text);

} // namespace dw
