#pragma once

#include "messages/http.hpp"
#include "transports/json.hpp"

#include <caf/error.hpp>

#include <chrono>
#include <string>
#include <string_view>

// Private to the sources of npm_api.hpp: what all exchanges have in common.

namespace dw::npm {

constexpr std::string_view peer_name = "Nginx Proxy Manager";

/// A request without credentials and body.
/// @param operation A verb phrase, for errors.
/// @param object What it is done to, for errors.
http_request make_request(http_method method, std::string target,
                          std::string operation, std::string object);

/// The same with a bearer token.
http_request
make_request(http_method method, std::string target, std::string operation,
             std::string object, const secret& token);

/// Adds a JSON body.
void set_json(http_request& request, std::string body);

/// Marks a request that changes the proxy: it may take a minute, for NPM tests
/// and reloads nginx within it, and needs a connection of its own, for that
/// reload closes idle ones.
void mark_mutation(http_request& request);

/// `errc::invalid_argument` before anything is sent.
caf::error invalid(std::string operation, std::string object, std::string reply,
                   std::string hint = {});

/// `errc::bad_reply` for an answer that claims success but is none of NPM's.
/// @param body Its text, which has a problem.
caf::error bad_reply(const http_response& response, const json::document& body);

/// The same. @param what What is wrong with it. Never a piece of the body: it
///        may carry tokens, passwords and keys.
caf::error bad_reply(const http_response& response, std::string what);

/// `errc::not_found` for an answer that is empty instead of a 404.
caf::error no_such_host(const http_response& response);

} // namespace dw::npm
