#include "main/stage_lock.hpp"

#include "messages/error.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <functional>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace dw {

namespace {

std::string path_of(const std::string& folder, const std::string& engine,
                    const deploy_spec& spec) {
  return folder + "/" + spec.project + "." + spec.stage + "."
         + std::to_string(std::hash<std::string>{}(engine));
}

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

caf::error make_lock_error(const std::string& path, const deploy_spec& spec) {
  auto reason = std::string{std::strerror(errno)};
  return make_failure(errc::internal,
                      {.operation = "lock stage",
                       .object = spec.project + "/" + spec.stage,
                       .reply = path + ": " + reason,
                       .hint = "Make sure that this user may write there."});
}

// Who holds a lock wrote its process id into the file.
std::string read_holder(int file) {
  std::array<char, 32> buffer{};
  auto n = pread(file, buffer.data(), buffer.size() - 1, 0);
  return n > 0 ? std::string(buffer.data(), static_cast<size_t>(n))
               : std::string{"unknown"};
}

} // namespace

caf::expected<stage_lock>
stage_lock::open(const std::string& path, const deploy_spec& spec, bool wait) {
  auto file = open_file(path);
  if (file < 0)
    return make_lock_error(path, spec);
  stage_lock result{file};
  while (::flock(file, wait ? LOCK_EX : LOCK_EX | LOCK_NB) != 0) {
    if (errno == EINTR)
      continue;
    if (errno != EWOULDBLOCK)
      return make_lock_error(path, spec);
    return make_failure(
      errc::stage_busy,
      {.operation = "lock stage",
       .object = spec.project + "/" + spec.stage,
       .reply = "process " + read_holder(file) + " is working on it"});
  }
  auto id = std::to_string(getpid());
  if (::ftruncate(file, 0) != 0 || ::pwrite(file, id.data(), id.size(), 0) < 0)
    return make_lock_error(path, spec);
  return result;
}

caf::expected<stage_lock>
stage_lock::take(const std::string& engine, const deploy_spec& spec,
                 const std::string& folder) {
  make_folder(folder);
  return open(path_of(folder, engine, spec), spec, false);
}

caf::expected<stage_lock>
stage_lock::wait(const std::string& engine, const deploy_spec& spec,
                 const std::string& folder) {
  make_folder(folder);
  return open(path_of(folder, engine, spec), spec, true);
}

stage_lock::stage_lock(stage_lock&& other) noexcept
  : file_{std::exchange(other.file_, -1)} {
  // nop
}

stage_lock& stage_lock::operator=(stage_lock&& other) noexcept {
  std::swap(file_, other.file_);
  return *this;
}

stage_lock::~stage_lock() {
  if (file_ >= 0)
    ::close(file_);
}

} // namespace dw
