#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace dw::test {

struct plain_request {
  std::string method = "GET";
  std::string url;
  std::vector<std::pair<std::string, std::string>> headers = {};
  /// None for a request without a body, which is not the same as an empty one.
  std::optional<std::string> body = {};
  /// "HOST:PORT" to connect to instead of the URL's; empty for no change.
  std::string connect_to = {};
};

struct plain_response {
  /// Zero if the connection was closed without an answer.
  int status = 0;
  /// Names in lower case.
  std::vector<std::pair<std::string, std::string>> headers = {};
  std::string body = {};

  /// The header's value, empty if absent.
  /// @param name In lower case.
  std::string header(const std::string& name) const;
};

/// Sends one request on a connection of its own and waits for the answer.
/// Follows no redirects and accepts any certificate. Thread-safe.
plain_response exchange(const plain_request& request);

} // namespace dw::test
