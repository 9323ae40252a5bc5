#pragma once

#include <caf/actor_system.hpp>
#include <caf/io/middleman_actor.hpp>

#include <atomic>
#include <memory>

namespace dw {

/// Why a TLS connection was given up, in OpenSSL's words; null if it just
/// ended, or has not. Set by CAF's network thread.
using tls_problem = std::atomic<const char*>;

/// Makes connections for CAF's BASP broker like `caf::openssl::manager` (CAF
/// 0.17.6), which must be loaded, but without its fault: what OpenSSL says of
/// one connection's end is not taken for the end of the next one that waits
/// for more bytes. Connects and listens in a thread of its own.
/// @param problem of the connections that it makes.
caf::io::middleman_actor
spawn_tls_middleman(caf::actor_system& sys,
                    std::shared_ptr<tls_problem> problem);

} // namespace dw
