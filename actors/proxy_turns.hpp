#pragma once

#include "actors/proxy_registrar.hpp"

#include <cstdint>
#include <functional>

// Part of the PROXY REGISTRAR: mutations take turns, among themselves and with
// those of other processes.

namespace dw {

/// To be called once, before any other.
void open_turns(proxy_registrar_pointer self);

/// Calls `start` when it is the turn of a call, unless it has ended by then.
void await_turn(proxy_registrar_pointer self, uint64_t number,
                std::function<void()> start);

/// Gives the next one a turn, if it is the turn of this call.
void leave_turn(proxy_registrar_pointer self, uint64_t number);

/// The same as `await_turn`, before all who have not had a turn yet: for a call
/// that left a mutation half done.
void resume_turn(proxy_registrar_pointer self, uint64_t number,
                 std::function<void()> start);

} // namespace dw
