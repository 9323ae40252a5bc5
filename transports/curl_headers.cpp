#include "transports/curl_headers.hpp"

#include <algorithm>

namespace dw {

namespace {

bool is_control(char c) {
  auto byte = static_cast<unsigned char>(c);
  return (byte < 0x20 && byte != '\t') || byte == 0x7f;
}

/// A line break would begin a header of the attacker's choice.
bool is_clean(std::string_view x) {
  return std::none_of(x.begin(), x.end(), is_control);
}

char to_lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::string lower_case(std::string_view x) {
  std::string result{x};
  std::transform(result.begin(), result.end(), result.begin(), to_lower);
  return result;
}

std::string_view trim(std::string_view x) {
  constexpr std::string_view blank = " \t\r\n";
  auto first = x.find_first_not_of(blank);
  if (first == std::string_view::npos)
    return {};
  return x.substr(first, x.find_last_not_of(blank) - first + 1);
}

std::string_view host_of(std::string_view base_url) {
  auto begin = base_url.find("://");
  return begin == std::string_view::npos ? base_url
                                         : base_url.substr(begin + 3);
}

} // namespace

bool curl_header_list::fill(const http_request& request) {
  auto has_content_type = false;
  auto has_host = false;
  for (const auto& [name, value] : request.headers) {
    const auto& text = value.reveal();
    if (!is_clean(name) || !is_clean(text))
      return false;
    auto key = lower_case(name);
    has_content_type = has_content_type || key == "content-type";
    has_host = has_host || key == "host";
    // libcurl's notation for a header without a value.
    add(name, text.empty() ? ";" : ": ", text);
  }
  // libcurl would add the port, which is none (see curl_transfer.cpp).
  if (!has_host && !request.origin.socket_path.empty())
    add("Host", ": ", host_of(request.origin.base_url));
  if (request.method == http_method::post
      || request.method == http_method::put) {
    add("Expect", ":", {}); // libcurl's notation for "do not send"
    if (!has_content_type)
      add("Content-Type", ":", {});
  }
  link();
  return true;
}

void curl_header_list::add(std::string_view name, std::string_view separator,
                           std::string_view value) {
  nodes_.emplace_back();
  lines_.append(name).append(separator).append(value).push_back('\0');
}

void curl_header_list::link() {
  auto* line = lines_.data();
  for (auto& node : nodes_) {
    node.data = line;
    node.next = &node == &nodes_.back() ? nullptr : &node + 1;
    line += std::string_view{line}.size() + 1;
  }
}

bool is_blank_line(std::string_view line) {
  return trim(line).empty();
}

std::optional<http_header> parse_header_line(std::string_view line) {
  auto colon = line.find(':');
  if (colon == std::string_view::npos)
    return std::nullopt;
  return http_header{lower_case(trim(line.substr(0, colon))),
                     secret{std::string{trim(line.substr(colon + 1))}}};
}

} // namespace dw
