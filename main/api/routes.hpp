#pragma once

#include "main/api/call.hpp"
#include "main/api/token_store.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dw::api {

class daemon;

/// A route of the API.
struct route {
  std::string_view method;
  /// The path; a segment in braces stands for any that is not empty.
  std::string_view pattern;
  /// What a client must be allowed to do; none for everybody.
  std::optional<scope> needs;
  void (*run)(daemon& to, call& x);
  /// Of the query: those that it may have, each once.
  std::vector<std::string_view> parameters;
  /// Answered however often a client asks: it costs no more than a refusal, and
  /// must not depend on what others ask.
  bool is_unlimited = false;
};

/// All routes.
const std::vector<route>& routes();

/// What a request's method and path lead to.
struct route_match {
  /// Null if there is none.
  const route* found = nullptr;
  /// What the placeholders stand for.
  std::vector<std::string> args;
  /// Methods that the path has; empty if the path is not there.
  std::string allowed;
};

route_match
match(std::string_view method, const std::vector<std::string>& path);

} // namespace dw::api
