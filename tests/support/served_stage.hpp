#pragma once

#include "tests/support/shop_stage.hpp"
#include "tests/support/temp_directory.hpp"

#include <string>
#include <vector>

namespace dw::test {

/// A stage of a server, and the server's HTTP API on a unix socket as curl sees
/// it.
class served_stage {
public:
  struct answer {
    int status = 0;
    npm_standin::json body;
  };

  /// Neither deploys nor serves anything yet.
  served_stage();

  /// The repository of the stage.
  std::string image() const {
    return stage.program.settings.registry + "/shop-plain";
  }

  /// Starts a server, which ends with the returned object.
  /// @param more Variables of its environment.
  child_process serve(const watcher::variables& more = {}) const;

  /// The words of a command.
  /// @param more Options and URL, of which the host does not matter.
  std::vector<std::string> curl(std::vector<std::string> more) const;

  /// Makes a request whose answer must be JSON.
  /// @param more Options for curl.
  answer ask(const std::string& path, std::vector<std::string> more = {}) const;

  /// The same with a body.
  answer post(const std::string& path, const std::string& body,
              std::vector<std::string> more = {}) const;

  /// Asks for a deploy, which must be accepted. @returns its id.
  std::string submit(const std::string& tag) const;

  /// Waits for the end of a deploy. @returns its record.
  npm_standin::json await_end(const std::string& id) const;

  temp_directory files;
  shop_stage stage;
};

} // namespace dw::test
