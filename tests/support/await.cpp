#include "tests/support/await.hpp"

#include "tests/support/child_process.hpp"

#include <stdexcept>
#include <thread>

namespace dw::test {

bool await_for(std::chrono::milliseconds limit,
               const std::function<bool()>& is_so) {
  using std::chrono::steady_clock;
  auto deadline = steady_clock::now() + limit;
  while (!is_so()) {
    if (steady_clock::now() >= deadline)
      return false;
    std::this_thread::sleep_for(std::chrono::milliseconds{20});
  }
  return true;
}

void await(const std::string& what, const std::function<bool()>& is_so) {
  if (!await_for(child_process::patience, is_so))
    throw std::runtime_error{"never came about: " + what};
}

} // namespace dw::test
