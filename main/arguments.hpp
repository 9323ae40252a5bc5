#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace dw {

/// What the command line says.
struct arguments {
  std::string configuration = "docker-watcher.yml";
  /// Log what the program does, to standard error.
  bool verbose = false;
  /// "deploy", "proxy list" and so on.
  std::string command;
  /// "PROJECT/STAGE".
  std::vector<std::string> stages;
  bool all = false;
  /// Instead of the configuration's; empty for no change.
  std::string tag;
  std::string image;
  std::chrono::milliseconds timeout{0};
  bool no_wait_drain = false;
  /// With retire: how long the old container may finish its requests.
  std::chrono::milliseconds drain{0};
  bool json = false;
  /// With status: only what the stages are called.
  bool names = false;
  /// Do not ask before removing.
  bool yes = false;
  bool follow = false;
  bool timestamps = false;
  /// With logs: on which node; empty if there is only one.
  std::string node;
  /// Log lines to show; negative for all.
  int64_t tail = -1;
  /// The server to ask instead of working here; empty for none whatever else
  /// says so. And the file of authorities that may sign its certificate.
  std::optional<std::string> server;
  std::optional<std::string> ca;
  /// Pieces of work to show.
  uint32_t limit = 20;
  std::string domain;
  /// The host of a registry, with login and logout.
  std::string registry;
  /// The login is one for the proxy.
  bool of_proxy = false;
  std::string username;
  bool password_stdin = false;
  /// With token: a name or an id, and what a new one allows for how long; 0 for
  /// ever.
  std::string token;
  std::string scope = "read";
  std::chrono::milliseconds lifetime{0};
  std::string shell;
  /// With node: "ADDRESS:PORT"; and what it is instead of the machine's name
  /// and the configuration's engine.
  std::string listen;
  std::string name;
  std::string engine;
  std::string certificate;
  std::string key;
  bool insecure = false;
  /// With node cert: the certificate is for a controller; where it goes; and
  /// how many days it is good.
  bool for_controller = false;
  std::string directory = ".";
  uint32_t days = 730;
};

/// What to print and with which status to end, instead of running a command:
/// the help was asked for, or the command line cannot be right.
struct usage_message {
  std::string text;
  bool is_error = false;
};

/// Reads the command line.
std::variant<arguments, usage_message>
parse_command_line(int argc, const char* const* argv);

} // namespace dw
