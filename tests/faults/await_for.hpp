#pragma once

#include <chrono>
#include <thread>

namespace dw::faults {

/// Waits until something is so. @returns whether it has come about in time.
template <class Predicate>
bool await_for(std::chrono::milliseconds limit, Predicate is_so) {
  using std::chrono::steady_clock;
  auto deadline = steady_clock::now() + limit;
  while (!is_so()) {
    if (steady_clock::now() >= deadline)
      return false;
    std::this_thread::sleep_for(std::chrono::milliseconds{50});
  }
  return true;
}

} // namespace dw::faults
