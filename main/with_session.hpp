#pragma once

#include "main/commands.hpp"
#include "main/remote/reading.hpp"
#include "main/session.hpp"

namespace dw {

/// Calls `f(running)` with whoever does the work: the session with a server, or
/// one of this process. For both there are the same functions to read with,
/// `supervisor()` and `system()`.
template <class F>
auto with_session(const command_context& x, F f) {
  if (x.server != nullptr)
    return f(*x.server);
  session running{x.config};
  return f(running);
}

} // namespace dw
