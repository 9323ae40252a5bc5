#include "main/shown_text.hpp"

#include "transports/text.hpp"

#include <algorithm>

namespace dw {

namespace {

constexpr size_t max_shown = 80;

bool is_continuation(char c) {
  return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

} // namespace

std::string shown(std::string_view text) {
  auto end = std::min(text.size(), max_shown);
  while (end < text.size() && end > 0 && is_continuation(text[end]))
    --end;
  std::string result{text.substr(0, end)};
  for (size_t i = 0; i < result.size(); ++i)
    if (auto length = control_length(std::string_view{result}.substr(i));
        length > 0)
      result.replace(i, length, "?");
  if (!is_utf8(result))
    result = clean_text(result);
  return end < text.size() ? result + ".." : result;
}

} // namespace dw
