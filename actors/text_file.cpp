#include "actors/text_file.hpp"

#include "messages/error.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <system_error>

namespace dw {

namespace {

class descriptor {
public:
  explicit descriptor(int fd) : fd_{fd} {
    // nop
  }

  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;

  ~descriptor() {
    if (fd_ >= 0)
      ::close(fd_);
  }

  int get() const noexcept {
    return fd_;
  }

private:
  int fd_;
};

caf::error unreadable(errc code, const std::string& path, std::string reason) {
  return make_failure(
    code, {.operation = "read", .object = path, .reply = std::move(reason)});
}

caf::error unreadable(int error_number, const std::string& path) {
  auto code = error_number == ENOENT || error_number == ENOTDIR
                ? errc::not_found
                : errc::invalid_argument;
  return unreadable(code, path, std::generic_category().message(error_number));
}

/// The number of bytes that follow the first one of a UTF-8 sequence, and the
/// smallest code point that needs them; a count of 4 for no first byte.
std::pair<size_t, uint32_t> sequence_of(unsigned char first) {
  if (first < 0x80)
    return {0, 0};
  if (first >= 0xC2 && first < 0xE0)
    return {1, 0x80};
  if (first >= 0xE0 && first < 0xF0)
    return {2, 0x800};
  if (first >= 0xF0 && first < 0xF5)
    return {3, 0x10000};
  return {4, 0};
}

} // namespace

bool is_text(std::string_view bytes) {
  for (size_t i = 0; i < bytes.size();) {
    auto first = static_cast<unsigned char>(bytes[i]);
    auto [following, smallest] = sequence_of(first);
    if (first == 0 || following > 3 || bytes.size() - i <= following)
      return false;
    uint32_t point = following == 0 ? first : first & (0x3Fu >> following);
    for (size_t k = 1; k <= following; ++k) {
      auto next = static_cast<unsigned char>(bytes[i + k]);
      if ((next & 0xC0) != 0x80)
        return false;
      point = (point << 6) | (next & 0x3F);
    }
    auto is_surrogate = point >= 0xD800 && point < 0xE000;
    if (point < smallest || point > 0x10FFFF || is_surrogate)
      return false;
    i += following + 1;
  }
  return true;
}

caf::expected<std::string> read_text_file(const std::string& path) {
  descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (file.get() < 0)
    return unreadable(errno, path);
  std::string result;
  std::array<char, 16 * 1024> buffer;
  for (;;) {
    auto n = ::read(file.get(), buffer.data(), buffer.size());
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return unreadable(errno, path);
    if (n == 0)
      break;
    result.append(buffer.data(), static_cast<size_t>(n));
    if (result.size() > max_text_file)
      return unreadable(errc::too_large, path, "it is larger than 1 MiB");
  }
  if (!is_text(result))
    return unreadable(errc::invalid_argument, path, "it is not UTF-8 text");
  return result;
}

} // namespace dw
