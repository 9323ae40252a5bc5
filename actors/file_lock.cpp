#include "actors/file_lock.hpp"

#include "messages/error.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

namespace dw {

namespace {

// Like /tmp, anybody may add to it, and only the owner may remove.
void make_folder(const std::string& folder) {
  std::error_code ignored;
  if (std::filesystem::create_directory(folder, ignored))
    ::chmod(folder.c_str(), 01777);
}

// Where anybody may add files, the kernel lets nobody open those of others with
// O_CREAT (fs.protected_regular), so that is tried only when there is none.
int open_file(const std::string& path) {
  constexpr auto flags = O_RDWR | O_CLOEXEC | O_NOFOLLOW;
  for (;;) {
    auto file = ::open(path.c_str(), flags);
    if (file >= 0 || errno != ENOENT)
      return file;
    file = ::open(path.c_str(), flags | O_CREAT | O_EXCL, 0666);
    if (file >= 0)
      ::fchmod(file, 0666); // whatever the umask says
    if (file >= 0 || errno != EEXIST)
      return file;
  }
}

} // namespace

caf::expected<file_lock>
file_lock::open(const std::string& folder, const std::string& name) {
  make_folder(folder);
  auto path = folder + "/" + name;
  auto file = open_file(path);
  if (file >= 0)
    return file_lock{file};
  auto reason = std::string{std::strerror(errno)};
  return make_failure(errc::internal,
                      {.operation = "open the lock",
                       .object = path,
                       .reply = std::move(reason),
                       .hint = "Make sure that this user may write there."});
}

bool file_lock::try_lock() {
  if (::flock(file_, LOCK_EX | LOCK_NB) != 0)
    return false;
  write_holder();
  return true;
}

void file_lock::lock() {
  while (::flock(file_, LOCK_EX) != 0 && errno == EINTR) {
    // nop
  }
  write_holder();
}

void file_lock::unlock() {
  ::flock(file_, LOCK_UN);
}

std::string file_lock::holder() const {
  std::array<char, 32> buffer{};
  auto n = ::pread(file_, buffer.data(), buffer.size() - 1, 0);
  return n > 0 ? std::string(buffer.data(), static_cast<size_t>(n))
               : std::string{"unknown"};
}

// Only for people: a disk that is full must not keep anybody from working.
void file_lock::write_holder() {
  auto id = std::to_string(::getpid());
  if (::ftruncate(file_, 0) == 0
      && ::pwrite(file_, id.data(), id.size(), 0) < 0) {
    // nop
  }
}

file_lock::file_lock(file_lock&& other) noexcept
  : file_{std::exchange(other.file_, -1)} {
  // nop
}

file_lock& file_lock::operator=(file_lock&& other) noexcept {
  std::swap(file_, other.file_);
  return *this;
}

file_lock::~file_lock() {
  if (file_ >= 0)
    ::close(file_);
}

} // namespace dw
