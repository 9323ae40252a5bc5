#pragma once

#include "messages/export.hpp"
#include "messages/http.hpp"
#include "messages/interfaces.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/expected.hpp>
#include <caf/optional.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

namespace DW_EXPORT dw {

/// The most bytes that a message between controller and node may have. With TLS
/// one that is larger ends the connection.
constexpr size_t max_node_message = size_t{4} * 1024 * 1024;

/// Lets threads that are made from now on, of the whole process, read any
/// message that may come: CAF 0.17.6 needs about 25 bytes of its stack for each
/// byte of errors within errors, and overflows it otherwise. They get 256 MiB
/// of address space, of which they use what they need. Call it before the actor
/// system is made.
void enlarge_thread_stacks() noexcept;

/// How controllers and nodes are connected. Both must have the same of `tls` or
/// none, and be told of the other's silence.
struct node_network {
  /// Our certificate and its key, and the authorities that may sign those of
  /// the other side. None: whoever reaches the port is believed to be who it
  /// says, and others can read along.
  caf::optional<tls_files> tls;
  /// How often each side says that it is there.
  std::chrono::milliseconds heartbeat{1'000};
  /// After how long a silence the connection is lost.
  std::chrono::milliseconds patience{5'000};
};

/// Prepares an actor system for connections to controllers or nodes, before it
/// is made; blocks to load certificates. A system with CAF's network layer
/// takes some milliseconds longer to start and to end: for those who need it.
/// Fails like `load_node_credentials`.
caf::error
configure(caf::actor_system_config& config, const node_network& network);

/// Lets controllers connect to a gateway, in a system that was prepared;
/// blocks.
/// @param address IP address to listen on.
/// @param port 0 for any that is free.
/// @returns the port. `errc::conflict` if it cannot be had.
caf::expected<uint16_t>
publish_node(caf::actor_system& sys, const node_gateway_actor& gateway,
             const std::string& address, uint16_t port);

/// Spawns the NODE DIALER, in a system that was prepared. It has a thread of
/// its own, for to resolve names and to connect blocks. It fails with
/// `errc::connection_refused`, `errc::name_not_resolved`, `errc::timed_out`,
/// `errc::tls_failed`, or with `errc::version_mismatch` where the other side is
/// no node of our protocol. Ends with an exit message.
node_dialer_actor spawn_node_dialer(caf::actor_system& sys);

} // namespace dw
