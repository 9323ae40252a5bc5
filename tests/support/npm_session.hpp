#pragma once

#include "tests/support/npm_standin/json.hpp"
#include "tests/support/npm_standin_process.hpp"

#include <string>

namespace dw::test {

/// An answer of the API.
struct npm_answer {
  int status = 0;
  /// Null if there is no JSON in it.
  npm_standin::json body;

  /// `error.message`, empty if this is no error.
  std::string message() const;
};

/// A user who is logged in at a stand-in or a real NPM. Requests go on
/// connections of their own. Thread-safe.
class npm_session {
public:
  /// @throws std::runtime_error if the login fails.
  explicit npm_session(const npm_standin_process& standin,
                       const std::string& identity = "admin@example.com",
                       const std::string& password = "changeme");

  /// @param api_url "http://127.0.0.1:81/api"
  /// @throws std::runtime_error if the login fails.
  npm_session(std::string api_url, const std::string& identity,
              const std::string& password);

  const std::string& token() const;

  /// @param path Without the prefix.
  /// @param body JSON, empty for none.
  npm_answer ask(const std::string& method, const std::string& path,
                 const std::string& body = {}) const;

  /// Creates a proxy host in front of 127.0.0.1.
  /// @param more Members of the request: `"enabled":false`
  /// @returns its id.
  /// @throws std::runtime_error if the API refuses.
  std::int64_t create_host(const std::string& domain, std::uint16_t port,
                           const std::string& more = {}) const;

  /// Updates a proxy host.
  /// @param body JSON.
  npm_answer update_host(std::int64_t id, const std::string& body) const;

private:
  std::string api_url_;
  std::string token_;
};

} // namespace dw::test
