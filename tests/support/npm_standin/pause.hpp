#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>

namespace npm_standin {

/// Delays that end early when the program does. Thread-safe.
class pause {
public:
  void wait(std::chrono::milliseconds time);

  /// Ends all present and future waits.
  void cancel();

private:
  std::mutex mutex_;
  std::condition_variable cancelled_signal_;
  bool cancelled_ = false;
};

} // namespace npm_standin
