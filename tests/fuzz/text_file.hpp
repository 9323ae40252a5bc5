#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <stdexcept>
#include <string>
#include <string_view>

namespace dw::fuzz {

/// A file in memory, for what reads files.
class text_file {
public:
  explicit text_file(const char* name)
    : fd_{::memfd_create(name, MFD_CLOEXEC)} {
    if (fd_ < 0)
      throw std::runtime_error{"cannot make a file in memory"};
  }

  text_file(const text_file&) = delete;
  text_file& operator=(const text_file&) = delete;

  ~text_file() {
    ::close(fd_);
  }

  /// Replaces what is in it.
  void set(std::string_view text) {
    if (::ftruncate(fd_, 0) != 0
        || ::pwrite(fd_, text.data(), text.size(), 0)
             != static_cast<ssize_t>(text.size()))
      throw std::runtime_error{"cannot write to a file in memory"};
  }

  std::string path() const {
    return "/proc/self/fd/" + std::to_string(fd_);
  }

private:
  int fd_;
};

} // namespace dw::fuzz
