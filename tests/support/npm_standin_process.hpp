#pragma once

#include "tests/support/plain_exchange.hpp"
#include "tests/support/temp_directory.hpp"

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace dw::test {

struct npm_standin_options {
  /// "2.11", "2.12" or "2.15".
  std::string version_profile = "2.15";
  /// The path of the API; empty for none, as on the backend itself.
  std::string prefix = "/api";
  std::string identity = "admin@example.com";
  std::string password = "changeme";
  bool with_https = false;
  /// Where it listens, also for visitors.
  std::string address = "127.0.0.1";
  /// "ADDRESS[:PORT]" of a name server for names of upstreams; empty for none.
  std::string resolver = {};
  /// The least time a mutation takes; the real server needs about 190 ms.
  std::chrono::milliseconds mutation_time{0};
  /// Where state is kept. Empty for a temporary directory that goes with the
  /// object; else it stays, so that the next stand-in finds its hosts.
  std::filesystem::path directory = {};
};

/// A running npm-standin, which the tests of the NPM client, of the actors, and
/// of whole deploys talk to. Free ports, no fixed names: any number can run at
/// the same time. It dies with the thread that made this object. Not
/// thread-safe, but for control().
class npm_standin_process {
public:
  /// Returns when both the API and nginx serve.
  /// @throws std::runtime_error if it does not start.
  explicit npm_standin_process(npm_standin_options options = {});

  /// Calls stop().
  ~npm_standin_process();

  npm_standin_process(const npm_standin_process&) = delete;
  npm_standin_process& operator=(const npm_standin_process&) = delete;

  /// "http://ADDRESS:PORT/api"
  const std::string& api_url() const;

  /// "http://ADDRESS:PORT", where nginx serves the hosts.
  const std::string& traffic_url() const;

  /// Zero without HTTPS.
  std::uint16_t https_port() const;

  pid_t pid() const;
  pid_t nginx_pid() const;

  const std::filesystem::path& directory() const;

  /// Ends the program and its nginx.
  /// @returns its exit code; -1 if a signal ended it, or if it was stopped
  ///          before.
  int stop();

  // -- requests ---------------------------------------------------------------

  /// A request to the control endpoint; see `npm-standin --help`.
  /// @param path "/control/counters"
  /// @param body JSON, empty for none.
  /// @returns the answer's JSON.
  /// @throws std::runtime_error if the endpoint refuses.
  std::string control(const std::string& method, const std::string& path,
                      const std::string& body = {}) const;

  /// A request of a visitor: to nginx, with a Host header of its own.
  plain_response
  visit(const std::string& host, const std::string& path = "/") const;

  // -- short cuts to the control endpoint -------------------------------------

  void expire_tokens() const;
  void rotate_keys() const;
  void break_nginx(bool on) const;

  /// Waits until visitors meet what the last mutation asked for. Without it
  /// they may for 0.1 s meet what was before, as on the real server.
  void settle() const;

  /// @param text "5s"; see GET /tokens?expiry=.
  void set_token_lifetime(const std::string& text) const;

  /// @param fault JSON: {"method":"PUT","path":"/nginx/proxy-hosts/1",
  ///              "status":503}
  void fail_next(const std::string& fault) const;

private:
  npm_standin_options options_;
  std::optional<temp_directory> own_directory_;
  pid_t pid_ = -1;
  pid_t nginx_pid_ = -1;
  std::string api_url_;
  std::string traffic_url_;
  std::string control_url_;
  std::uint16_t https_port_ = 0;
};

} // namespace dw::test
