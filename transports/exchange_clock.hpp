#pragma once

#include "messages/http.hpp"

#include <chrono>
#include <optional>
#include <string>

namespace dw {

/// Watches the deadlines of one exchange, except for `connect`, which libcurl
/// keeps. Is told the time, so it has none of its own.
class exchange_clock {
public:
  using time_point = std::chrono::steady_clock::time_point;

  exchange_clock(const http_deadlines& deadlines, time_point start);

  /// Bytes of the answer have come.
  void on_bytes(time_point now);

  /// From here to `on_resume`, silence is not the server's.
  void on_pause();

  void on_resume(time_point now);

  /// Which deadline has passed, as a sentence without a full stop; none if none
  /// has.
  std::optional<std::string> passed(time_point now) const;

  /// When to ask `passed` again: never later than the next deadline, whatever
  /// happens until then. The maximum if there are no deadlines.
  time_point next_look(time_point now) const;

private:
  http_deadlines deadlines_;
  time_point start_;
  time_point last_bytes_;
  bool answered_ = false;
  bool paused_ = false;
};

/// Prints a duration for people: "2 s", "1500 ms".
std::string duration_text(std::chrono::milliseconds x);

} // namespace dw
