#pragma once

#include "messages/http.hpp"

#include <curl/curl.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dw {

/// The headers of a request in libcurl's form. libcurl reads them while the
/// transfer runs, so they have to live as long.
class curl_header_list {
public:
  curl_header_list() = default;

  curl_header_list(const curl_header_list&) = delete;
  curl_header_list& operator=(const curl_header_list&) = delete;

  /// Fills an empty list, keeping libcurl from adding headers of its own to
  /// requests with a body.
  /// @returns false if a header contains a line break or the like.
  bool fill(const http_request& request);

  /// For CURLOPT_HTTPHEADER.
  curl_slist* get() noexcept {
    return nodes_.empty() ? nullptr : nodes_.data();
  }

private:
  void add(std::string_view name, std::string_view separator,
           std::string_view value);
  void link();

  // Each line ends in a null; together they are one allocation.
  std::string lines_;
  std::vector<curl_slist> nodes_;
};

/// Whether a line, with its end, is the one between headers and body.
bool is_blank_line(std::string_view line);

/// Reads "Name: value", with its end. The name becomes lower case.
std::optional<http_header> parse_header_line(std::string_view line);

} // namespace dw
