#include "actors/durable_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>

namespace dw {

int write_draft(const std::string& path, std::string_view content) {
  ::unlink(path.c_str());
  descriptor file{
    ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600)};
  if (!file)
    return errno;
  auto n = ::write(file.get(), content.data(), content.size());
  if (n < 0)
    return errno;
  // One that is cut short gives no reason; it is the disk that is full.
  if (static_cast<size_t>(n) != content.size())
    return ENOSPC;
  return ::fsync(file.get()) == 0 ? 0 : errno;
}

int replace_file(const std::string& path, std::string_view content) {
  auto draft = path + ".new";
  auto error_number = write_draft(draft, content);
  if (error_number == 0 && std::rename(draft.c_str(), path.c_str()) != 0)
    error_number = errno;
  if (error_number == 0)
    error_number = sync_directory_of(path);
  if (error_number != 0)
    ::unlink(draft.c_str());
  return error_number;
}

int lock_for_change(const std::string& path, descriptor& lock) {
  lock = descriptor{
    ::open((path + ".lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)};
  if (!lock)
    return errno;
  while (::flock(lock.get(), LOCK_EX) != 0)
    if (errno != EINTR)
      return errno;
  return 0;
}

int sync_directory_of(const std::string& path) {
  auto directory = std::filesystem::path{path}.parent_path();
  descriptor file{::open(directory.empty() ? "." : directory.c_str(),
                         O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  return file && ::fsync(file.get()) == 0 ? 0 : errno;
}

} // namespace dw
