#pragma once

#include "messages/http.hpp"
#include "transports/docker_api.hpp"
#include "transports/json.hpp"

#include <caf/error.hpp>

#include <chrono>
#include <string>
#include <string_view>

// Private to the docker_*.cpp: what all request builders and response parsers
// have in common.

namespace dw::docker {

constexpr auto engine_peer = "Docker Engine";

/// What is attempted, as errors say it: "could not {operation} {object}". The
/// parsers also tell by it what an answer means.
namespace operation {

constexpr std::string_view ping = "ping the engine";
constexpr std::string_view version = "ask for the engine's version";
constexpr std::string_view pull = "pull image";
constexpr std::string_view check_login = "log in to";
constexpr std::string_view inspect_image = "inspect image";
constexpr std::string_view remove_image = "remove image";
constexpr std::string_view find_digest = "look up image";
constexpr std::string_view create = "create container";
constexpr std::string_view start = "start container";
constexpr std::string_view stop = "stop container";
constexpr std::string_view restart = "restart container";
constexpr std::string_view remove = "remove container";
constexpr std::string_view await_removal = "wait for the removal of container";
constexpr std::string_view rename = "rename container";
constexpr std::string_view set_restart_policy
  = "change the restart policy of container";
constexpr std::string_view inspect = "inspect container";
constexpr std::string_view find_port = "find the published port of container";
constexpr std::string_view list = "list containers";
constexpr std::string_view wait = "wait for container";
constexpr std::string_view logs = "read the log of container";
constexpr std::string_view list_networks = "look for network";
constexpr std::string_view create_network = "create network";
constexpr std::string_view remove_network = "remove network";
constexpr std::string_view connect = "connect to network";
constexpr std::string_view inspect_swarm = "ask for the engine's swarm";
constexpr std::string_view create_service = "create service";
constexpr std::string_view update_service = "update service";
constexpr std::string_view scale_service = "scale service";
constexpr std::string_view rollback_service = "roll back service";
constexpr std::string_view inspect_service = "inspect service";
constexpr std::string_view list_services = "list services";
constexpr std::string_view remove_service = "remove service";
constexpr std::string_view list_tasks = "list the tasks of service";
constexpr std::string_view events = "subscribe to the engine's events";

} // namespace operation

// -- deadlines ----------------------------------------------------------------

constexpr std::chrono::seconds ping_time{3};
constexpr std::chrono::seconds query_time{15};
constexpr std::chrono::seconds change_time{60};
constexpr std::chrono::seconds start_time{120};

/// The longest grace period that is taken, which is a day.
constexpr std::chrono::seconds max_grace{86'400};

/// Until the first byte, then for as long as it takes.
http_deadlines endless(std::chrono::milliseconds first_byte);

// -- requests -----------------------------------------------------------------

/// @param target Encoded path and query.
/// @param total The deadline of the whole exchange.
http_request
make_request(std::string_view operation, std::string object, http_method method,
             std::string target, std::chrono::milliseconds total);

/// Makes `json` the body.
void set_body(http_request& request, const json::writer& json);

/// `errc::invalid_argument`. @param problem What is wrong, as a sentence.
caf::error bad_argument(std::string_view operation, std::string_view object,
                        std::string problem);

// -- arguments ----------------------------------------------------------------

/// 64 lower-case hex digits.
bool is_full_id(std::string_view text);

/// A name that the engine can only take for a name: 2 to 128 characters of its
/// alphabet, and not something that could be the beginning of an id.
bool is_container_name(std::string_view text);

/// An id or name of a network; names are restricted like those of containers,
/// but may be of one character.
bool is_network(std::string_view text);

/// The alphabet of most names: letters, digits, and after the first character
/// dots, dashes and underscores.
bool is_name(std::string_view text, size_t min, size_t max);

/// A name by which a container is found on a network.
bool is_alias(std::string_view text);

/// None if `id` is a full id.
caf::error check_id(std::string_view operation, std::string_view id);

/// None if `grace` is from 0 to `max_grace`.
caf::error check_grace(std::string_view operation, std::string_view id,
                       std::chrono::seconds grace);

// -- answers ------------------------------------------------------------------

/// `errc::bad_reply`, or what `doc` found.
caf::error unreadable(const http_response& response, const json::document& doc);

/// The error of a pull for a message in its stream.
caf::error pull_failure(const std::string& reference, std::string_view message);

} // namespace dw::docker
