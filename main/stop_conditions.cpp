#include "main/stop_conditions.hpp"

#include "main/exit_status.hpp"
#include "main/idle_notice.hpp"

#include <unistd.h>

namespace dw {

template <class F>
void stop_conditions::change(F f) {
  std::lock_guard guard{mutex_};
  f();
  changed_.notify_all();
}

void stop_conditions::on_signal(int count) {
  if (count > 2)
    _exit(static_cast<int>(exit_status::interrupted));
  change([&] { signals_ = count; });
}

void stop_conditions::on_idle() {
  change([&] { is_idle_ = true; });
}

void stop_conditions::on_failure() {
  change([&] { has_failed_ = true; });
}

bool stop_conditions::wait_for_signal() {
  std::unique_lock lock{mutex_};
  changed_.wait(lock, [this] { return signals_ > 0 || has_failed_; });
  return !has_failed_;
}

void stop_conditions::wait_for_work(std::chrono::milliseconds grace) {
  std::unique_lock lock{mutex_};
  changed_.wait_for(lock, grace, [this] { return is_idle_ || signals_ > 1; });
}

void let_work_end(caf::actor_system& sys,
                  const deploy_supervisor_actor& supervisor,
                  const std::shared_ptr<stop_conditions>& stop,
                  std::chrono::milliseconds grace) {
  notify_when_idle(sys, supervisor, [stop] { stop->on_idle(); });
  stop->wait_for_work(grace);
}

} // namespace dw
