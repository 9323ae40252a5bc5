#include "tests/faults/full_disk.hpp"

#include "tests/support/child_process.hpp"

#include <fcntl.h>
#include <sys/mount.h>
#include <unistd.h>

#include <filesystem>
#include <system_error>
#include <utility>

namespace dw::faults {

namespace fs = std::filesystem;

full_disk::full_disk(std::string directory) : directory_{std::move(directory)} {
  fs::create_directories(directory_);
  test::output_of(
    {"mount", "-t", "tmpfs", "-o", "size=16m,mode=0700", "disk", directory_});
}

full_disk::~full_disk() {
  ::umount2(directory_.c_str(), MNT_DETACH);
}

std::string full_disk::filler() const {
  return directory_ + "/filler";
}

void full_disk::clear() const {
  for (const auto& x : fs::directory_iterator{directory_})
    fs::remove_all(x.path());
}

void full_disk::fill() const {
  auto fd = ::open(filler().c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0)
    throw std::system_error{errno, std::generic_category(), filler()};
  const std::string zeros(4096, '\0');
  while (::write(fd, zeros.data(), zeros.size()) > 0) {
    // nop
  }
  ::close(fd);
}

void full_disk::free() const {
  fs::remove(filler());
}

} // namespace dw::faults
