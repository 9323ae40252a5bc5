#include "tests/support/actor_fixture.hpp"

#include <caf/atom.hpp>

#include <algorithm>

namespace dw::test {

actor_config::actor_config() {
  dw::add_message_types(*this);
  set("scheduler.policy", caf::atom("testing"));
}

actor_fixture::actor_fixture()
  : sys{cfg}, self{sys, true}, // hidden: does not keep the system alive
    sched{dynamic_cast<caf::scheduler::test_coordinator&>(sys.scheduler())} {
  // CAF takes a time point of zero for "no timestamp".
  sched.clock().current_time += std::chrono::hours{1};
}

actor_fixture::~actor_fixture() {
  for (auto& x : kept_)
    caf::anon_send_exit(x, caf::exit_reason::kill);
  kept_.clear();
  run();
  // Pending timeouts hold references to their actors.
  sched.clock().cancel_all();
  run();
}

void actor_fixture::run() {
  while (sched.try_run_once()) {
    // nop
  }
}

void actor_fixture::advance(std::chrono::nanoseconds dt) {
  auto& clock = sched.clock();
  auto until = clock.current_time + dt;
  run();
  while (clock.has_pending_timeout()
         && clock.schedule().begin()->first <= until) {
    auto due = clock.schedule().begin()->first;
    clock.advance_time(std::max(due - clock.current_time,
                                caf::actor_clock::duration_type::zero()));
    run();
  }
  clock.current_time = until;
}

} // namespace dw::test
