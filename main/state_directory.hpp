#pragma once

#include "actors/secret_store.hpp"
#include "main/environment.hpp"

#include <caf/expected.hpp>

#include <string>

namespace dw {

/// Where what outlives a command is kept: $DOCKER_WATCHER_STATE, else
/// /var/lib/docker-watcher for root, else docker-watcher in $XDG_STATE_HOME or
/// ~/.local/state. Empty if none of the variables is set.
std::string state_directory(const environment& env);

/// Makes that directory if it does not exist, with mode 0700. @returns its
/// path.
caf::expected<std::string> make_state_directory(const environment& env);

/// The journal of `docker-watcher serve`, given that directory.
std::string journal_path(const std::string& directory);

/// The files of stored logins in the state directory, and their key; none if
/// this user may not enter it.
secret_files stored_logins(const environment& env);

} // namespace dw
