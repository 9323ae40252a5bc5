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

fault conditions::next_fault(std::string_view kind) {
  if (planned_.count > 0 && planned_.exchange == kind) {
    if (planned_.skip == 0) {
      --planned_.count;
      ++faults_;
      return planned_.what;
    }
    --planned_.skip;
  }
  if (fault_rate_ <= 0
      || std::uniform_real_distribution<>{}(random_) >= fault_rate_)
    return {};
  ++faults_;
  std::bernoulli_distribution coin;
  return {coin(random_) ? fault::kind::refuse : fault::kind::close,
          coin(random_)};
}

void conditions::befall(const fault& what, const connection_ptr& to,
                        const std::function<void()>& refuse,
                        const std::function<void()>& make) {
  switch (what.what) {
    case fault::kind::none:
      make();
      return;
    case fault::kind::refuse:
      refuse();
      break;
    case fault::kind::close:
      to->drop();
      break;
    case fault::kind::hold:
      to->silence();
      held_.push_back(to);
      break;
  }
  // Its own answer does not get anywhere any more.
  if (what.is_done)
    make();
}

void conditions::plan(planned_faults x) {
  planned_ = std::move(x);
}

void conditions::release() {
  planned_ = {};
  for (const auto& x : std::exchange(held_, {}))
    x->drop();
}

size_t conditions::held() {
  std::erase_if(held_, [](const auto& x) { return !x->is_open(); });
  return held_.size();
}

void conditions::reset(uint64_t seed) {
  release();
  faults_ = 0;
  random_.seed(seed);
}

} // namespace dw::sim
