#pragma once

#include "actors/stage_state.hpp"
#include "messages/container.hpp"
#include "messages/deployment.hpp"
#include "messages/image.hpp"

#include <caf/optional.hpp>

#include <string>
#include <vector>

namespace dw {

/// One thing that a deploy would do.
struct planned_change {
  /// "pull", "create", "rename", "stop", "keep", "remove" or "update".
  std::string action;
  /// "image registry.example.com/shop:2", "container dw-shop-prod-2".
  std::string object;
  /// What changes, one "member: before -> after" each. Values of environment
  /// variables are never shown.
  std::vector<std::string> differences;

  friend bool operator==(const planned_change&, const planned_change&)
    = default;
};

/// What is known before a deploy.
struct plan_input {
  stage_state state;
  /// The serving container, inspected, or the environment of the service that
  /// serves; none if nothing serves.
  caf::optional<container_info> current;
  /// The image that the engine has under the wanted reference.
  caf::optional<image_info> local_image;
  /// What the tag points to at the registry; empty if it was not asked.
  std::string registry_digest;
  /// Why the registry does not tell, if it was asked and does not.
  std::string registry_reply;
  bool network_exists = false;
};

/// Whether only the registry knows which image a deploy of `spec` would run.
bool asks_registry(const deploy_spec& spec, const plan_input& input);

/// Works out what a deploy of `spec` would change. Pure.
std::vector<planned_change>
plan_deploy(const deploy_spec& spec, const plan_input& input);

} // namespace dw
