#include "main/state_directory.hpp"

#include "messages/error.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

namespace dw {

namespace {

std::string value_of(const environment& env, const std::string& name) {
  return env(name).value_or(std::string{});
}

} // namespace

std::string state_directory(const environment& env) {
  if (auto path = value_of(env, "DOCKER_WATCHER_STATE"); !path.empty())
    return std::filesystem::absolute(path).string();
  if (::geteuid() == 0)
    return "/var/lib/docker-watcher";
  if (auto path = value_of(env, "XDG_STATE_HOME"); !path.empty())
    return path + "/docker-watcher";
  if (auto home = value_of(env, "HOME"); !home.empty())
    return home + "/.local/state/docker-watcher";
  return {};
}

caf::expected<std::string> make_state_directory(const environment& env) {
  constexpr auto operation = "make the directory of what must not be lost";
  constexpr auto hint
    = "Set DOCKER_WATCHER_STATE to one that you may write to.";
  auto path = state_directory(env);
  if (path.empty())
    return make_failure(errc::invalid_argument,
                        {.operation = operation,
                         .reply = "no variable says where it is",
                         .hint = hint});
  std::error_code err;
  std::filesystem::create_directories(std::filesystem::path{path}.parent_path(),
                                      err);
  if (!err && ::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST)
    err = {errno, std::generic_category()};
  if (!err && !std::filesystem::is_directory(path, err) && !err)
    err = std::make_error_code(std::errc::not_a_directory);
  if (!err)
    return path;
  return make_failure(errc::invalid_argument, {.operation = operation,
                                               .object = path,
                                               .reply = err.message(),
                                               .hint = hint});
}

std::string journal_path(const std::string& directory) {
  return directory + "/journal.sqlite";
}

secret_files stored_logins(const environment& env) {
  auto directory = state_directory(env);
  // One that is closed to us has somebody else's logins: with sudo, HOME may
  // still be another user's.
  if (directory.empty()
      || (::access(directory.c_str(), X_OK) != 0 && errno == EACCES))
    return {};
  return {directory + "/secrets.json", directory + "/key"};
}

} // namespace dw
