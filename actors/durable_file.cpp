#include "actors/durable_file.hpp"

#include "actors/descriptor.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
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

int sync_directory_of(const std::string& path) {
  auto directory = std::filesystem::path{path}.parent_path();
  descriptor file{::open(directory.empty() ? "." : directory.c_str(),
                         O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  return file && ::fsync(file.get()) == 0 ? 0 : errno;
}

} // namespace dw
