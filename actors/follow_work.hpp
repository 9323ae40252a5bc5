#pragma once

#include "messages/interfaces.hpp"

#include <caf/error.hpp>

namespace dw {

/// Has an actor told of all work that a supervisor has done, from now on and
/// for as long as the actor lives.
/// @param self A listener.
/// @param source A DEPLOY SUPERVISOR, or what takes listeners like one.
template <class Self, class Source>
void follow_work(Self* self, const Source& source) {
  self->request(source, caf::infinite, deploy_listener_actor{self})
    .then([](const done&) {},
          [](const caf::error&) {
            // nop: whoever has ended has nothing to tell
          });
}

} // namespace dw
