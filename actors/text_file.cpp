#include "actors/text_file.hpp"

#include "actors/descriptor.hpp"
#include "messages/error.hpp"
#include "transports/text.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

namespace dw {

namespace {

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

} // namespace

bool is_text(std::string_view bytes) {
  return is_utf8(bytes) && bytes.find('\0') == std::string_view::npos;
}

caf::expected<std::string> read_text_file(const std::string& path) {
  descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (!file)
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
