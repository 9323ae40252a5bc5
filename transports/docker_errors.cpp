#include "transports/docker_request.hpp"
#include "transports/general_hint.hpp"
#include "transports/response_error.hpp"
#include "transports/text.hpp"

#include <span>

namespace dw::docker {

namespace {

/// What a message means. Texts are compared regardless of case; they have
/// blanks where possible, so that no name within a message is taken for one.
struct rule {
  std::string_view text;
  errc code;
  std::string_view hint = {};
  /// Must be in the message as well.
  std::string_view also = {};
};

struct verdict {
  errc code;
  std::string_view hint;
};

constexpr auto not_an_engine
  = "Is this a Docker Engine? Check the engine's address.";
constexpr auto no_registry
  = "The engine could not reach the registry. Check that it is up, and that "
    "the engine's host can reach it.";
constexpr auto damaged_image
  = "The registry's copy of the image is damaged or incomplete: push it again.";
constexpr auto port_in_use
  = "Another container or a process of the engine's host has the port. The "
    "engine chooses another one at the next attempt.";
constexpr auto cannot_run
  = "The container's command cannot be run. Check the image's entrypoint and "
    "the command.";
constexpr auto check_login
  = "Check the username and password that are configured for this registry.";

constexpr rule pull_rules[] = {
  {"failed with status: 401", errc::unauthorized,
   "Check the username and the password."},
  {"failed with status: 403", errc::forbidden,
   "Check the username and the password."},
  {"manifest unknown", errc::not_found, "Check the image's name and tag."},
  {"no matching manifest for", errc::not_found,
   "The image was not built for the engine's platform."},
  {": not found", errc::not_found, "Check the image's name and tag."},
  {"no basic auth credentials", errc::unauthorized,
   "Add credentials for this registry to the configuration, or log in with "
   "\"docker login\"."},
  {"may require 'docker login'", errc::unauthorized,
   "Check the image's name. If the repository is private, add credentials for "
   "its registry."},
  {"authentication required", errc::unauthorized, check_login},
  {"unauthorized: ", errc::unauthorized, check_login},
  {"incorrect username or password", errc::unauthorized, check_login},
  {"toomanyrequests", errc::busy,
   "The registry limits pulls. Add credentials, which raises the limit, or "
   "wait."},
  {"HTTP 429", errc::busy, "The registry limits pulls; wait."},
  {"no space left on device", errc::pull_failed,
   "The engine's disk is full. Remove unused images."},
  {"HTTP response to HTTPS client", errc::pull_failed,
   "The registry speaks no TLS. Serve it with TLS, or add it to the engine's "
   "insecure-registries."},
  {"x509: ", errc::pull_failed,
   "The engine does not trust the registry's certificate. Install its "
   "authority on the engine's host."},
  {"unexpected HTTP status: 5", errc::busy,
   "The registry failed. Look at its log if this persists."},
  {"connection refused", errc::busy, no_registry},
  {"connection reset", errc::busy, no_registry},
  {"no such host", errc::busy, no_registry},
  {"no route to host", errc::busy, no_registry},
  {"network is unreachable", errc::busy, no_registry},
  {"server misbehaving", errc::busy, no_registry},
  {"timeout", errc::busy, no_registry},
  {"deadline exceeded", errc::busy, no_registry},
  {"unexpected EOF", errc::busy, no_registry},
  {"unknown blob", errc::pull_failed, damaged_image},
  {"verification failed", errc::pull_failed, damaged_image},
  {"denied", errc::forbidden,
   "The registry does not allow this login to pull the image."},
};

constexpr rule start_rules[] = {
  {"port is already allocated", errc::busy, port_in_use},
  {"address already in use", errc::busy, port_in_use},
  {"network ", errc::not_found,
   "The network was removed, or made anew, since the container was created: "
   "create the container again.",
   " not found"},
  {"OCI runtime", errc::container_failed, cannot_run},
  {"exec: ", errc::container_failed, cannot_run},
  {"executable file not found", errc::container_failed, cannot_run},
  {"unable to find user", errc::container_failed,
   "The image does not have the user it is to run as."},
  {"paused container", errc::conflict, "Unpause it first."},
};

constexpr rule container_rules[] = {
  {"is already in use by container", errc::conflict,
   "Another container has this name. Remove or rename it."},
  {"bind source path does not exist", errc::rejected,
   "Create the path on the engine's host, or correct the volume."},
  {"does not match the specified platform", errc::not_found,
   "Pull the image for the wanted platform."},
  {"no such image", errc::not_found,
   "Pull the image. It may have been pruned since."},
  {"does not support reading", errc::rejected,
   "The container's log driver keeps no log that can be read."},
};

constexpr rule network_rules[] = {
  {"address pool among the defaults", errc::rejected,
   "All addresses for networks are taken. Remove unused networks, or give the "
   "engine more default-address-pools."},
  {"is ambiguous", errc::conflict,
   "Several networks have this name. Remove all but one, by id."},
  {"has active endpoints", errc::conflict,
   "Disconnect the network's containers first."},
  {" is in use by ", errc::conflict, "Remove what uses the network first."},
  {"is a pre-defined network", errc::rejected},
  {"already exists in network", errc::conflict},
};

constexpr rule service_rules[] = {
  {"is not a swarm manager", errc::rejected,
   "Run docker swarm init on the engine's host, or name a manager as engine."},
  {"update out of sequence", errc::conflict,
   "Somebody else has changed the service meanwhile."},
  {"does not have a previous spec", errc::conflict},
  {"port '", errc::conflict, "Another service has the port.",
   " is already in use by service"},
};

constexpr rule general_rules[] = {
  {"client version ", errc::version_mismatch,
   "The engine was replaced by another release; the API version is negotiated "
   "again.",
   " is too new"},
  {"client version ", errc::version_mismatch,
   "The engine was replaced by another release; the API version is negotiated "
   "again.",
   " is too old"},
  {"page not found", errc::bad_reply, not_an_engine},
  {"HTTP request to an HTTPS server", errc::tls_failed,
   "The engine wants TLS. Configure its certificates and use https."},
  {"no space left on device", errc::peer_failed,
   "The engine's disk is full. Remove unused images and containers."},
};

const rule* find(std::span<const rule> rules, std::string_view message) {
  for (const auto& x : rules)
    if (contains_text(message, x.text) && contains_text(message, x.also))
      return &x;
  return nullptr;
}

/// The rules that apply to one kind of operation.
std::span<const rule> rules_of(std::string_view operation) {
  if (operation == operation::pull || operation == operation::find_digest
      || operation == operation::check_login)
    return pull_rules;
  if (operation == operation::start || operation == operation::restart)
    return start_rules;
  if (operation == operation::create_network
      || operation == operation::remove_network
      || operation == operation::list_networks
      || operation == operation::connect)
    return network_rules;
  if (operation == operation::create_service
      || operation == operation::update_service
      || operation == operation::scale_service
      || operation == operation::rollback_service
      || operation == operation::inspect_service
      || operation == operation::list_services
      || operation == operation::remove_service
      || operation == operation::list_tasks)
    return service_rules;
  return container_rules;
}

errc code_of_status(int status) {
  switch (status) {
    case 401:
      return errc::unauthorized;
    case 403:
      return errc::forbidden;
    case 404:
      return errc::not_found;
    case 409:
      return errc::conflict;
    case 429:
    case 503:
      return errc::busy;
    default:
      if (status >= 500)
        return errc::peer_failed;
      return status >= 400 ? errc::rejected : errc::bad_reply;
  }
}

verdict
judge(std::string_view operation, int status, std::string_view message) {
  if (const auto* x = find(rules_of(operation), message))
    return {x->code, x->hint};
  if (const auto* x = find(general_rules, message))
    return {x->code, x->hint};
  auto code = code_of_status(status);
  if (operation == operation::pull && code == errc::peer_failed)
    return {errc::pull_failed, {}};
  return {code, code == errc::bad_reply ? not_an_engine : ""};
}

/// The message of an error in the engine's own form, else empty.
std::string engine_message(const http_response& response) {
  if (!response.header("content-type").starts_with("application/json"))
    return {};
  json::document doc{response.body};
  return doc.root().text("message");
}

} // namespace

caf::error to_error(const http_response& response) {
  auto message = engine_message(response);
  auto is_engine = !message.empty();
  if (!is_engine)
    message = response.body.substr(0, 4 * max_reply_text);
  auto [code, hint] = judge(response.operation, response.status, message);
  // Any web server has a 404; only an engine's says that the object is gone.
  if (code == errc::not_found && !is_engine)
    std::tie(code, hint) = std::tuple{errc::bad_reply, not_an_engine};
  return make_failure(code, response, clean_text(message), std::string{hint});
}

caf::error
unreadable(const http_response& response, const json::document& doc) {
  return make_failure(doc.code(), response, clean_text(doc.problem()),
                      doc.code() == errc::bad_reply ? not_an_engine : "");
}

caf::error
pull_failure(const std::string& reference, std::string_view message) {
  // The status of a stream was 200, and so says nothing.
  auto [code, hint] = judge(operation::pull, 500, message);
  return make_exchange_failure(code, {.operation = std::string{operation::pull},
                                      .object = reference,
                                      .peer = engine_peer,
                                      .reply = clean_text(message),
                                      .hint = std::string{hint}});
}

} // namespace dw::docker
