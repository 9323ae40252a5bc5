#pragma once

#include "actors/deploy_plan.hpp"
#include "actors/stage_state.hpp"
#include "messages/deployment.hpp"
#include "messages/http.hpp"
#include "messages/journal.hpp"
#include "messages/proxy.hpp"

#include <caf/error.hpp>
#include <caf/expected.hpp>

#include <string>
#include <vector>

// The answers of the server's API (docs/openapi.yaml): what `to_json` and its
// like have written, read back. Pure. What is no such answer is
// `errc::bad_reply`; an answer that is a problem document is the error that it
// tells of.

namespace dw::remote {

/// The error that an answer tells of, whatever its status.
caf::error to_error(const http_response& response);

/// An error of the connection, with what can be done about it.
caf::error explain(const caf::error& err);

/// The stages of the server's configuration, as `requests.hpp` has specs.
caf::expected<std::vector<deploy_spec>>
parse_stages(const http_response& response);

/// One state, or one for each node of the stage that has something to tell.
caf::expected<std::vector<stage_state>>
parse_stage(const http_response& response);

caf::expected<std::vector<planned_change>>
parse_plan(const http_response& response);

caf::expected<std::vector<proxy_host>>
parse_routes(const http_response& response);

caf::expected<std::vector<work_record>>
parse_deploys(const http_response& response);

caf::expected<work_record> parse_deploy(const http_response& response);

/// The id of work that was accepted.
caf::expected<std::string> parse_accepted(const http_response& response);

// -- events -------------------------------------------------------------------

/// @param data Of an `event`.
caf::expected<deploy_event> parse_event(std::string data);

/// @param data Of a `report`.
caf::expected<deploy_report> parse_report(std::string data);

} // namespace dw::remote
