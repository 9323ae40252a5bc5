#include "transports/text.hpp"

#include <algorithm>

namespace dw {

namespace {

uint8_t byte_at(std::string_view text, size_t i) {
  return static_cast<uint8_t>(text[i]);
}

size_t announced_length(uint8_t lead) {
  if (lead < 0x80)
    return 1;
  if (lead < 0xC2)
    return 0;
  if (lead < 0xE0)
    return 2;
  if (lead < 0xF0)
    return 3;
  return lead < 0xF5 ? 4 : 0;
}

/// The length of the UTF-8 sequence that `text` begins with, 0 if there is
/// none. Requires that `text` is not empty.
size_t sequence_length(std::string_view text) {
  auto lead = byte_at(text, 0);
  auto length = announced_length(lead);
  if (length > text.size())
    return 0;
  for (size_t i = 1; i < length; ++i)
    if ((byte_at(text, i) & 0xC0) != 0x80)
      return 0;
  if (length < 3)
    return length;
  auto second = byte_at(text, 1);
  auto overlong
    = (lead == 0xE0 && second < 0xA0) || (lead == 0xF0 && second < 0x90);
  auto surrogate = lead == 0xED && second > 0x9F;
  auto beyond_unicode = lead == 0xF4 && second > 0x8F;
  return overlong || surrogate || beyond_unicode ? 0 : length;
}

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool is_unreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
         || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_'
         || c == '~';
}

} // namespace

std::string clean_text(std::string_view text, size_t limit) {
  std::string result;
  while (!text.empty()) {
    auto length = sequence_length(text);
    auto piece = text.substr(0, std::max<size_t>(length, 1));
    if (result.size() + piece.size() > limit)
      break;
    text.remove_prefix(piece.size());
    if (length == 0)
      result += '?';
    else if (control_length(piece) > 0 && piece != "\n")
      result += ' ';
    else
      result += piece;
  }
  result.erase(result.find_last_not_of(" \n") + 1);
  if (!text.empty())
    result += "...";
  return result;
}

size_t control_length(std::string_view text) noexcept {
  if (text.empty())
    return 0;
  auto lead = byte_at(text, 0);
  if (lead < 0x20 || lead == 0x7F)
    return 1;
  if (lead != 0xC2 || text.size() < 2)
    return 0;
  auto next = byte_at(text, 1);
  return next >= 0x80 && next < 0xA0 ? 2 : 0;
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    auto length = sequence_length(text);
    if (length == 0)
      return false;
    text.remove_prefix(length);
  }
  return true;
}

std::string to_utf8(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  while (!text.empty()) {
    auto length = sequence_length(text);
    auto piece = text.substr(0, std::max<size_t>(length, 1));
    result += length == 0 ? std::string_view{"?"} : piece;
    text.remove_prefix(piece.size());
  }
  return result;
}

bool contains_text(std::string_view text, std::string_view part) {
  auto same = [](char x, char y) { return lower(x) == lower(y); };
  return std::search(text.begin(), text.end(), part.begin(), part.end(), same)
           != text.end()
         || part.empty();
}

std::string percent_encode(std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string result;
  result.reserve(text.size());
  for (auto c : text) {
    if (is_unreserved(c)) {
      result += c;
      continue;
    }
    auto code = static_cast<uint8_t>(c);
    result += '%';
    result += digits[code >> 4];
    result += digits[code & 15];
  }
  return result;
}

} // namespace dw
