#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace dw {

/// A URL of a server, taken apart.
struct url {
  /// In lower case.
  std::string scheme;
  /// A name, an IPv4 address, or an IPv6 address in brackets.
  std::string host;
  /// 0 for the scheme's own.
  uint16_t port = 0;
  /// From the first slash on; empty if there is none.
  std::string path;

  friend bool operator==(const url&, const url&) = default;
};

/// Takes "SCHEME://HOST[:PORT][/PATH]" apart.
/// @param why Where there is no result: what is wrong, in a few words that do
///            not show the text, which may hold a password.
std::optional<url> parse_url(std::string_view text, std::string& why);

/// The same for a URL of http or https that may have a query, which is in the
/// path then. The path is never empty.
std::optional<url> parse_request_url(std::string_view text, std::string& why);

/// "SCHEME://HOST[:PORT]", as `http_origin::base_url` has it.
std::string base_url(const url& x);

/// Whether `text` is a host name or an IPv4 address, of ASCII letters, digits,
/// dots, hyphens and underscores (which container names have).
bool is_host(std::string_view text);

/// Whether `text` is an IPv4 or IPv6 address.
bool is_ip_address(const std::string& text);

} // namespace dw
