#pragma once

#include "messages/export.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace DW_EXPORT dw {

/// How much of a peer's text gets into an error, in bytes.
constexpr size_t max_reply_text = 4096;

/// Makes a text of others fit to be shown: cut to `limit` bytes (then it ends
/// in "..."), control characters but line ends replaced by spaces, what is not
/// UTF-8 by '?', no white space at the end.
std::string clean_text(std::string_view text, size_t limit = max_reply_text);

/// How many bytes the control character has that a text begins with: C0, DEL,
/// or C1 in UTF-8, which terminals obey. 0 if it begins with none.
size_t control_length(std::string_view text) noexcept;

bool is_utf8(std::string_view text);

/// The text with '?' in place of what is not UTF-8.
std::string to_utf8(std::string_view text);

/// Whether `part` occurs in `text`, regardless of the case of ASCII letters.
bool contains_text(std::string_view text, std::string_view part);

/// Encodes all but the unreserved characters of RFC 3986.
std::string percent_encode(std::string_view text);

} // namespace dw
