#pragma once

#include <string>
#include <vector>

namespace dw::test {

/// What tests/support/env has started, as its variables say.
struct test_environment {
  /// Empty if the engine is not its own, and so may not be ended.
  std::string directory;
  /// "unix:///..", as in DOCKER_HOST.
  std::string docker_host;
  /// Where machines reach what we start, and we what they publish.
  std::string address;
  /// How many there are beside the environment's own.
  int machines = 0;
  /// "HOST:PORT", to be put before the name of an image.
  std::string registry;
  std::string registry_username;
  std::string registry_password;
  /// A directory with a config.json that has the registry's login.
  std::string docker_config;
  /// The API of the proxy manager, the login there, and where it serves.
  std::string npm_url;
  std::string npm_identity;
  std::string npm_secret;
  std::string proxy_url;
  /// The engine's host as the proxy sees it.
  std::string forward_host;
};

/// Reads it once.
/// @throws std::runtime_error if there is none.
const test_environment& environment();

/// What may happen to an engine: "start", "stop", "kill", "freeze" and "thaw".
/// Returns when it has happened.
/// @throws std::runtime_error if it is not possible.
void change_engine(const std::string& verb);

/// The same for a machine: "cut", "heal", "lossy 20", "engine kill".
/// @param words `env --help` explains them.
void change_machine(int number, const std::vector<std::string>& words);

} // namespace dw::test
