#pragma once

#include "bench/sim/conditions.hpp"
#include "bench/sim/http_server.hpp"

namespace dw::sim {

/// Answers a request that controls faults: `POST /_sim/faults` and
/// `POST /_sim/release`. @returns false if it is another one.
bool control_faults(conditions& weather, const connection_ptr& to,
                    const request& x);

/// The headers of answers to what controls a simulator.
constexpr auto control_headers = "Content-Type: application/json\r\n";

/// Answers 400.
void refuse_control(const connection_ptr& to, std::string_view why);

} // namespace dw::sim
