#pragma once

#include "actors/proxy_exchange.hpp"

#include <string>

// Part of the PROXY REGISTRAR: the one request that NPM bears to get again, and
// what nginx makes of it.

namespace dw {

/// Whether nginx refused the configuration that NPM wrote last. A disabled host
/// keeps an old verdict.
bool is_refused(const proxy_host& host);

/// Whether NPM has said that nginx serves it.
bool is_served(const proxy_host& host);

/// Whether the verdict names the file of another host: then this one is an
/// innocent victim, and the same change again may heal it.
bool blames_another(const proxy_host& host);

/// `errc::route_offline` with the words of nginx.
caf::error offline_error(const proxy_host& host);

/// How an error calls a host: "5 (app.example.com)".
std::string name_of(const proxy_host& host);

/// Whether a mutation that failed like this may have been stored all the same.
bool may_have_happened(const caf::error& err);

/// Makes a PUT until NPM says that it is done, up to four times with growing
/// pauses. A host that nginx refuses is `errc::route_offline`.
void put(proxy_registrar_pointer self, uint64_t number, request_builder build,
         continuation<proxy_host> next);

} // namespace dw
