#pragma once

#include "messages/http.hpp"
#include "tests/support/scripted_http.hpp"

#include <string>
#include <utility>
#include <vector>

// Answers as a Docker Engine gives them.

namespace dw::test {

/// 64 hex digits, all the same.
inline std::string full_id(char digit) {
  return std::string(64, digit);
}

inline std::vector<http_header> json_headers() {
  return {{"content-type", secret{"application/json"}}};
}

inline scripted_exchange&
answer_json(scripted_exchange& x, int status, std::string body) {
  return x.answer(status, std::move(body), json_headers());
}

/// An error in the engine's form.
inline scripted_exchange&
answer_error(scripted_exchange& x, int status, const std::string& message) {
  return answer_json(x, status, R"({"message":")" + message + R"("})");
}

inline scripted_exchange&
answer_ping(scripted_exchange& x, const std::string& api_version = "1.41") {
  return x.answer(200, "OK", {{"api-version", secret{api_version}}});
}

} // namespace dw::test
