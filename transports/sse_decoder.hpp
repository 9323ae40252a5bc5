#pragma once

#include <caf/error.hpp>
#include <caf/expected.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace dw {

/// An event of a stream of Server-Sent Events.
struct sse_event {
  /// "message" if the stream does not say.
  std::string type;
  /// Lines are joined by LF.
  std::string data;

  friend bool operator==(const sse_event&, const sse_event&) = default;
};

/// Takes a stream of Server-Sent Events apart (the HTML standard, section 9.2).
/// Bytes go in as they arrive, in pieces of any size. Pure, no I/O. A decoder
/// that has failed stays failed.
class sse_decoder {
public:
  /// @param max_event In bytes; a longer event is `errc::too_large`.
  explicit sse_decoder(size_t max_event = size_t{1024} * 1024);

  /// Takes the next bytes and returns the events that they complete. One
  /// without data is none.
  caf::expected<std::vector<sse_event>> feed(std::string_view bytes);

  /// What a reader that comes back sends as `Last-Event-ID`: the id of the
  /// latest complete event, empty if none had one.
  const std::string& last_id() const noexcept {
    return last_id_;
  }

private:
  /// Takes bytes up to the end of a line. @returns whether that was there.
  bool take_line(std::string_view& bytes);

  void on_line(std::vector<sse_event>& out);
  void on_field(std::string_view name, std::string_view value);
  void dispatch(std::vector<sse_event>& out);

  size_t max_event_;
  std::string line_;
  /// The line before ended in CR, so that LF next belongs to that end.
  bool after_cr_ = false;
  bool is_first_line_ = true;
  std::string type_;
  std::string data_;
  std::string id_;
  std::string last_id_;
  caf::error failed_;
};

} // namespace dw
