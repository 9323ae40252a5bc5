#pragma once

#include "bench/watcher/driver.hpp"

#include <string>

namespace dw::bench {

/// The JSON line that a runner prints at its end; see bench/README.md.
/// @param idle_rss_kib Resident size before the first deploy.
std::string to_json(const outcome& x, long idle_rss_kib);

} // namespace dw::bench
