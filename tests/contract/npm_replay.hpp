#pragma once

#include "tests/support/npm_session.hpp"

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace dw::test {

/// An exchange that was recorded from a real server.
struct recording {
  /// The number its file's name starts with: recordings were made in that
  /// order.
  int number = 0;
  std::string name;
  npm_standin::json request;
  npm_standin::json response;
};

/// All recordings of some folders, in order.
std::vector<recording>
load_recordings(const std::vector<std::filesystem::path>& folders);

/// Sends recorded requests to a stand-in. Tokens and codes in recordings are
/// placeholders, for which it puts its own.
class npm_replay {
public:
  explicit npm_replay(const npm_standin_process& standin);

  // -- who sends --------------------------------------------------------------

  /// Logs in and uses that token from now on.
  void log_in(const std::string& identity, const std::string& password);

  /// Uses the first token again.
  void be_admin();

  /// Uses the challenge as if it were a token.
  void be_challenged();

  // -- exchanges --------------------------------------------------------------

  /// Sends the recorded request and remembers from the answer what later
  /// requests need.
  plain_response send(const recording& what);

  /// A request of our own, by the admin.
  /// @throws std::runtime_error unless the answer is 2xx.
  void prepare(const std::string& method, const std::string& path,
               const std::string& body = {}) const;

private:
  std::string fill_in(std::string text);
  std::string fill_in_body(const recording& what);
  std::string expired_token() const;
  void remember(const npm_standin::json& answer);

  const npm_standin_process& standin_;
  npm_session admin_;
  std::string token_;
  std::string challenge_;
  std::string totp_secret_;
  std::string backup_code_;
};

/// Compares status, content type and body.
/// @returns one line per difference.
std::vector<std::string>
differences(const recording& what, const plain_response& actual,
            const std::set<std::string>& ignored);

} // namespace dw::test
