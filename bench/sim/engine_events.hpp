#pragma once

#include "bench/sim/http_server.hpp"

#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace dw::sim {

/// The event streams of one engine, with the latest 256 events for `since`.
class event_streams {
public:
  /// Begins a stream. @param query May have `filters` and `since`.
  void subscribe(const connection_ptr& to, std::string_view query);

  /// @param attributes What the event has besides the labels.
  void emit(const std::string& action, const std::string& id,
            const std::map<std::string, std::string>& attributes,
            const std::map<std::string, std::string>& labels);

  /// Ends all streams, and forgets the past.
  void reset();

  size_t size() const noexcept {
    return streams_.size();
  }

private:
  struct filter {
    std::vector<std::string> types;
    std::vector<std::string> actions;
    std::vector<std::string> labels;

    bool takes(const std::string& action,
               const std::map<std::string, std::string>& labels) const;
  };

  struct past_event {
    std::string action;
    int64_t time_ns;
    std::map<std::string, std::string> labels;
    std::string line;
  };

  static filter read_filter(std::string_view query);

  std::map<connection*, std::pair<connection_ptr, filter>> streams_;
  std::deque<past_event> past_;
};

} // namespace dw::sim
