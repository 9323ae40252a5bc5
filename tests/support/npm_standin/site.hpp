#pragma once

#include "tests/support/npm_standin/nginx_config.hpp"
#include "tests/support/npm_standin/nginx_process.hpp"

#include <atomic>
#include <set>
#include <stdexcept>

namespace npm_standin {

/// nginx refused its configuration before or after our change.
class nginx_failure : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// What nginx serves: host files, passwords, certificates, and the process. Its
/// steps are those of the real server, so that they fail like those. The caller
/// serialises calls. A change waits until the reload before has taken effect: a
/// file that changed while nginx reads them all would make it refuse the lot.
class site {
public:
  /// Writes the main configuration and starts nginx.
  /// @param known Hosts of the database; files of others are removed.
  site(std::string nginx, nginx_layout layout,
       const std::vector<listening_socket>& sockets,
       const std::set<std::int64_t>& known);

  pid_t pid() const;

  /// What nginx has to say against its configuration.
  std::string complaint() const;

  bool has_file(std::int64_t host_id) const;

  /// Tests everything, replaces the host's file, tests again; the file goes if
  /// nginx refuses it. Does not reload.
  /// @returns the verdict on the new file.
  /// @throws nginx_failure if nginx was broken before.
  nginx_process::verdict publish(const host_sources& from);

  /// Removes the host's file. Does not reload.
  void withdraw(std::int64_t host_id);

  /// Makes nginx read its files.
  /// @throws nginx_failure
  void reload();

  void store_certificate(std::int64_t id, const std::string& certificate,
                         const std::string& key);

  // -- for tests --------------------------------------------------------------

  /// Puts an error outside of all hosts into the configuration, or removes it.
  void set_broken(bool x);

  /// Makes every test fail without touching a file.
  void set_failing(bool x);

  /// Returns when what was reloaded is what is served.
  void settle() const;

private:
  void require_good() const;
  nginx_process::verdict test() const;
  void store_passwords(const json& access_list);

  nginx_layout layout_;
  nginx_process nginx_;
  std::atomic<bool> failing_ = false;
};

} // namespace npm_standin
