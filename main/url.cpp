#include "main/url.hpp"

#include "main/units.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <cctype>

namespace dw {

namespace {

constexpr size_t max_host = 253;

bool is_alnum(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
         || (c >= '0' && c <= '9');
}

bool is_scheme(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_alnum);
}

bool is_path_char(char c) {
  return c > ' ' && c < 0x7F && c != '?' && c != '#';
}

bool is_bracketed_ipv6(std::string_view text) {
  in6_addr address;
  return text.size() > 2 && text.front() == '[' && text.back() == ']'
         && ::inet_pton(AF_INET6,
                        std::string{text.substr(1, text.size() - 2)}.c_str(),
                        &address)
              == 1;
}

/// Sets host and port.
bool parse_authority(std::string_view text, url& result, std::string& why) {
  auto bracket = text.rfind(']');
  auto colon = text.rfind(':');
  auto has_port = colon != std::string_view::npos
                  && (bracket == std::string_view::npos || colon > bracket);
  result.host = text.substr(0, has_port ? colon : text.size());
  if (!is_host(result.host) && !is_bracketed_ipv6(result.host)) {
    why = result.host.empty() ? "it has no host" : "its host is not one";
    return false;
  }
  if (!has_port)
    return true;
  auto port = parse_number(text.substr(colon + 1));
  if (!port || *port == 0 || *port > UINT16_MAX) {
    why = "its port is not from 1 to 65535";
    return false;
  }
  result.port = static_cast<uint16_t>(*port);
  return true;
}

} // namespace

std::optional<url> parse_url(std::string_view text, std::string& why) {
  auto colon = text.find("://");
  if (colon == std::string_view::npos || !is_scheme(text.substr(0, colon))) {
    why = "it does not begin with SCHEME://";
    return std::nullopt;
  }
  url result;
  result.scheme = text.substr(0, colon);
  std::transform(result.scheme.begin(), result.scheme.end(),
                 result.scheme.begin(),
                 [](unsigned char c) { return std::tolower(c); });
  text.remove_prefix(colon + 3);
  auto slash = std::min(text.find('/'), text.size());
  result.path = text.substr(slash);
  auto authority = text.substr(0, slash);
  if (authority.find('@') != std::string_view::npos) {
    why = "it has a user name or password";
    return std::nullopt;
  }
  if (!parse_authority(authority, result, why))
    return std::nullopt;
  if (!std::all_of(result.path.begin(), result.path.end(), is_path_char)) {
    why = "its path has a query, a fragment or a bad character";
    return std::nullopt;
  }
  return result;
}

std::optional<url> parse_request_url(std::string_view text, std::string& why) {
  auto mark = std::min(text.find('?'), text.size());
  auto query = text.substr(mark);
  auto result = parse_url(text.substr(0, mark), why);
  if (!result)
    return std::nullopt;
  if (result->scheme != "http" && result->scheme != "https") {
    why = "it is neither http nor https";
    return std::nullopt;
  }
  if (!query.empty()
      && !std::all_of(query.begin() + 1, query.end(),
                      [](char c) { return c == '?' || is_path_char(c); })) {
    why = "its query has characters that must be encoded";
    return std::nullopt;
  }
  if (result->path.empty())
    result->path = "/";
  result->path += query;
  return result;
}

std::string base_url(const url& x) {
  auto result = x.scheme + "://" + x.host;
  if (x.port != 0)
    result += ":" + std::to_string(x.port);
  return result;
}

bool is_host(std::string_view text) {
  auto is_host_char
    = [](char c) { return is_alnum(c) || c == '.' || c == '-' || c == '_'; };
  return !text.empty() && text.size() <= max_host && is_alnum(text.front())
         && std::all_of(text.begin(), text.end(), is_host_char);
}

bool is_ip_address(const std::string& text) {
  in6_addr buffer; // large enough for both
  return ::inet_pton(AF_INET, text.c_str(), &buffer) == 1
         || ::inet_pton(AF_INET6, text.c_str(), &buffer) == 1;
}

} // namespace dw
