#pragma once

#include "messages/interfaces.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>

namespace dw::fuzz {

/// An actor system that knows our types, and has no connections.
inline caf::actor_system& message_system() {
  struct config : caf::actor_system_config {
    config() {
      dw::add_message_types(*this);
      set("scheduler.max-threads", 1);
    }
  };
  static config cfg;
  // Never destroyed: at exit CAF's own objects are gone before.
  static auto& sys = *new caf::actor_system{cfg};
  return sys;
}

} // namespace dw::fuzz
