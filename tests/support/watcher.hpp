#pragma once

#include "tests/support/child_process.hpp"
#include "tests/support/npm_standin/json.hpp"
#include "tests/support/temp_directory.hpp"

#include <map>
#include <string>
#include <vector>

namespace dw::test {

// -- what stands in the configuration -----------------------------------------

struct stage_settings {
  std::string project;
  std::string stage = "prod";
  /// With the registry, without a tag.
  std::string image;
  std::string tag = "v1";
  std::vector<std::string> domains;
  /// Further lines: "drain: 1s".
  std::vector<std::string> more;
};

struct watcher_settings {
  /// What runs the program; empty for us: "nsenter", "--net=..".
  std::vector<std::string> runner;
  /// Empty for what the environment says.
  std::string engine_host;
  std::string network;
  /// No proxy if empty.
  std::string npm_url;
  /// No login if empty.
  std::string npm_identity;
  std::string npm_secret;
  std::string proxy_url;
  std::string forward_host = "127.0.0.1";
  /// "host-port" or "network".
  std::string forward = "host-port";
  /// No login if empty.
  std::string registry;
  std::string registry_username;
  std::string registry_password;
  /// Of `serve`; no section for it if empty.
  std::string socket;
  /// Further lines of that section: "grace: 1s".
  std::vector<std::string> server_lines;
  std::vector<stage_settings> stages;
  /// Further lines of the whole file: "webhooks:", "  hub: {kind: ..".
  std::vector<std::string> lines;
  /// What must never be printed, beside the passwords above.
  std::vector<std::string> secrets;
};

/// The configuration file that says so. Passwords are no part of it:
/// ${NPM_SECRET} and file:registry.password stand for them.
std::string to_yaml(const watcher_settings& settings);

// -- the program --------------------------------------------------------------

/// docker-watcher, as users run it, with a configuration in a directory of its
/// own, and without the logins of whoever runs the test.
class watcher {
public:
  using arguments = std::vector<std::string>;
  using variables = std::map<std::string, std::string>;

  explicit watcher(watcher_settings x) : settings{std::move(x)} {
    // nop
  }

  /// Starts it with the settings as they are now.
  child_process start(const arguments& args, const variables& more = {}) const;

  /// The same on a terminal.
  child_process start_on_terminal(const arguments& args) const;

  /// Waits for its end.
  /// @throws std::runtime_error if a secret was printed.
  child_end finish(child_process& running) const;

  /// Runs it to its end.
  child_end run(const arguments& args, const variables& more = {}) const;

  /// The same with standard input.
  child_end run_with_input(const std::string& input, const arguments& args,
                           const variables& more = {}) const;

  /// The program itself.
  static std::string path() {
    return DW_PROGRAM;
  }

  /// Where the configuration is, and files beside it.
  const temp_directory& directory() const noexcept {
    return directory_;
  }

  watcher_settings settings;

private:
  child_command
  make_command(const arguments& args, const variables& more) const;

  temp_directory directory_;
};

/// The objects in the output of --json.
/// @throws std::runtime_error if a line is none.
std::vector<npm_standin::json> json_lines(const std::string& output);

/// The last object of that type.
/// @throws std::runtime_error if there is none.
npm_standin::json
last_of_type(const std::string& output, const std::string& type);

} // namespace dw::test
