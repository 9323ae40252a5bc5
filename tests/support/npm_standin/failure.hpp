#pragma once

#include "tests/support/npm_standin/json.hpp"
#include "tests/support/npm_standin/npm_version.hpp"

#include <exception>
#include <string>

namespace npm_standin {

/// An answer of the form {"error":{"code":400,"message":"..."}}.
class failure : public std::exception {
public:
  /// @param i18n Becomes `message_i18n` unless it is null.
  failure(int status, std::string message, json i18n = nullptr);

  int status() const;
  const std::string& message() const;
  const json& i18n() const;
  const char* what() const noexcept override;

private:
  int status_;
  std::string message_;
  json i18n_;
};

/// The caller is unknown or may not do it. What the client sees depends on the
/// route and on the version.
class permission_denied : public std::exception {};

/// 500, or whatever status, with the text that says nothing.
failure internal_error(int status = 500);

/// There is no such object, or not for this caller.
/// @param id As the client wrote it.
failure not_found(npm_version version, const std::string& id);

} // namespace npm_standin
