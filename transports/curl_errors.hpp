#pragma once

#include "transports/http_loop.hpp"

#include <curl/curl.h>

#include <string_view>

namespace dw {

/// How libcurl ended a transfer that it could not complete.
struct curl_outcome {
  CURLcode code = CURLE_OK;
  /// CURLINFO_OS_ERRNO: of the last system call on the socket, or 0.
  long os_errno = 0;
  /// The text of CURLOPT_ERRORBUFFER; may be empty.
  std::string_view detail;
  /// Whether a connection stood and the request was begun, perhaps on an
  /// earlier connection than the last one tried.
  bool request_begun = false;
};

/// Translates libcurl's codes to ours; see `http_failure`.
http_failure
to_failure(const curl_outcome& outcome, const http_request& request);

} // namespace dw
