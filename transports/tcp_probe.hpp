#pragma once

#include <caf/expected.hpp>

#include <chrono>
#include <cstdint>
#include <string>

namespace dw {

/// Finds out at which address of a host somebody listens; blocks, but not for
/// longer than `patience`, also when neither the network nor a name server
/// answers. From any thread.
/// @param host Name or IP address.
/// @returns the first IP address that accepts a connection.
/// `errc::name_not_resolved`, `errc::connection_refused` or `errc::timed_out`
/// if there is none.
caf::expected<std::string>
find_listening_address(const std::string& host, uint16_t port,
                       std::chrono::milliseconds patience);

} // namespace dw
