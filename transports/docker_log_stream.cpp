#include "transports/docker_request.hpp"
#include "transports/docker_streams.hpp"

#include <algorithm>

namespace dw::docker {

namespace {

constexpr size_t header_size = 8;
constexpr size_t max_line = size_t{64} * 1024;

/// [stream, 0, 0, 0, length as a big-endian 32-bit number]
struct frame_header {
  bool is_valid;
  bool is_stderr;
  uint32_t length;
};

frame_header read_header(std::string_view bytes) {
  auto at = [&](size_t i) {
    return static_cast<uint32_t>(static_cast<uint8_t>(bytes[i]));
  };
  // 0 is stdin, which is logged as stdout; 3 is an error of the engine.
  auto is_valid = at(0) <= 3 && at(1) == 0 && at(2) == 0 && at(3) == 0;
  return {is_valid, at(0) >= 2, at(4) << 24 | at(5) << 16 | at(6) << 8 | at(7)};
}

caf::error no_frame() {
  return make_failure(errc::bad_reply,
                      {.operation = std::string{operation::logs},
                       .peer = engine_peer,
                       .reply = "the log is not made of frames"});
}

} // namespace

log_decoder::log_decoder(bool tty, uint64_t ticket)
  : tty_{tty}, ticket_{ticket} {
  // nop
}

caf::expected<std::vector<log_line>> log_decoder::feed(std::string_view bytes) {
  std::vector<log_line> result;
  if (tty_) {
    append(false, bytes, result);
    return result;
  }
  while (!failed_ && !bytes.empty()) {
    if (payload_left_ == 0) {
      auto piece = bytes.substr(0, header_size - header_.size());
      header_ += piece;
      bytes.remove_prefix(piece.size());
      if (header_.size() < header_size)
        break;
      auto header = read_header(header_);
      header_.clear();
      if (!header.is_valid)
        failed_ = no_frame();
      payload_left_ = header.length;
      payload_is_stderr_ = header.is_stderr;
      continue;
    }
    auto piece = bytes.substr(0, payload_left_);
    append(payload_is_stderr_, piece, result);
    payload_left_ -= piece.size();
    bytes.remove_prefix(piece.size());
  }
  if (failed_)
    return failed_;
  return result;
}

std::vector<log_line> log_decoder::finish() {
  std::vector<log_line> result;
  for (auto is_stderr : {false, true})
    if (auto& rest = rest_[is_stderr]; !rest.empty()) {
      result.push_back({ticket_, is_stderr, std::move(rest)});
      rest.clear();
    }
  return result;
}

void log_decoder::append(bool is_stderr, std::string_view bytes,
                         std::vector<log_line>& out) {
  auto& rest = rest_[is_stderr];
  auto emit = [&] {
    out.push_back({ticket_, is_stderr, std::move(rest)});
    rest.clear();
  };
  while (!bytes.empty()) {
    if (bytes.front() == '\n') {
      bytes.remove_prefix(1);
      if (!rest.empty() && rest.back() == '\r')
        rest.pop_back();
      emit();
      continue;
    }
    // Not before there is more of it: the line may just have ended.
    if (rest.size() == max_line)
      emit();
    auto end = std::min(bytes.find('\n'), max_line - rest.size());
    rest += bytes.substr(0, end);
    bytes.remove_prefix(std::min(end, bytes.size()));
  }
}

} // namespace dw::docker
