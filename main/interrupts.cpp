#include "main/interrupts.hpp"

#include "main/exit_status.hpp"

#include <csignal>
#include <pthread.h>
#include <unistd.h>

namespace dw {

namespace {

// Wakes the thread up for the last time; not used for anything else.
constexpr int stop_signal = SIGUSR2;

sigset_t awaited_signals() {
  sigset_t result;
  sigemptyset(&result);
  for (auto x : {SIGINT, SIGTERM, SIGHUP, stop_signal})
    sigaddset(&result, x);
  return result;
}

} // namespace

interrupts::interrupts() {
  auto signals = awaited_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  // A reader that goes away is told by the write that fails.
  std::signal(SIGPIPE, SIG_IGN);
  handler_ = [](int) { _exit(static_cast<int>(exit_status::interrupted)); };
  thread_ = std::thread{[this] { run(); }};
}

interrupts::~interrupts() {
  pthread_kill(thread_.native_handle(), stop_signal);
  thread_.join();
}

void interrupts::handle(std::function<void(int)> f) {
  std::lock_guard guard{mutex_};
  handler_ = std::move(f);
}

void interrupts::handle_reload(std::function<void()> f) {
  std::lock_guard guard{mutex_};
  reload_ = std::move(f);
}

void interrupts::run() {
  auto signals = awaited_signals();
  int count = 0;
  for (;;) {
    int signal = 0;
    if (sigwait(&signals, &signal) != 0 || signal == stop_signal)
      return;
    std::lock_guard guard{mutex_};
    if (signal == SIGHUP && reload_)
      reload_();
    else
      handler_(++count);
  }
}

} // namespace dw
