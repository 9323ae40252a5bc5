#pragma once

#include "messages/export.hpp"

#include <caf/expected.hpp>

#include <string>

namespace DW_EXPORT dw {

/// An image reference taken apart by Docker's rules (docker API, section 3).
struct image_reference {
  /// The registry's host with its port, "docker.io" for Docker Hub.
  std::string registry;
  /// "library/nginx", "team/app".
  std::string repository;
  /// The name as the engine writes it: without "docker.io/" and "library/".
  std::string name;
  /// Empty if there is none.
  std::string tag;
  /// "sha256:..", empty if there is none.
  std::string digest;

  friend bool operator==(const image_reference&, const image_reference&)
    = default;
};

/// Takes a reference apart. `errc::invalid_argument` says what is wrong with
/// it.
caf::expected<image_reference> parse_image_reference(const std::string& text);

/// Whether an image could come from `host`: "registry.example.com:5000",
/// "docker.io".
bool is_registry_host(const std::string& host);

/// `name[:tag][@digest]`, with ":latest" if there is neither.
std::string to_string(const image_reference& x);

/// Whether `tag` is one: `[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}`.
bool is_image_tag(const std::string& tag);

/// Whether `digest` is "sha256:" and 64 lower-case hex digits.
bool is_image_digest(const std::string& digest);

} // namespace dw
