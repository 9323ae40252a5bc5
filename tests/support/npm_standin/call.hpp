#pragma once

#include "tests/support/npm_standin/access.hpp"
#include "tests/support/npm_standin/backend.hpp"
#include "tests/support/npm_standin/http_types.hpp"
#include "tests/support/npm_standin/validation.hpp"

#include <optional>
#include <string>
#include <vector>

namespace npm_standin {

/// A request on its way to a handler.
struct call {
  const request& in;
  /// Without the prefix.
  std::string path;
  /// What the route's ":id" stands for.
  std::string id = {};
  /// None if the client sent nothing the server reads.
  std::optional<json> body = {};
  /// The payload of the token, null without one.
  json claims = {};
  std::optional<caller> who = {};

  /// A parameter of the query, empty if absent.
  std::string query(const std::string& name) const;
};

/// A method and path the server knows.
struct route {
  enum class token { ignored, checked };

  std::string_view method;
  /// "/users/:id/auth"
  std::string_view pattern;
  reply (*handle)(backend&, call&);
  token use = token::checked;
  /// Whether it changes what nginx serves; one of these runs at a time.
  bool mutates = false;
};

reply json_reply(int status, const json& body);

/// The body, checked and converted.
/// @throws failure 400
json& valid_body(call& c, const schema& expected, npm_version version);

/// What JavaScript's parseInt() makes of the ":id": "1abc" is 1.
std::optional<std::int64_t> lenient_id(const call& c);

/// @throws failure 400 unless the ":id" is an integer above zero.
std::int64_t strict_id(const call& c);

} // namespace npm_standin
