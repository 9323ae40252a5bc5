#include "tests/support/npm_standin/pause.hpp"

namespace npm_standin {

void pause::wait(std::chrono::milliseconds time) {
  std::unique_lock guard{mutex_};
  cancelled_signal_.wait_for(guard, time, [this] { return cancelled_; });
}

void pause::cancel() {
  {
    const std::lock_guard guard{mutex_};
    cancelled_ = true;
  }
  cancelled_signal_.notify_all();
}

} // namespace npm_standin
