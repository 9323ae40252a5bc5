#pragma once

#include "messages/export.hpp"
#include "messages/interfaces.hpp"

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/typed_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <chrono>

namespace DW_EXPORT dw {

/// Has a NODE EAR log in.
struct enter_node {
  node_gateway_actor gateway;
  node_login login;
  std::chrono::milliseconds timeout{0};
};

} // namespace dw

// Cannot come from another machine.
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(dw::enter_node)

namespace DW_EXPORT dw {

/// A NODE EAR: what a node knows of its controller.
using node_ear_actor = deploy_listener_actor::extend_with<
  caf::typed_actor<caf::replies_to<enter_node>::with<node_welcome>>>;

/// Hands on to a NODE LINK what the node tells, and ends with it. It logs in,
/// too: a pass is good for as long as whoever has asked for it lives.
/// @param link Is told.
node_ear_actor::behavior_type
node_ear(node_ear_actor::pointer self, deploy_listener_actor link);

} // namespace dw
