#include "messages/naming.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdint>
#include <random>

namespace dw {

namespace {

constexpr size_t digest_digits = 8;

std::string to_hex(uint64_t x, size_t digits) {
  std::string result(digits, '0');
  for (auto i = digits; i > 0; --i, x >>= 4)
    result[i - 1] = "0123456789abcdef"[x & 15];
  return result;
}

// FNV-1a: no secret depends on it, and it must never change.
uint64_t fingerprint(std::string_view text) {
  uint64_t result = 14695981039346656037ull;
  for (auto c : text) {
    result ^= static_cast<unsigned char>(c);
    result *= 1099511628211ull;
  }
  return result ^ (result >> 32);
}

bool is_label_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
}

std::string sanitize(std::string_view text) {
  std::string result;
  for (auto c : text) {
    auto lower = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    result += is_label_char(lower) ? lower : '-';
  }
  return result;
}

// A DNS label does not end in a hyphen.
void trim_hyphens(std::string& text) {
  while (!text.empty() && text.back() == '-')
    text.pop_back();
}

std::string with_suffix(std::string_view name, const std::string& suffix) {
  std::string result{name.substr(0, max_container_name - suffix.size())};
  trim_hyphens(result);
  return result + suffix;
}

} // namespace

std::string container_name(std::string_view project, std::string_view stage,
                           std::string_view tag) {
  auto wanted = std::string{"dw-"}.append(project).append("-").append(stage);
  wanted.append("-").append(tag);
  auto name = sanitize(wanted);
  trim_hyphens(name);
  if (name == wanted && name.size() <= max_container_name)
    return name;
  return with_suffix(name, "-" + to_hex(fingerprint(wanted), digest_digits));
}

std::string make_instance_id() {
  // Making one asks the processor what it can, which is slow in a virtual
  // machine.
  thread_local std::random_device device;
  uint64_t bits = device();
  bits = (bits << 32) | device();
  return to_hex(bits, 12);
}

std::string
instance_alias(std::string_view container_name, std::string_view instance_id) {
  return with_suffix(container_name, std::string{"-"}.append(instance_id));
}

std::string
replaced_name(std::string_view container_name, std::string_view instance_id) {
  return with_suffix(container_name, std::string{"-was-"}.append(instance_id));
}

bool is_stage_name(std::string_view text) {
  return !text.empty() && text.size() <= 24 && text.front() != '-'
         && text.back() != '-'
         && std::all_of(text.begin(), text.end(), is_label_char);
}

} // namespace dw
