#pragma once

#include "bench/peers/floor/engine.hpp"
#include "bench/peers/floor/proxy.hpp"

namespace dw::peer {

/// Makes the exchanges of bench/README.md in their order.
/// @param npm Null for a deploy without a proxy.
task<void>
deploy(exchange& x, engine& docker, proxy* npm, const deploy_data& what);

} // namespace dw::peer
