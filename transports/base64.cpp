#include "transports/base64.hpp"

#include <array>
#include <cstdint>

namespace dw {

namespace {

constexpr std::string_view alphabet
  = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

constexpr uint8_t no_digit = 0xFF;

constexpr std::array<uint8_t, 256> make_digits() {
  std::array<uint8_t, 256> result{};
  result.fill(no_digit);
  for (uint8_t i = 0; i < 64; ++i)
    result[static_cast<uint8_t>(alphabet[i])] = i;
  result['+'] = 62;
  result['/'] = 63;
  return result;
}

constexpr auto digits = make_digits();

bool has(std::string_view text, std::string_view any) {
  return text.find_first_of(any) != std::string_view::npos;
}

} // namespace

std::string encode_base64url(std::string_view bytes) {
  std::string result;
  result.reserve((bytes.size() + 2) / 3 * 4);
  for (size_t i = 0; i < bytes.size(); i += 3) {
    auto count = std::min<size_t>(bytes.size() - i, 3);
    uint32_t group = 0;
    for (size_t k = 0; k < 3; ++k)
      group = group << 8 | (k < count ? static_cast<uint8_t>(bytes[i + k]) : 0);
    for (size_t k = 0; k < 4; ++k)
      result += k <= count ? alphabet[group >> (18 - 6 * k) & 63] : '=';
  }
  return result;
}

caf::optional<std::string> decode_base64(std::string_view text) {
  if (has(text, "+/") && has(text, "-_"))
    return caf::none;
  if (auto end = text.find('='); end != std::string_view::npos) {
    auto padding = text.substr(end);
    if (text.size() % 4 != 0 || (padding != "=" && padding != "=="))
      return caf::none;
    text = text.substr(0, end);
  }
  if (text.size() % 4 == 1)
    return caf::none;
  std::string result;
  result.reserve(text.size() * 3 / 4);
  uint32_t group = 0;
  unsigned bits = 0;
  for (auto c : text) {
    auto digit = digits[static_cast<uint8_t>(c)];
    if (digit == no_digit)
      return caf::none;
    group = group << 6 | digit;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      result += static_cast<char>(group >> bits & 0xFF);
    }
  }
  return result;
}

} // namespace dw
