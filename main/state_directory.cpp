#include "main/state_directory.hpp"

#include <unistd.h>

namespace dw {

namespace {

std::string value_of(const environment& env, const std::string& name) {
  return env(name).value_or(std::string{});
}

} // namespace

std::string state_directory(const environment& env) {
  if (auto path = value_of(env, "DOCKER_WATCHER_STATE"); !path.empty())
    return path;
  if (::geteuid() == 0)
    return "/var/lib/docker-watcher";
  if (auto path = value_of(env, "XDG_STATE_HOME"); !path.empty())
    return path + "/docker-watcher";
  if (auto home = value_of(env, "HOME"); !home.empty())
    return home + "/.local/state/docker-watcher";
  return {};
}

secret_files stored_logins(const environment& env) {
  auto directory = state_directory(env);
  if (directory.empty())
    return {};
  return {directory + "/secrets.json", directory + "/key"};
}

} // namespace dw
