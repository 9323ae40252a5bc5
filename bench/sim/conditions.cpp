#include "bench/sim/conditions.hpp"

#include <boost/asio/steady_timer.hpp>

#include <memory>
#include <stdexcept>
#include <utility>

namespace dw::sim {

namespace {

// Medians, one request at a time, of Docker Engine 20.10 and Nginx Proxy
// Manager 2.15 on two cores; a container's health check has an interval of 1 s.
constexpr latencies measured{.pull = 35,
                             .read = 1,
                             .create = 9,
                             .start = 230,
                             .healthy = 1050,
                             .stop = 150,
                             .login = 400,
                             .proxy_read = 10,
                             .mutation = 200,
                             .traffic = 1};

constexpr double slow_factor = 5;

constexpr double max_jitter = 0.1;

latencies scaled(latencies x, double factor) {
  for (auto* part : {&x.pull, &x.read, &x.create, &x.start, &x.healthy, &x.stop,
                     &x.login, &x.proxy_read, &x.mutation, &x.traffic})
    *part *= factor;
  return x;
}

} // namespace

latencies profile_of(const std::string& name) {
  if (name == "zero")
    return {};
  if (name == "measured")
    return measured;
  if (name == "slow")
    return scaled(measured, slow_factor);
  throw std::invalid_argument{"there is no profile " + name
                              + "; there are zero, measured and slow"};
}

conditions::conditions(boost::asio::io_context& loop, latencies times,
                       double fault_rate, uint64_t seed)
  : loop_{loop}, times_{times}, fault_rate_{fault_rate}, random_{seed} {
  // nop
}

void conditions::after(double milliseconds, std::function<void()> f) {
  if (milliseconds <= 0) {
    f();
    return;
  }
  auto factor = std::uniform_real_distribution<>{1, 1 + max_jitter}(random_);
  auto delay = std::chrono::duration<double, std::milli>{milliseconds * factor};
  auto timer = std::make_shared<boost::asio::steady_timer>(
    loop_,
    std::chrono::duration_cast<boost::asio::steady_timer::duration>(delay));
  timer->async_wait([timer, f = std::move(f)](const auto&) { f(); });
}

fault conditions::next_fault() {
  if (fault_rate_ <= 0
      || std::uniform_real_distribution<>{}(random_) >= fault_rate_)
    return {};
  ++faults_;
  std::bernoulli_distribution coin;
  return {coin(random_) ? fault::kind::refuse : fault::kind::close,
          coin(random_)};
}

void conditions::reset(uint64_t seed) {
  faults_ = 0;
  random_.seed(seed);
}

} // namespace dw::sim
