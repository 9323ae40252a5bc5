#pragma once

#include <caf/error.hpp>

#include <string>

// Refusals as problem documents, RFC 9457.

namespace dw::api {

/// The HTTP status that says the same as an error.
int status_of(const caf::error& err);

/// `application/problem+json`: "type" and "title" name the error's code,
/// "status" the HTTP status, "detail" is the error as people read it, and
/// "error" has its parts like the command line's `--json`.
/// @param status The HTTP status that it is sent with.
std::string problem_json(int status, const caf::error& err);

} // namespace dw::api
