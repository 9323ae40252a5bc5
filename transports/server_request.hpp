#pragma once

#include "messages/http.hpp"

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace dw {

/// Who sent a request.
struct server_peer {
  /// The user that connected to a unix socket, as the kernel knows it; none for
  /// TCP.
  std::optional<uid_t> uid;
  /// The IP address that a TCP connection comes from, IPv4 in its own notation
  /// also on an IPv6 socket; empty for unix sockets.
  std::string address;
  /// The TCP port at that address; 0 for unix sockets.
  uint16_t port = 0;
  bool tls = false;
};

/// One complete request.
struct server_request {
  server_peer peer;
  /// As sent, so usually in upper case; any token.
  std::string method;
  /// The path's segments, decoded: "/v1/a%2Fb/" is {"v1", "a/b", ""} and "/" is
  /// {""}. UTF-8 without NUL; "." and ".." have no meaning.
  std::vector<std::string> path;
  /// The query's parameters in their order, decoded; '+' is a space. UTF-8
  /// without NUL. One without '=' has an empty value.
  std::vector<std::pair<std::string, std::string>> query;
  /// In the order received, but those of one name together; names in lower
  /// case.
  std::vector<http_header> headers;
  std::string body;

  /// The first value of a header, or an empty view. @param name in lower case
  std::string_view header(std::string_view name) const noexcept;

  /// The first value of a parameter of the query; none if it is not there.
  std::optional<std::string_view>
  parameter(std::string_view name) const noexcept;
};

} // namespace dw
