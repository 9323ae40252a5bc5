#pragma once

#include "messages/container.hpp"
#include "messages/image.hpp"
#include "transports/json.hpp"

#include <caf/optional.hpp>

#include <string>
#include <vector>

// Private to the docker_*.cpp: what occurs in several of the engine's
// requests and answers.

namespace dw::docker {

/// `unknown` for a word that the engine did not use so far.
container_state to_container_state(const std::string& text);

/// The engine writes names as "/name".
std::string without_slash(std::string name);

bool is_ipv6(const port_binding& x);

/// By container port, IPv4 first: the engine's order means nothing.
void sort_ports(std::vector<port_binding>& ports);

/// None for null, and for a check that is switched off.
caf::optional<health_check> read_health_check(const json::value& x);

/// Writes only what differs from the image's check.
void write_health_check(json::writer& out, const health_check& x);

} // namespace dw::docker
