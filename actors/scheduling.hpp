#pragma once

#include "messages/export.hpp"

#include <caf/actor_system_config.hpp>
#include <caf/atom.hpp>

namespace DW_EXPORT dw {

/// Fits CAF's scheduler to actors that wait for others most of the time, and
/// that hand each exchange on several times. By default its threads, one per
/// core, look for work in each other's queues up to 20,000 times a second; one
/// thread that sleeps until there is work costs less and does as much. What
/// blocks has a thread of its own anyway. To be called before the system is
/// made; the configuration's own options come later and win.
inline void configure_scheduler(caf::actor_system_config& config) {
  config.set("scheduler.policy", caf::atom("sharing"));
  config.set("scheduler.max-threads", size_t{1});
}

} // namespace dw
