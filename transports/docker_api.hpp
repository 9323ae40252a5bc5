#pragma once

#include "messages/container.hpp"
#include "messages/engine.hpp"
#include "messages/export.hpp"
#include "messages/http.hpp"
#include "messages/image.hpp"
#include "messages/network.hpp"

#include <caf/error.hpp>
#include <caf/expected.hpp>

#include <map>
#include <string>
#include <vector>

// The Docker Engine API as pure functions: a request is built from arguments,
// a result is parsed from a response. Nothing here touches a socket, a clock or
// an actor, and everything may be called from any thread.
//
// Requests carry targets without the version ("/containers/json"); the engine
// gateway prefixes "/v1.NN" and fills in `origin`. `operation`, `object`,
// `peer` and the default deadlines are set here.
//
// Arguments are checked before they get into a path: the engine's router sees
// the decoded path, so percent-encoding is no defence, and ids resolve by
// prefix. A builder that is handed a bad name or id answers with
// `errc::invalid_argument`.
//
// Every parser turns an error answer into an error whose context holds the
// operation, the object, the status and the engine's message. Facts were
// measured on API 1.41 (engine 20.10); where later versions differ it says so.

namespace DW_EXPORT dw {
namespace docker {

/// The API versions we speak. Inclusive.
constexpr int min_api_minor = 40;
constexpr int max_api_minor = 52;

// -- engine -------------------------------------------------------------------

/// `GET /_ping`, unversioned. GET and not HEAD, for its body tells an engine
/// from any other server.
http_request ping();

/// Reads `max_api_version` and chooses `api_version`: the smaller of the
/// engine's newest and ours. `errc::version_mismatch` if that is below ours.
caf::expected<engine_info> parse_ping(const http_response& response);

/// `GET /version`.
http_request version();

/// Reads `release`, `os`, `arch` and `max_api_version`.
caf::expected<engine_info> parse_version(const http_response& response);

// -- images -------------------------------------------------------------------

/// `POST /images/create`. Always names a tag or a digest: without one the
/// engine would pull every tag. The answer is a stream: see pull_decoder.
/// @param credentials Sent as X-Registry-Auth if given; must belong to the
///                    reference's registry.
caf::expected<http_request>
pull(const std::string& reference, const std::string& platform,
     const caf::optional<registry_credentials>& credentials);

/// The value of X-Registry-Auth: url-safe, padded base64 of a JSON object. Any
/// other encoding is ignored by the engine, which then pulls anonymously.
/// @param registry The registry's host, "docker.io" for Docker Hub.
secret encode_registry_auth(const registry_credentials& credentials,
                            const std::string& registry);

/// `POST /auth`: the engine tries a login at its registry.
/// @param registry As for `encode_registry_auth`.
http_request check_login(const registry_credentials& credentials,
                         const std::string& registry);

/// The identity token to be used instead of the password; usually empty.
/// `errc::unauthorized` if the registry refuses the login.
caf::expected<secret> parse_login(const http_response& response);

/// `GET /images/{reference}/json`.
caf::expected<http_request> inspect_image(const std::string& reference);

caf::expected<image_info> parse_image(const http_response& response);

/// `DELETE /images/{reference}?noprune=1`, without force, so that images that
/// it was built from stay. By an id the engine removes the image with its
/// names, unless it has several tags or is of several repositories; by a name
/// it takes that away, and the image with its last one. By either it answers
/// 409 if a container, running or not, would lose the image.
/// @param reference A reference with a tag or digest, or an image id.
caf::expected<http_request> remove_image(const std::string& reference);

/// The digest that an image has by the name of `repository`; empty if it did
/// not come from there. By other names it may have others.
std::string digest_of(const image_info& image, const std::string& repository);

/// `GET /distribution/{reference}/json`: the engine asks the registry.
/// @param credentials As for `pull`.
caf::expected<http_request>
find_digest(const std::string& reference,
            const caf::optional<registry_credentials>& credentials);

caf::expected<found_digest> parse_digest(const http_response& response);

// -- containers ---------------------------------------------------------------

/// `POST /containers/create?name=N`.
caf::expected<http_request> create_container(const container_spec& spec);

caf::expected<container_created>
parse_container_created(const http_response& response);

/// `POST /containers/{id}/start`; 304 is success.
caf::expected<http_request> start_container(const std::string& id);

/// `POST /containers/{id}/stop?t=S`; 304 is success. The total deadline is the
/// grace period and a minute.
caf::expected<http_request>
stop_container(const std::string& id, std::chrono::seconds grace);

/// `POST /containers/{id}/restart?t=S`.
caf::expected<http_request>
restart_container(const std::string& id, std::chrono::seconds grace);

/// `DELETE /containers/{id}?v=1[&force=1]`; 404 "No such container" is success.
caf::expected<http_request> remove_container(const std::string& id, bool force);

/// Whether the answer to a removal is the 409 "already in progress" of one that
/// somebody else began, or that the engine makes by itself. The container keeps
/// its name until that is over, see `await_removal`.
bool is_being_removed(const http_response& response);

/// `POST /containers/{id}/wait?condition=removed`, which ends when the name is
/// free; 404 "No such container" is success.
caf::expected<http_request> await_removal(const std::string& id);

/// `POST /containers/{id}/update` of the restart policy alone, which takes
/// effect at once.
/// @param policy As `container_spec::restart_policy`.
caf::expected<http_request>
set_restart_policy(const std::string& id, const std::string& policy);

/// `POST /containers/{id}/rename?name=N`; the 400 of one that has the name
/// already is success.
caf::expected<http_request>
rename_container(const std::string& id, const std::string& name);

/// `GET /containers/{id}/json`. @param id An id or an exact name.
caf::expected<http_request> inspect_container(const std::string& id);

caf::expected<container_info> parse_container(const http_response& response);

/// The TCP port's binding in `info`, an IPv4 one first. Fails as `inspect_port`
/// says. Ports of a container that does not run are stale and not read.
caf::expected<port_binding>
find_port(const container_info& info, uint16_t container_port);

/// `GET /containers/json?all=1` with label filters.
http_request list_containers(const std::map<std::string, std::string>& labels);

/// Drops entries that do not carry all `labels`: the engine's filter cannot be
/// leaned on for keys that contain '='.
caf::expected<std::vector<container_summary>>
parse_container_list(const http_response& response,
                     const std::map<std::string, std::string>& labels);

/// `POST /containers/{id}/wait?condition=not-running`. No total deadline.
caf::expected<http_request> wait_container(const std::string& id);

caf::expected<container_exit>
parse_container_exit(const http_response& response);

/// `GET /containers/{id}/logs` of both streams, or `GET /services/{id}/logs`
/// for the id of a service, whose stream is framed as without a terminal. The
/// answer is a stream: see
/// log_decoder. @param tail Negative for all.
caf::expected<http_request>
logs(const std::string& id, int64_t tail, bool follow, bool timestamps);

/// Whether an answer without content of its own (start, stop, restart, remove,
/// await removal, rename, connect, remove network, remove image) means success
/// for the operation that asked, which it knows by `response.operation`.
caf::error check_done(const http_response& response);

// -- networks -----------------------------------------------------------------

/// `GET /networks` with a name filter, which matches substrings.
caf::expected<http_request> list_networks(const std::string& name);

/// Keeps only networks with exactly that name, the oldest first.
caf::expected<std::vector<network_info>>
parse_network_list(const http_response& response, const std::string& name);

/// `POST /networks/create` of a bridge network, or of an overlay that
/// containers may join as well as services.
caf::expected<http_request>
create_network(const std::string& name, bool overlay = false);

/// The new network's id.
caf::expected<std::string> parse_network_created(const http_response& response);

/// `DELETE /networks/{id}`; 404 is success. By id only: names may be ambiguous.
caf::expected<http_request> remove_network(const std::string& id);

/// `POST /networks/{id}/connect`; the 403 "already exists in network" is
/// success.
caf::expected<http_request>
connect_network(const std::string& network, const std::string& container,
                const std::vector<std::string>& aliases);

// -- events -------------------------------------------------------------------

/// `GET /events`, filtered to the container events of `engine_event_kind` and
/// to containers that carry our project label. A stream: see event_decoder.
/// @param since_ns Replay from there on (the engine keeps 256 events in
///                 memory); 0 for none.
http_request events(int64_t since_ns);

// -- errors -------------------------------------------------------------------

/// The error of an answer that is not a success: maps the status, and the
/// message where the status alone misleads (a pull without credentials is a
/// 500), to a code, and adds a hint.
caf::error to_error(const http_response& response);

} // namespace docker
} // namespace dw
