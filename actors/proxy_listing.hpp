#pragma once

#include "actors/proxy_exchange.hpp"

// Part of the PROXY REGISTRAR: listings, shared by all who wait for one. A
// listing is of all hosts, so that its cost grows with their number: however
// many ask, at most one is under way, and a tenth of the time is spent on them.

namespace dw {

/// Calls `next` when `directory` is from a listing that began after now, or
/// with the error of that listing.
/// @param number The call. Nothing happens if it has ended.
void list_hosts_anew(proxy_registrar_pointer self, uint64_t number,
                     std::function<void(caf::error)> next);

/// Whether the directory may be believed until NPM says otherwise, which also
/// means that NPM has just accepted our token.
bool knows_hosts(proxy_registrar_pointer self);

} // namespace dw
