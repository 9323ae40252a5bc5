#pragma once

#include "main/remote/server_address.hpp"
#include "messages/container.hpp"
#include "messages/deployment.hpp"
#include "messages/http.hpp"
#include "messages/journal.hpp"

#include <string>

// The requests of the server's API (docs/openapi.yaml). Pure.
//
// Specs have the project and the stage, and otherwise only what a command
// changes: an image, tag or digest that is empty, a timeout of 0 and a drain
// below 0 mean what the server's configuration says.

namespace dw::remote::requests {

/// Says where a request goes, and who we are there.
http_request address(http_request x, const server_address& server);

http_request list_stages();
http_request read_stage(const deploy_spec& spec);
http_request read_plan(const deploy_spec& spec);

/// The log of what serves a stage. Its lines are tagged. A stream.
http_request follow_log(const deploy_spec& spec, const read_logs& what);

http_request list_routes();
http_request find_route(const std::string& domain);

http_request list_deploys(const list_history& x);
http_request read_deploy(const std::string& id);

/// Asks for work. With the same key it can be asked for again, and is done
/// once.
http_request submit(const submit_work& work, const std::string& key);

http_request cancel_deploy(const std::string& id);

/// All events, from where `last_id` says, else from now on. A stream.
http_request follow_events(const std::string& last_id);

} // namespace dw::remote::requests
