#pragma once

#include "actors/secret_store.hpp"
#include "messages/export.hpp"
#include "messages/interfaces.hpp"
#include "transports/docker_cli_config.hpp"

#include <caf/actor_system.hpp>
#include <caf/expected.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <sys/stat.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <tuple>

namespace DW_EXPORT dw {

/// Where the Docker CLI keeps its logins: $DOCKER_CONFIG/config.json, else
/// ~/.docker/config.json. Empty if neither variable is set.
std::string docker_config_path();

/// Where logins are looked for.
struct credential_sources {
  /// The configuration's, by registry host. They come first.
  std::map<std::string, registry_credentials> registries;
  /// Those that `docker-watcher login` has stored. They come second.
  secret_files stored;
  /// The Docker CLI's config.json, which need not exist; empty for none.
  std::string docker_config = docker_config_path();
  /// How long a helper program may take.
  std::chrono::milliseconds helper_timeout{30'000};
  /// How long a helper's answer is good for: many pulls at once ask once.
  std::chrono::milliseconds helper_reuse{10'000};
};

/// Looks logins up by the rules of the Docker CLI: a helper of the registry's
/// own, else the helper for all, else what the file itself says. Blocks.
class credential_finder {
public:
  using clock_type = std::chrono::steady_clock;

  explicit credential_finder(credential_sources sources,
                             std::function<clock_type::time_point()> now
                             = clock_type::now);

  /// No login is a result like any other. Fails if there may be one that cannot
  /// be got at: a file that is damaged, or a helper that fails.
  /// @param timeout For a helper, if it is less than that of the sources; 0 for
  ///                those.
  caf::expected<found_credentials>
  find(const std::string& registry, std::chrono::milliseconds timeout
                                    = std::chrono::milliseconds{0});

private:
  /// Tells versions of a file apart: inode, size and time of change.
  using file_version = std::tuple<ino_t, off_t, time_t, long>;

  struct cached_answer {
    found_credentials found;
    clock_type::time_point expires;
  };

  caf::error reload();

  caf::expected<found_credentials>
  ask_helper(const std::string& helper, const std::string& registry,
             std::chrono::milliseconds timeout);

  credential_sources sources_;
  std::function<clock_type::time_point()> now_;
  docker_cli_config config_;
  file_version version_{};
  std::map<std::string, cached_answer> answers_;
};

/// Spawns the CREDENTIAL STORE. Runs on a thread of its own, because it reads
/// files and waits for programs.
credential_store_actor
spawn_credential_store(caf::actor_system& sys, credential_sources sources);

/// The same with the Docker CLI's logins where they usually are.
credential_store_actor
spawn_credential_store(caf::actor_system& sys,
                       std::map<std::string, registry_credentials> registries,
                       secret_files stored);

} // namespace dw
