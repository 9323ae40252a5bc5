#pragma once

#include "actors/proxy_exchange.hpp"

// Part of the PROXY REGISTRAR: routes, which may consist of several hosts.

namespace dw {

/// Makes a route what it should be; on failure undoes what was done.
void apply_route(proxy_registrar_pointer self, uint64_t number,
                 const set_route& what, continuation<route_result> next);

/// Undoes changes, the last one first. What is undone already is left alone.
/// Tries all of them and fails with the first error.
void revert_changes(proxy_registrar_pointer self, uint64_t number,
                    std::vector<route_change> changes, continuation<done> next);

} // namespace dw
