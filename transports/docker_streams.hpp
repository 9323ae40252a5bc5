#pragma once

#include "messages/container.hpp"
#include "messages/engine.hpp"
#include "messages/export.hpp"
#include "messages/image.hpp"

#include <caf/error.hpp>
#include <caf/expected.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

// Incremental decoders for the engine's endless answers. Bytes go in as they
// arrive, in pieces of any size; complete items come out. Pure, no I/O. A
// decoder that has failed stays failed.

namespace DW_EXPORT dw {
namespace docker {

/// Cuts a stream into lines. Lines end in LF or CRLF; empty ones are dropped.
class line_splitter {
public:
  /// @param max_line In bytes; a longer line is `errc::too_large`.
  explicit line_splitter(size_t max_line = size_t{1024} * 1024);

  /// Appends bytes and calls `f(std::string_view)` for each complete line.
  /// `f` answers with an error to stop.
  template <class F>
  caf::error feed(std::string_view bytes, F&& f) {
    while (!bytes.empty()) {
      auto end = bytes.find('\n');
      auto piece = bytes.substr(0, end);
      if (rest_.size() + piece.size() > max_line_)
        return too_long();
      if (end == std::string_view::npos) {
        rest_ += piece;
        return caf::none;
      }
      bytes.remove_prefix(end + 1);
      std::string line;
      if (!rest_.empty()) {
        rest_ += piece;
        line.swap(rest_);
        piece = line;
      }
      if (!piece.empty() && piece.back() == '\r')
        piece.remove_suffix(1);
      if (piece.empty())
        continue;
      if (auto err = f(piece))
        return err;
    }
    return caf::none;
  }

  /// The bytes of a last line that was not ended.
  const std::string& rest() const noexcept {
    return rest_;
  }

private:
  caf::error too_long() const;

  size_t max_line_;
  std::string rest_;
};

/// Follows the stream of a pull (docker API, section 3).
class pull_decoder {
public:
  explicit pull_decoder(std::string reference);

  /// Takes the next bytes. An `errorDetail` in the stream is
  /// `errc::pull_failed` or what its text says (`unauthorized`, `not_found`).
  caf::error feed(std::string_view bytes);

  /// To be called at the clean end of the stream: fails if the last line is cut
  /// or an error was seen. Success is a clean end without an error; the text of
  /// the status line says nothing.
  caf::error finish() const;

  /// As far as it is known.
  const pull_progress& progress() const noexcept {
    return progress_;
  }

  /// "sha256:.." of the manifest, empty while unknown.
  const std::string& digest() const noexcept {
    return digest_;
  }

private:
  struct layer {
    uint64_t done = 0;
    uint64_t total = 0;
    bool complete = false;
  };

  caf::error on_line(std::string_view line);

  void on_layer(const std::string& id, std::string_view status,
                uint64_t current, uint64_t total);

  line_splitter lines_;
  pull_progress progress_;
  std::string digest_;
  std::unordered_map<std::string, layer> layers_;
  caf::error failed_;
};

/// Follows the event stream (docker API, section 7).
class event_decoder {
public:
  /// Takes the next bytes and returns the events that they complete. Lines that
  /// are no container events of a known kind are skipped; a line that is no
  /// JSON object is `errc::bad_reply`.
  caf::expected<std::vector<engine_event>> feed(std::string_view bytes);

private:
  line_splitter lines_;
  caf::error failed_;
};

/// Separates the two streams of a container's log and cuts them into lines
/// (docker API, section 10).
class log_decoder {
public:
  /// @param tty The container has a terminal: its log is raw, not framed.
  /// @param ticket Copied into each line.
  log_decoder(bool tty, uint64_t ticket);

  /// Takes the next bytes and returns the lines that they complete. Lines
  /// longer than 64 KiB are cut into several. A frame that is no frame is
  /// `errc::bad_reply`.
  caf::expected<std::vector<log_line>> feed(std::string_view bytes);

  /// What is left at the end of the stream: last lines that were not ended.
  std::vector<log_line> finish();

private:
  void
  append(bool is_stderr, std::string_view bytes, std::vector<log_line>& out);

  bool tty_;
  uint64_t ticket_;
  std::string header_;
  uint64_t payload_left_ = 0;
  bool payload_is_stderr_ = false;
  std::string rest_[2];
  caf::error failed_;
};

} // namespace docker
} // namespace dw
