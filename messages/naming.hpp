#pragma once

#include "messages/export.hpp"

#include <string>
#include <string_view>

// The names that we put on the things we make. They are a contract: other
// programs and former versions of us rely on them.

namespace DW_EXPORT dw {

namespace label {

constexpr auto project = "docker-watcher.project";
constexpr auto stage = "docker-watcher.stage";
constexpr auto instance_id = "docker-watcher.instance-id";
/// The tag that was deployed.
constexpr auto tag = "docker-watcher.tag";
/// The spec that was deployed, as JSON without the environment; see
/// actors/stage_record.hpp.
constexpr auto record = "docker-watcher.record";

} // namespace label

/// The longest container name that is also a DNS label.
constexpr size_t max_container_name = 63;

/// "dw-{project}-{stage}-{tag}": a DNS label, the same for the same arguments.
/// Where the tag had to be changed or cut to be one, a digest of it is appended
/// so that two tags never share a name. Never parse it back: read the labels.
std::string container_name(std::string_view project, std::string_view stage,
                           std::string_view tag);

/// A new random instance id: 12 lower-case hex digits.
std::string make_instance_id();

/// The name under which exactly one instance is found on its network for as
/// long as it lives, also when it is renamed.
std::string
instance_alias(std::string_view container_name, std::string_view instance_id);

/// The name an instance gets when a newer one of the same tag takes its place.
std::string
replaced_name(std::string_view container_name, std::string_view instance_id);

/// Whether `text` can be a project's or stage's name: lower-case letters,
/// digits and inner hyphens, 1 to 24 of them.
bool is_stage_name(std::string_view text);

} // namespace dw
