#pragma once

#include "main/logging.hpp"
#include "main/url.hpp"
#include "main/value_reader.hpp"
#include "messages/container.hpp"
#include "messages/deployment.hpp"
#include "messages/secret.hpp"
#include "transports/notification.hpp"
#include "transports/push_events.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace dw {

/// A kind of value that a key of the configuration can have.
template <class T>
struct value_kind {
  /// For the reference: "duration".
  std::string name;
  /// For problems: "a duration such as 30s, 2m or 1h30m".
  std::string expected;
  /// Reads `value` into `out`. Where `out` holds an inherited mapping, adds to
  /// it. @returns whether it succeeded; if not, problems were added.
  std::function<bool(value_reader& reader, const yaml_value& value, T& out)>
    read;
  /// A value as one would write it in the file; empty for "not set".
  std::function<std::string(const T&)> show;
};

// -- quantities ---------------------------------------------------------------

value_kind<bool> flag_kind();

/// Whole numbers from 0 on.
value_kind<int64_t> number_kind();

/// How many of something: 0 to 100.
value_kind<uint32_t> count_kind();

/// How many pieces of work a history keeps: 1 to 100,000.
value_kind<uint32_t> history_kind();

value_kind<uint16_t> port_kind();

value_kind<std::chrono::milliseconds>
duration_kind(std::chrono::milliseconds min, std::chrono::milliseconds max);

/// Whole seconds.
value_kind<std::chrono::seconds> seconds_kind(std::chrono::seconds max);

/// 0 or what the engine accepts as a limit.
value_kind<uint64_t> memory_kind();

value_kind<int64_t> cpus_kind();

// -- names and places ---------------------------------------------------------

/// Any text but an empty one.
value_kind<std::string>
text_kind(const std::string& name, const std::string& expected);

value_kind<std::string> image_kind();

value_kind<std::string> tag_kind();

value_kind<std::string> digest_kind();

value_kind<std::string> network_kind();

value_kind<std::string> restart_kind();

/// "1.40" to "1.52".
value_kind<std::string> api_version_kind();

/// A host name or an IP address.
value_kind<std::string> host_kind();

value_kind<std::string> ip_address_kind();

/// An absolute path of an HTTP request.
value_kind<std::string> request_path_kind();

/// An existing place of files; relative to the configuration.
value_kind<std::string> file_path_kind();

/// With a path, perhaps an empty one: "/".
value_kind<url> api_url_kind();

/// "http://HOST[:PORT]" or https.
value_kind<std::string> site_url_kind();

value_kind<forward_mode> forward_kind();

value_kind<pull_policy> pull_kind();

value_kind<deploy_target> target_kind();

value_kind<publish_mode> publish_kind();

value_kind<push_sender> push_sender_kind();

value_kind<notification_kind> notification_kind_kind();

/// Of an image: "registry.example.com:5000", "docker.io".
value_kind<std::string> registry_host_kind();

/// A pattern of tags, for fnmatch(3).
value_kind<std::string> tag_pattern_kind();

/// As `semver_range` has it.
value_kind<std::string> version_range_kind();

value_kind<drift_policy> drift_policy_kind();

value_kind<rollout_failure> rollout_failure_kind();

// -- secrets ------------------------------------------------------------------

value_kind<secret> secret_kind();

/// A URL for `parse_request_url`, which is never shown.
value_kind<secret> secret_url_kind();

// -- collections --------------------------------------------------------------

/// The words of a command.
value_kind<std::vector<std::string>> command_kind();

/// Names of nodes or groups; each once.
value_kind<std::vector<std::string>> node_names_kind();

/// Normalised; each once.
value_kind<std::vector<std::string>> domains_kind();

/// Where a server listens; each once.
value_kind<std::vector<std::string>> listeners_kind();

value_kind<log_level> log_level_kind();

value_kind<log_format> log_format_kind();

/// Names of `notification_event`; each once.
value_kind<std::vector<std::string>> notification_events_kind();

/// "PROJECT/STAGE"; each once.
value_kind<std::vector<std::string>> stage_names_kind();

/// "SOURCE:TARGET[:ro]"; each target once.
value_kind<std::vector<std::string>> volumes_kind();

/// Adds to inherited variables and replaces those of the same name.
value_kind<std::vector<env_entry>> env_kind();

/// Adds to inherited labels and replaces those of the same name.
value_kind<std::map<std::string, std::string>> labels_kind();

} // namespace dw
