#pragma once

#include "messages/interfaces.hpp"

#include <caf/actor_system.hpp>

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>

namespace dw {

/// What a server waits for before it ends. All functions from any thread.
class stop_conditions {
public:
  /// @param count As `interrupts` counts. The third one ends the process.
  void on_signal(int count);

  /// No work runs or waits any more.
  void on_idle();

  /// What the server cannot do without has ended.
  void on_failure();

  /// Until a signal comes. @returns false if there was a failure instead.
  bool wait_for_signal();

  /// Until there is no work, for at most `grace`, or until the second signal.
  void wait_for_work(std::chrono::milliseconds grace);

private:
  template <class F>
  void change(F f);

  std::mutex mutex_;
  std::condition_variable changed_;
  int signals_ = 0;
  bool is_idle_ = false;
  bool has_failed_ = false;
};

/// What runs may end meanwhile; the journal has the rest for the next start.
void let_work_end(caf::actor_system& sys,
                  const deploy_supervisor_actor& supervisor,
                  const std::shared_ptr<stop_conditions>& stop,
                  std::chrono::milliseconds grace);

} // namespace dw
