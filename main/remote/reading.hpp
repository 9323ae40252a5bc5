#pragma once

#include "main/remote/session.hpp"
#include "messages/interfaces.hpp"

#include <caf/expected.hpp>

#include <string>
#include <vector>

// What commands read, asked of a server: the counterparts of stage_reader.hpp,
// plan_reader.hpp, proxy_reader.hpp and log_reader.hpp. All block.

namespace dw::remote {

/// The stages of the server's configuration, as `requests.hpp` has specs.
caf::expected<std::vector<deploy_spec>>
read_configured_stages(session& running);

caf::expected<std::vector<std::vector<stage_state>>>
read_stages(session& running, const std::vector<deploy_spec>& specs);

caf::expected<std::vector<planned_change>>
read_plan(session& running, const deploy_spec& spec);

caf::expected<std::vector<proxy_host>> list_hosts(session& running);

caf::expected<proxy_host>
find_host(session& running, const std::string& domain);

/// Lines that the server had to drop are told as a line of standard error.
caf::expected<done>
read_log(session& running, const deploy_spec& spec, const read_logs& what,
         const log_listener_actor& listener);

/// The latest work, newest first.
caf::expected<std::vector<work_record>>
read_history(session& running, const list_history& x);

/// `errc::not_found` if there is no work of that id.
caf::expected<work_record> read_record(session& running, const std::string& id);

} // namespace dw::remote
