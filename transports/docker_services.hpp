#pragma once

#include "messages/export.hpp"
#include "messages/http.hpp"
#include "messages/image.hpp"
#include "messages/service.hpp"

#include <caf/expected.hpp>
#include <caf/optional.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

// The part of the Docker Engine API that is about Docker Swarm, by the same
// rules as docker_api.hpp. Only a manager of a swarm answers it; any other
// engine says 503.

namespace DW_EXPORT dw {
namespace docker {

/// `GET /info`, of which only the part on the swarm is read.
http_request inspect_swarm();

caf::expected<swarm_info> parse_swarm(const http_response& response);

/// `POST /services/create`. The service gets its image by digest where
/// `spec.task.image` has one: the engine resolves no tags.
/// @param credentials Sent as X-Registry-Auth if given, for the nodes to pull
///                    with; must belong to the image's registry.
caf::expected<http_request>
create_service(const service_spec& spec,
               const caf::optional<registry_credentials>& credentials);

caf::expected<service_created>
parse_service_created(const http_response& response);

/// `POST /services/{id}/update?version=N`, which replaces the whole spec.
caf::expected<http_request>
update_service(const std::string& id, uint64_t version,
               const service_spec& spec,
               const caf::optional<registry_credentials>& credentials);

/// The same with the spec that the service has, but for the replicas.
/// @param inspected The answer to `inspect_service`.
caf::expected<http_request>
scale_service(const http_response& inspected, uint32_t replicas);

/// `POST /services/{id}/update?version=N&rollback=previous`. The engine wants a
/// spec with it, and does not look at it.
/// @param inspected The answer to `inspect_service`.
caf::expected<http_request> rollback_service(const http_response& inspected);

/// `GET /services/{id}`. @param id An id or an exact name.
caf::expected<http_request> inspect_service(const std::string& id);

caf::expected<service_info> parse_service(const http_response& response);

/// `GET /services?status=true` with label filters.
http_request list_services(const std::map<std::string, std::string>& labels);

/// Drops entries that do not carry all `labels`, as `parse_container_list`.
caf::expected<std::vector<service_info>>
parse_service_list(const http_response& response,
                   const std::map<std::string, std::string>& labels);

/// `DELETE /services/{id}`; 404 is success for `check_done`.
caf::expected<http_request> remove_service(const std::string& id);

/// `GET /tasks` of one service; 404 once it is gone.
caf::expected<http_request> list_tasks(const std::string& service);

caf::expected<std::vector<service_task>>
parse_task_list(const http_response& response);

} // namespace docker
} // namespace dw
