#pragma once

#include <caf/actor_system.hpp>
#include <caf/io/middleman_actor.hpp>

#include <atomic>
#include <memory>

namespace dw {

/// Why a TLS connection was given up, in OpenSSL's words; null if it just
/// ended, or has not. Set by CAF's network thread.
using tls_problem = std::atomic<const char*>;

/// Makes connections for CAF's BASP broker, with TLS in a system that was
/// prepared for it. It does what that of CAF 0.17.6 does, but
/// - what OpenSSL says of the end of a connection is not taken for the end of
///   the next one that waits for more bytes,
/// - the end of the system does not wait for those who never shake hands,
/// - nobody can announce any number of bytes (with TLS).
/// @param fd Socket that is connected, for the first request to connect, which
///        need not name where; -1 if none will be made. Owned by the actor.
/// @param problem Of its connections.
caf::io::middleman_actor
spawn_node_middleman(caf::actor_system& sys, int fd,
                     std::shared_ptr<tls_problem> problem);

} // namespace dw
