#include "transports/server_target.hpp"

#include "transports/text.hpp"

#include <charconv>

namespace dw {

namespace {

std::optional<char> decode_byte(std::string_view digits) {
  uint8_t code = 0;
  auto last = digits.data() + digits.size();
  auto [end, problem] = std::from_chars(digits.data(), last, code, 16);
  if (digits.size() != 2 || problem != std::errc{} || end != last || code == 0)
    return std::nullopt;
  return static_cast<char>(code);
}

/// @param plus What '+' stands for.
std::optional<std::string> decode(std::string_view text, char plus) {
  std::string result;
  result.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      result += text[i] == '+' ? plus : text[i];
      continue;
    }
    auto byte = decode_byte(text.substr(i + 1, 2));
    if (!byte)
      return std::nullopt;
    result += *byte;
    i += 2;
  }
  if (!is_utf8(result) || result.find('\0') != std::string::npos)
    return std::nullopt;
  return result;
}

/// Cuts off and returns what is in front of the next separator, which is
/// dropped.
std::string_view cut(std::string_view& text, char separator) {
  auto end = text.find(separator);
  auto result = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return result;
}

bool read_path(std::string_view text, server_target& result) {
  for (auto more = true; more;) {
    more = text.find('/') != std::string_view::npos;
    auto segment = decode(cut(text, '/'), '+');
    if (!segment)
      return false;
    result.path.push_back(std::move(*segment));
  }
  return true;
}

bool read_query(std::string_view text, server_target& result) {
  while (!text.empty()) {
    auto value = cut(text, '&');
    if (value.empty())
      continue;
    auto name = decode(cut(value, '='), ' ');
    auto decoded = decode(value, ' ');
    if (!name || !decoded)
      return false;
    result.query.emplace_back(std::move(*name), std::move(*decoded));
  }
  return true;
}

bool begins_with(std::string_view text, std::string_view prefix) {
  return contains_text(text.substr(0, prefix.size()), prefix);
}

/// Takes scheme and authority off.
std::string_view without_origin(std::string_view target) {
  for (std::string_view scheme : {"http://", "https://"}) {
    if (!begins_with(target, scheme))
      continue;
    auto path = target.find_first_of("/?", scheme.size());
    return path == std::string_view::npos ? "/" : target.substr(path);
  }
  return target;
}

} // namespace

std::optional<server_target> parse_target(std::string_view target) {
  server_target result;
  auto query = without_origin(target);
  // The path of a URL may be empty, that of a plain target not.
  auto is_url = query.data() != target.data();
  if (target.find('#') != std::string_view::npos
      || !(query.starts_with('/') || (is_url && query.starts_with('?'))))
    return std::nullopt;
  auto path = cut(query, '?');
  if (!path.empty())
    path.remove_prefix(1);
  if (!read_path(path, result) || !read_query(query, result))
    return std::nullopt;
  return result;
}

} // namespace dw
