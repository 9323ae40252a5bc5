#pragma once

#include "transports/http_loop.hpp"

#include <memory>
#include <string_view>
#include <utility>
#include <vector>

namespace dw {

/// Collects reports, so that an observer is told once per turn of the loop
/// instead of once per report.
class report_batch {
public:
  void add(const std::shared_ptr<http_observer>& observer, http_report report) {
    if (observer != observer_)
      flush();
    observer_ = observer;
    reports_.push_back(std::move(report));
  }

  /// Adds a piece of a stream; joins it to the last report if that is a piece
  /// of the same stream.
  void add_chunk(const std::shared_ptr<http_observer>& observer, uint64_t id,
                 int status, std::string_view bytes) {
    if (!reports_.empty() && observer == observer_ && reports_.back().id == id)
      if (auto* last = std::get_if<http_chunk>(&reports_.back().what)) {
        last->bytes += bytes;
        return;
      }
    add(observer, {id, http_chunk{status, std::string{bytes}}});
  }

  void flush() {
    if (reports_.empty())
      return;
    // The observer may be the one thing that keeps itself alive.
    auto observer = std::move(observer_);
    observer->on_reports(std::exchange(reports_, {}));
  }

private:
  std::shared_ptr<http_observer> observer_;
  std::vector<http_report> reports_;
};

} // namespace dw
