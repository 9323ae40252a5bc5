#include "transports/server_response.hpp"

#include <boost/beast/core/string.hpp>
#include <boost/beast/http/status.hpp>

#include <algorithm>
#include <array>
#include <ctime>

namespace dw {

namespace {

bool is_token(std::string_view text) {
  static constexpr std::string_view marks = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z')
           || (c >= 'A' && c <= 'Z') || marks.find(c) != marks.npos;
  });
}

bool is_field_value(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) {
    auto code = static_cast<unsigned char>(c);
    return (code < 0x20 && c != '\t') || code == 0x7f;
  });
}

/// Whether the server decides about that header.
bool is_ours(const std::string& name) {
  constexpr std::array<const char*, 4> names{"connection", "content-length",
                                             "date", "transfer-encoding"};
  return std::any_of(names.begin(), names.end(), [&name](const char* x) {
    return boost::beast::iequals(x, name);
  });
}

std::string reason_of(int status) {
  using namespace boost::beast::http;
  auto reason = obsolete_reason(int_to_status(static_cast<unsigned>(status)));
  return {reason.data(), reason.size()};
}

/// The time in the only form that HTTP has for it.
std::string date() {
  auto now = std::time(nullptr);
  std::tm at{};
  gmtime_r(&now, &at);
  std::array<char, 40> text{};
  auto size
    = std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &at);
  return {text.data(), size};
}

void append_field(std::string& out, std::string_view name,
                  std::string_view value) {
  out.append(name).append(": ").append(value).append("\r\n");
}

} // namespace

bool is_sendable(int status, const std::vector<http_header>& headers) {
  return status >= 200 && status <= 599
         && std::all_of(headers.begin(), headers.end(), [](const auto& x) {
              return is_token(x.name) && is_field_value(x.value.reveal());
            });
}

bool has_body(int status) noexcept {
  return status != 204 && status != 304;
}

std::string compose_head(int status, const std::vector<http_header>& headers,
                         const server_framing& framing) {
  auto out
    = "HTTP/1.1 " + std::to_string(status) + " " + reason_of(status) + "\r\n";
  append_field(out, "Date", date());
  // No browser may take a container's log for a page.
  append_field(out, "X-Content-Type-Options", "nosniff");
  for (const auto& x : headers)
    if (!is_ours(x.name))
      append_field(out, x.name, x.value.reveal());
  if (framing.length)
    append_field(out, "Content-Length", std::to_string(*framing.length));
  if (framing.chunked)
    append_field(out, "Transfer-Encoding", "chunked");
  if (!framing.keep_alive)
    append_field(out, "Connection", "close");
  else if (framing.http_1_0)
    append_field(out, "Connection", "keep-alive");
  return out += "\r\n";
}

server_response make_refusal(int status, std::string_view detail) {
  server_response result{.status = status};
  result.headers.push_back(
    {"Content-Type", secret{"application/problem+json"}});
  if (status == 503)
    result.headers.push_back({"Retry-After", secret{"1"}});
  result.body = R"({"type":"about:blank","title":")" + reason_of(status)
                + R"(","status":)" + std::to_string(status) + R"(,"detail":")";
  result.body.append(detail).append("\"}\n");
  return result;
}

} // namespace dw
