#pragma once

#include "messages/call.hpp"
#include "messages/export.hpp"
#include "messages/secret.hpp"

#include <caf/optional.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace DW_EXPORT dw {

/// A login at a registry.
struct registry_credentials {
  std::string username;
  secret password;
  /// An OAuth refresh token instead of a password, as credential helpers give.
  secret identity_token;

  friend bool
  operator==(const registry_credentials&, const registry_credentials&)
    = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, registry_credentials& x) {
  return f(caf::meta::type_name("dw.registry_credentials"), x.username,
           x.password, x.identity_token);
}

/// Asks which login belongs to a registry.
struct find_credentials {
  call options;
  /// The host as in `image_reference::registry`: "docker.io" for Docker Hub.
  std::string registry;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, find_credentials& x) {
  return f(caf::meta::type_name("dw.find_credentials"), x.options, x.registry);
}

struct found_credentials {
  /// None if there is no login: the registry is to be asked without.
  caf::optional<registry_credentials> credentials;
  /// Where they come from, for people: "the configuration", a file's path, or
  /// the name of a helper program. Empty if there are none.
  std::string source;

  friend bool operator==(const found_credentials&, const found_credentials&)
    = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, found_credentials& x) {
  return f(caf::meta::type_name("dw.found_credentials"), x.credentials,
           x.source);
}

/// A container health check, by the engine's rules: zero durations and retries
/// inherit the image's value.
struct health_check {
  /// `{"CMD", ..}`, `{"CMD-SHELL", ".."}`, or `{"NONE"}` to switch it off.
  std::vector<std::string> test;
  std::chrono::nanoseconds interval{0};
  std::chrono::nanoseconds timeout{0};
  std::chrono::nanoseconds start_period{0};
  /// Between probes within the start period; since API 1.44.
  std::chrono::nanoseconds start_interval{0};
  int64_t retries = 0;

  friend bool operator==(const health_check&, const health_check&) = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, health_check& x) {
  return f(caf::meta::type_name("dw.health_check"), x.test, x.interval,
           x.timeout, x.start_period, x.start_interval, x.retries);
}

/// What the engine knows of an image.
struct image_info {
  /// "sha256:" and 64 hex digits.
  std::string id;
  /// "name:tag" for each tag that it has here.
  std::vector<std::string> repo_tags;
  /// "name@sha256:.." for each registry name it came from.
  std::vector<std::string> repo_digests;
  /// "8080/tcp", sorted.
  std::vector<std::string> exposed_ports;
  /// None where the image has none, or has `{"NONE"}`.
  caf::optional<health_check> healthcheck;
  std::map<std::string, std::string> labels;
  /// "NAME=value" entries.
  std::vector<std::string> env;
  uint64_t size = 0;

  friend bool operator==(const image_info&, const image_info&) = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, image_info& x) {
  return f(caf::meta::type_name("dw.image_info"), x.id, x.repo_tags,
           x.repo_digests, x.exposed_ports, x.healthcheck, x.labels, x.env,
           x.size);
}

/// Pulls an image, then inspects it.
struct pull_image {
  call options;
  /// With a tag or digest; a reference without one means ":latest".
  std::string reference;
  /// "os/arch[/variant]", empty for the engine's own.
  std::string platform;
  /// Instead of those the puller would choose by the registry's host.
  caf::optional<registry_credentials> credentials;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, pull_image& x) {
  return f(caf::meta::type_name("dw.pull_image"), x.options, x.reference,
           x.platform, x.credentials);
}

/// Reads what the engine knows of a local image.
struct inspect_image {
  call options;
  /// A reference or an image id.
  std::string reference;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, inspect_image& x) {
  return f(caf::meta::type_name("dw.inspect_image"), x.options, x.reference);
}

/// Removes a local image, or one of its names if it has several.
struct remove_image {
  call options;
  /// A reference: `errc::conflict` if it is the last name of an image that a
  /// container uses. Or an image id: the same if a container uses the image, or
  /// more than one tag or repository names it.
  std::string reference;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, remove_image& x) {
  return f(caf::meta::type_name("dw.remove_image"), x.options, x.reference);
}

/// Asks an image's registry, by way of the engine, what a tag points to now.
/// Nothing is pulled.
struct find_digest {
  call options;
  /// With a tag or digest; a reference without one means ":latest".
  std::string reference;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, find_digest& x) {
  return f(caf::meta::type_name("dw.find_digest"), x.options, x.reference);
}

struct found_digest {
  /// "sha256:.."
  std::string digest;

  friend bool operator==(const found_digest&, const found_digest&) = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, found_digest& x) {
  return f(caf::meta::type_name("dw.found_digest"), x.digest);
}

/// How far a pull is. Totals grow while layers announce themselves.
struct pull_progress {
  std::string reference;
  uint32_t layers_done = 0;
  uint32_t layers_total = 0;
  uint64_t bytes_done = 0;
  uint64_t bytes_total = 0;
  /// The engine's last word, such as "Retrying in 5 seconds".
  std::string status;

  friend bool operator==(const pull_progress&, const pull_progress&) = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, pull_progress& x) {
  return f(caf::meta::type_name("dw.pull_progress"), x.reference, x.layers_done,
           x.layers_total, x.bytes_done, x.bytes_total, x.status);
}

} // namespace dw
