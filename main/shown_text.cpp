#include "main/shown_text.hpp"

#include "transports/text.hpp"

#include <algorithm>

namespace dw {

namespace {

constexpr size_t max_shown = 80;

bool is_continuation(char c) {
  return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

// C0, DEL and C1, the latter in UTF-8; 0 if none is there.
size_t control_length(const std::string& text, size_t i) {
  auto c = static_cast<unsigned char>(text[i]);
  if (c < 0x20 || c == 0x7F)
    return 1;
  auto next = static_cast<unsigned char>(text[i + 1]);
  return c == 0xC2 && next >= 0x80 && next < 0xA0 ? 2 : 0;
}

} // namespace

std::string shown(std::string_view text) {
  auto end = std::min(text.size(), max_shown);
  while (end < text.size() && end > 0 && is_continuation(text[end]))
    --end;
  std::string result{text.substr(0, end)};
  for (size_t i = 0; i < result.size(); ++i)
    if (auto length = control_length(result, i); length > 0)
      result.replace(i, length, "?");
  if (!is_utf8(result))
    result = clean_text(result);
  return end < text.size() ? result + ".." : result;
}

} // namespace dw
