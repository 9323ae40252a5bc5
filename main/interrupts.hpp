#pragma once

#include <functional>
#include <mutex>
#include <thread>

namespace dw {

/// Turns SIGINT, SIGTERM and SIGHUP into calls. Create it before any other
/// thread: threads inherit the signal mask.
class interrupts {
public:
  /// Blocks the signals and waits for them on a thread of its own. Until
  /// `handle` is called, the first one ends the process with status 130.
  interrupts();

  /// Joins the thread.
  ~interrupts();

  interrupts(const interrupts&) = delete;
  interrupts& operator=(const interrupts&) = delete;

  /// Has `f(count)` called for each signal, counting from 1, on the thread of
  /// this object.
  void handle(std::function<void(int)> f);

  /// Has `f()` called for SIGHUP instead, on that thread; if it is empty, that
  /// signal is one like the others again.
  void handle_reload(std::function<void()> f);

private:
  void run();

  std::mutex mutex_;
  std::function<void(int)> handler_; // guarded by mutex_
  std::function<void()> reload_;     // guarded by mutex_
  std::thread thread_;
};

} // namespace dw
