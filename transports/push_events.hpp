#pragma once

#include "messages/push.hpp"
#include "messages/secret.hpp"
#include "transports/server_request.hpp"

#include <caf/expected.hpp>

#include <cstdint>
#include <string>
#include <vector>

// What registries send when an image is pushed. Pure functions, which may be
// called from any thread.

namespace dw {

/// Who sends, and so in which form.
enum class push_sender : uint8_t {
  /// The notifications of the CNCF's registry, "distribution".
  registry,
  dockerhub,
  /// The event "package", or its former name "registry_package".
  github,
  /// The event "package".
  gitea,
};

constexpr auto last_push_sender = push_sender::gitea;

std::string to_string(push_sender x);

/// Images that one request can tell of.
constexpr size_t max_pushed_images = 100;

/// Whether a request proves that its sender knows the secret: GitHub and Gitea
/// by the signature of the body, a registry by `Authorization: Bearer SECRET`,
/// Docker Hub, which can do neither, by the parameter "secret" of the query.
bool is_authentic(push_sender from, const server_request& request,
                  const secret& key);

/// The tagged images that a request says were pushed; none if it is about
/// something else. `errc::bad_reply` if it is not what the sender sends,
/// `errc::too_large` if it tells of too many.
/// @param registry The host as stages' images have it, where the sender knows
///                 itself by another name; empty for what it says.
caf::expected<std::vector<pushed_image>>
read_pushed_images(push_sender from, const server_request& request,
                   const std::string& registry = {});

} // namespace dw
