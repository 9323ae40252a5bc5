#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

// Live events, as Server-Sent Events (the HTML standard, section 9.2): readers
// are cursors into one log, so a slow one costs nothing and holds up nobody.

namespace dw::api {

/// Where a reader is: the next event that it has not read.
struct event_cursor {
  uint64_t next = 1;
  /// Only events of this project and stage; empty for all.
  std::string project;
  std::string stage;
};

/// The latest events. Not for several threads at once.
class event_log {
public:
  /// @param epoch Tells the numbers of this process from those of another: a
  ///        word without '-'.
  /// @param capacity How many events are kept for readers that are late.
  event_log(std::string epoch, size_t capacity);

  /// Appends an event.
  /// @param type The event's name; one word.
  /// @param data One line of JSON.
  void append(std::string type, std::string data, std::string project,
              std::string stage);

  /// The cursor of a new reader: behind the event that it names, else at the
  /// end.
  /// @param last_event_id As the reader got it; empty for a new one. One that
  ///        this log does not know, such as one of a former process, is before
  ///        all that is kept, and the reader is told that it missed something.
  event_cursor begin(std::string_view last_event_id) const;

  /// What the reader gets next, as it is to be sent; moves the cursor. If
  /// events were dropped before the reader came to them, the first thing is a
  /// `gap` event.
  /// @param max_bytes After how many bytes to stop; at least one event comes.
  /// @returns empty if there is nothing new.
  std::string read(event_cursor& cursor, size_t max_bytes) const;

private:
  struct entry {
    std::string type;
    std::string data;
    std::string project;
    std::string stage;
  };

  uint64_t first() const noexcept {
    return end_ - entries_.size();
  }

  std::optional<uint64_t> number_of(std::string_view id) const;
  std::string id_of(uint64_t number) const;

  std::string epoch_;
  size_t capacity_;
  /// The number of the next event.
  uint64_t end_ = 1;
  std::deque<entry> entries_;
};

} // namespace dw::api
