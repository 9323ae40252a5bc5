#include "tests/support/await.hpp"

#include "tests/support/child_process.hpp"

#include <chrono>
#include <stdexcept>
#include <thread>

namespace dw::test {

void await(const std::string& what, const std::function<bool()>& is_so) {
  using std::chrono::steady_clock;
  auto deadline = steady_clock::now() + child_process::patience;
  while (!is_so()) {
    if (steady_clock::now() >= deadline)
      throw std::runtime_error{"never came about: " + what};
    std::this_thread::sleep_for(std::chrono::milliseconds{20});
  }
}

} // namespace dw::test
