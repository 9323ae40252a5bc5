#include "messages/deployment.hpp"

#include "messages/enum_name.hpp"

#include <array>

namespace dw {

namespace {

constexpr std::array<std::string_view, 2> forward_names{"host-port", "network"};

constexpr std::array<std::string_view, 2> target_names{"container", "swarm"};

constexpr std::array<std::string_view, 3> pull_names{
  "always",
  "missing",
  "never",
};

constexpr std::array<std::string_view, 3> drift_names{
  "repair",
  "report",
  "off",
};

constexpr std::array<std::string_view, 13> phase_names{
  "queued",   "pulling", "preparing", "creating", "starting",
  "gating",   "routing", "verifying", "soaking",  "draining",
  "retiring", "undoing", "finished",
};

static_assert(phase_names.size() == static_cast<size_t>(last_deploy_phase) + 1);

constexpr std::array<std::string_view, 4> outcome_names{
  "deployed",
  "failed",
  "cancelled",
  "unknown",
};

constexpr std::array<std::string_view, 2> rollout_failure_names{"undo", "keep"};

constexpr std::array<std::string_view, 8> action_names{
  "deploy",  "rollback", "start",  "stop",
  "restart", "remove",   "retire", "repair",
};

} // namespace

std::string to_string(forward_mode x) {
  return enum_name(forward_names, x);
}

std::string to_string(deploy_target x) {
  return enum_name(target_names, x);
}

std::string to_string(pull_policy x) {
  return enum_name(pull_names, x);
}

std::string to_string(rollout_failure x) {
  return enum_name(rollout_failure_names, x);
}

std::string to_string(drift_policy x) {
  return enum_name(drift_names, x);
}

stage_key key_of(const deploy_spec& spec) {
  return {spec.project, spec.stage};
}

std::string wanted_image(const deploy_spec& spec) {
  return spec.digest.empty() ? spec.image + ":" + spec.tag
                             : spec.image + "@" + spec.digest;
}

std::string to_string(deploy_phase x) {
  return enum_name(phase_names, x);
}

std::string to_string(deploy_outcome x) {
  return enum_name(outcome_names, x);
}

std::string to_string(stage_action x) {
  return enum_name(action_names, x);
}

} // namespace dw
