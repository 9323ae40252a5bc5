#include "actors/file_lock.hpp"

#include "actors/descriptor.hpp"
#include "messages/error.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace dw {

namespace {

// Like /tmp, anybody may add to it, and only the owner may remove.
void make_folder(const std::string& folder) {
  if (::mkdir(folder.c_str(), 0700) == 0)
    ::chmod(folder.c_str(), 01777);
}

// Whoever is faster to make something of its name in /tmp decides what it is: a
// link would have us make files, for everybody to write to, where it leads.
descriptor open_folder(const std::string& folder) {
  make_folder(folder);
  return descriptor{
    ::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW)};
}

// Where anybody may add files, the kernel lets nobody open those of others with
// O_CREAT (fs.protected_regular), so that is tried only when there is none.
int open_file(int folder, const char* name) {
  constexpr auto flags = O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
  for (;;) {
    auto file = ::openat(folder, name, flags);
    if (file >= 0 || errno != ENOENT)
      return file;
    file = ::openat(folder, name, flags | O_CREAT | O_EXCL, 0666);
    if (file >= 0)
      ::fchmod(file, 0666); // whatever the umask says
    if (file >= 0 || errno != EEXIST)
      return file;
  }
}

// A file that has another name too is somebody's, and we write into it.
bool is_only_a_lock(int file) {
  struct stat info {};
  return ::fstat(file, &info) == 0 && S_ISREG(info.st_mode)
         && info.st_nlink == 1;
}

caf::error unusable(const std::string& path, std::string reason) {
  return make_failure(errc::internal,
                      {.operation = "open the lock",
                       .object = path,
                       .reply = std::move(reason),
                       .hint = "Make sure that this user may write there."});
}

} // namespace

caf::expected<file_lock>
file_lock::open(const std::string& folder, const std::string& name) {
  auto path = folder + "/" + name;
  auto where = open_folder(folder);
  if (!where)
    return unusable(path, std::strerror(errno));
  file_lock result{open_file(where.get(), name.c_str())};
  if (result.file_ < 0)
    return unusable(path, std::strerror(errno));
  if (!is_only_a_lock(result.file_))
    return unusable(path, "it is no file, or has another name");
  return result;
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
