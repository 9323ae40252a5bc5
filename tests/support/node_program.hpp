#pragma once

#include "messages/http.hpp"
#include "tests/support/machine.hpp"
#include "tests/support/watcher.hpp"

#include <optional>
#include <string>

namespace dw::test {

/// `docker-watcher node` on a machine, with a configuration and a state of its
/// own. It knows the registry's login.
class node_program {
public:
  /// @param name What it calls itself.
  /// @param tls Its certificate, and the authority of controllers.
  node_program(std::string name, machine where, tls_files tls);

  const std::string& name() const noexcept {
    return name_;
  }

  const machine& where() const noexcept {
    return where_;
  }

  /// "10.77.0.11:7420"
  std::string address() const;

  /// Makes a token for a controller. @returns it.
  /// @param scope "read", "deploy" or "admin".
  std::string make_token(const std::string& scope) const;

  /// Returns when it listens.
  void start();

  /// Whether it was started and not ended by us.
  bool is_running() const noexcept {
    return process_.has_value();
  }

  /// Ends it with SIGKILL; what it has begun stays as it is.
  void kill();

  /// Asks it to end, and waits for that. @returns what it has written.
  child_end stop();

private:
  std::string name_;
  machine where_;
  tls_files tls_;
  watcher program_;
  std::optional<child_process> process_;
};

} // namespace dw::test
