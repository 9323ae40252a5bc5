#pragma once

#include "messages/container.hpp"
#include "messages/image.hpp"
#include "transports/json.hpp"

#include <caf/optional.hpp>

#include <map>
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

/// Reads the member "Env".
std::vector<env_entry> read_env(const json::value& x);

/// Writes the member "Env".
void write_env(json::writer& out, const std::vector<env_entry>& env);

/// Writes the member "Mounts". @param volumes As `container_spec::volumes`.
void write_mounts(json::writer& out, const std::vector<std::string>& volumes);

/// Writes the json-file log driver with its limits.
/// @param name,options What the members are called.
void write_log_config(json::writer& out, const container_spec& spec,
                      const char* name, const char* options);

/// The value of the parameter "filters" for objects that may carry all labels;
/// empty for any. An empty value matches any.
std::string label_filter(const std::map<std::string, std::string>& labels);

/// Whether all `wanted` are there, as `label_filter` means it.
bool has_labels(const std::map<std::string, std::string>& labels,
                const std::map<std::string, std::string>& wanted);

} // namespace dw::docker
