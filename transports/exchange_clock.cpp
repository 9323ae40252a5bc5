#include "transports/exchange_clock.hpp"

#include <algorithm>

namespace dw {

using namespace std::chrono_literals;

exchange_clock::exchange_clock(const http_deadlines& deadlines,
                               time_point start)
  : deadlines_{deadlines}, start_{start}, last_bytes_{start} {
  // nop
}

void exchange_clock::on_bytes(time_point now) {
  answered_ = true;
  last_bytes_ = now;
}

void exchange_clock::on_pause() {
  paused_ = true;
}

void exchange_clock::on_resume(time_point now) {
  paused_ = false;
  last_bytes_ = now;
}

std::optional<std::string> exchange_clock::passed(time_point now) const {
  const auto& [connect, first_byte, idle, total] = deadlines_;
  if (first_byte > 0ms && !answered_ && now - start_ >= first_byte)
    return "no answer within " + duration_text(first_byte)
           + " (first-byte deadline)";
  if (idle > 0ms && answered_ && !paused_ && now - last_bytes_ >= idle)
    return "the answer stopped for " + duration_text(idle) + " (idle deadline)";
  if (total > 0ms && now - start_ >= total)
    return "not finished within " + duration_text(total) + " (total deadline)";
  return std::nullopt;
}

exchange_clock::time_point exchange_clock::next_look(time_point now) const {
  const auto& [connect, first_byte, idle, total] = deadlines_;
  auto result = time_point::max();
  if (total > 0ms)
    result = std::min(result, start_ + total);
  if (first_byte > 0ms && !answered_)
    result = std::min(result, start_ + first_byte);
  // While idle time does not count it may begin to at any moment.
  if (idle > 0ms)
    result
      = std::min(result, (answered_ && !paused_ ? last_bytes_ : now) + idle);
  return result;
}

std::string duration_text(std::chrono::milliseconds x) {
  if (x % 1s == 0ms)
    return std::to_string(x / 1s) + " s";
  return std::to_string(x.count()) + " ms";
}

} // namespace dw
