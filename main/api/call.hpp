#pragma once

#include "main/api/token_store.hpp"
#include "transports/server_request.hpp"
#include "transports/server_responder.hpp"

#include <caf/error.hpp>

#include <string>
#include <utility>
#include <vector>

namespace dw::api {

/// A request of a client who may make it.
struct call {
  server_request request;
  /// What the placeholders of the route stand for.
  std::vector<std::string> args;
  responder out;
  /// Who asks, for the history: "token ci" or "uid 1000".
  std::string client;
  /// What it may do, which is what the route needs or more.
  scope may = scope::read;
};

/// Answers with JSON.
void answer_json(const responder& out, int status, std::string json,
                 std::vector<http_header> headers = {});

/// Answers with 202: something is done about the work with this id.
void answer_accepted(const responder& out, const std::string& id);

/// Answers with a problem document, whose status is that of the error.
void answer_problem(const responder& out, const caf::error& err);

/// The same with another status; 429 and 503 say when to come again.
/// @param headers Sent beside it.
void answer_problem(const responder& out, int status, const caf::error& err,
                    std::vector<http_header> headers = {});

/// Answers with 403: a token's scope is too narrow.
/// @param operation What is attempted, as errors say it; `object` likewise.
void answer_forbidden(const responder& out, std::string operation,
                      std::string object, scope needed);

/// `{"items": [..]}` of texts that are JSON.
std::string list_json(const std::vector<std::string>& items);

} // namespace dw::api
