#pragma once

#include "bench/sim/recording.hpp"
#include "messages/http.hpp"

#include <string>

namespace dw::bench {

/// The body of a recorded answer as it went over the wire.
inline std::string recorded_text(const std::string& name) {
  return sim::to_text(sim::recorded_body(name));
}

/// A recorded stream as one text.
inline std::string recorded_bytes(const std::string& name) {
  std::string result;
  for (const auto& piece : sim::recorded_stream(name))
    result += piece;
  return result;
}

/// A successful answer with that body.
inline http_response answer_with(std::string body) {
  http_response result;
  result.status = 200;
  result.body = std::move(body);
  return result;
}

} // namespace dw::bench
