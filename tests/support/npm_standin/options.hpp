#pragma once

#include "tests/support/npm_standin/npm_version.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace npm_standin {

/// The command line.
struct options {
  std::string listen_address = "127.0.0.1";
  std::uint16_t listen_port = 0;
  std::uint16_t control_port = 0;
  std::uint16_t http_port = 0;
  /// None for no HTTPS.
  std::optional<std::uint16_t> https_port;
  /// Absolute.
  std::filesystem::path directory;
  std::filesystem::path state_file;
  std::string prefix = "/api";
  npm_version version = npm_version::v2_15;
  std::string identity = "admin@example.com";
  std::string password = "changeme";
  std::string resolver;
  std::string nginx = "/usr/sbin/nginx";
  std::chrono::milliseconds mutation_time{0};
};

/// @returns none if the program is to end with `exit_code`; what there is to
///          say about that has been printed.
std::optional<options> parse_options(int argc, char** argv, int& exit_code);

} // namespace npm_standin
