#include "actors/deploy_system.hpp"

#include <caf/send.hpp>

#include <utility>

namespace dw {

deploy_system::deploy_system(caf::actor_system& sys,
                             const service_settings& settings, services given,
                             supervisor_policy policy)
  : set_{sys, settings, std::move(given)},
    supervisor_{sys.spawn(deploy_supervisor, set_.handles(), policy)} {
  // nop
}

deploy_system::~deploy_system() {
  // Before the services, which it asks.
  caf::anon_send_exit(supervisor_, caf::exit_reason::user_shutdown);
}

} // namespace dw
