#include "transports/npm_request.hpp"

#include "messages/error.hpp"
#include "transports/response_error.hpp"

namespace dw::npm {

namespace {

constexpr auto read_time = std::chrono::seconds{15};
constexpr auto mutation_time = std::chrono::seconds{60};

caf::error
make_bad_reply(errc code, const http_response& response, std::string what) {
  return make_failure(code, response, std::move(what),
                      "Check that the proxy's URL is that of Nginx Proxy "
                      "Manager's API, such as http://HOST:81/api.");
}

} // namespace

http_request make_request(http_method method, std::string target,
                          std::string operation, std::string object) {
  http_request result;
  result.operation = std::move(operation);
  result.object = std::move(object);
  result.peer = peer_name;
  result.method = method;
  result.target = std::move(target);
  result.headers.push_back({"Accept", secret{"application/json"}});
  result.deadlines.total = read_time;
  return result;
}

http_request
make_request(http_method method, std::string target, std::string operation,
             std::string object, const secret& token) {
  auto result = make_request(method, std::move(target), std::move(operation),
                             std::move(object));
  // NPM matches the scheme with its case, and exactly one blank.
  result.headers.push_back(
    {"Authorization", secret{"Bearer " + token.reveal()}});
  return result;
}

void set_json(http_request& request, std::string body) {
  request.headers.push_back({"Content-Type", secret{"application/json"}});
  request.body = std::move(body);
}

void mark_mutation(http_request& request) {
  request.deadlines.total = mutation_time;
  request.fresh_connection = true;
}

caf::error invalid(std::string operation, std::string object, std::string reply,
                   std::string hint) {
  return make_failure(errc::invalid_argument,
                      {.operation = std::move(operation),
                       .object = std::move(object),
                       .reply = std::move(reply),
                       .hint = std::move(hint)});
}

caf::error
bad_reply(const http_response& response, const json::document& body) {
  return make_bad_reply(body.code(), response, body.problem());
}

caf::error bad_reply(const http_response& response, std::string what) {
  return make_bad_reply(errc::bad_reply, response, std::move(what));
}

caf::error no_such_host(const http_response& response) {
  return make_failure(errc::not_found, response, "no such proxy host");
}

} // namespace dw::npm
