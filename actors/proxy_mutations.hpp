#pragma once

#include "actors/proxy_exchange.hpp"

#include <caf/error.hpp>

// Part of the PROXY REGISTRAR: changes of one proxy host, each made sure. NPM
// writes its database first and nginx's configuration afterwards: neither does
// a success mean that the host is served, nor a failure that nothing happened.
// A change that fails leaves the host as it was, or says that it could not.

namespace dw {

using error_continuation = std::function<void(caf::error)>;

/// Creates a host that is served. Requires that NPM has just accepted our
/// token: one that is no good makes some versions crash on a POST.
void create_served(proxy_registrar_pointer self, uint64_t number,
                   const create_proxy_host& what,
                   continuation<proxy_host> next);

/// Changes a host so that it is served, or puts `before` back.
/// @param build Makes a PUT for that host.
void change_served(proxy_registrar_pointer self, uint64_t number,
                   const proxy_host& before, request_builder build,
                   continuation<proxy_host> next);

/// Makes a host what it was. Gives no error if it was offline, and still is.
void restore(proxy_registrar_pointer self, uint64_t number,
             const proxy_host& before, error_continuation next);

/// Deletes a host. No error if it is not there.
void remove(proxy_registrar_pointer self, uint64_t number, int64_t id,
            error_continuation next);

/// Stops serving a host.
void disable(proxy_registrar_pointer self, uint64_t number, int64_t id,
             error_continuation next);

/// An error with a sentence about what could not be undone, if `undoing`
/// failed.
caf::error with_leftover(caf::error err, const caf::error& undoing,
                         const proxy_host& host);

} // namespace dw
