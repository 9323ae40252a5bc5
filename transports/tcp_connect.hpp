#pragma once

#include <caf/expected.hpp>

#include <chrono>
#include <cstdint>
#include <string>

namespace dw {

/// Connects to the first address of a host that accepts it; blocks, but not for
/// longer than `patience`, also when neither the network nor a name server
/// answers. From any thread.
/// @param host Name or IP address.
/// @returns a socket that does not block, and that the caller has to close.
/// `errc::name_not_resolved`, `errc::connection_refused` or `errc::timed_out`.
caf::expected<int> connect_tcp(const std::string& host, uint16_t port,
                               std::chrono::milliseconds patience);

} // namespace dw
