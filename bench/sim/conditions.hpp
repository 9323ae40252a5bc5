#pragma once

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <random>
#include <string>

namespace dw::sim {

/// How long the simulated servers take; all in milliseconds.
struct latencies {
  double pull = 0;
  double read = 0;
  double create = 0;
  double start = 0;
  double healthy = 0;
  double stop = 0;
  double login = 0;
  double proxy_read = 0;
  double mutation = 0;
  double traffic = 0;
};

/// The latencies of a profile: "zero", "measured" or "slow". Throws
/// `std::invalid_argument` for other names.
latencies profile_of(const std::string& name);

/// What goes wrong with an exchange.
struct fault {
  enum class kind : uint8_t { none, refuse, close };
  kind what = kind::none;
  /// Whether the change is made nevertheless.
  bool is_done = false;
};

/// The weather that the simulators live in: latency and faults, both
/// pseudo-random but the same for the same seed and order of requests.
class conditions {
public:
  conditions(boost::asio::io_context& loop, latencies times, double fault_rate,
             uint64_t seed);

  const latencies& times() const noexcept {
    return times_;
  }

  /// Calls `f` after so many milliseconds, with some jitter; at once if 0.
  void after(double milliseconds, std::function<void()> f);

  /// Throws the dice for an exchange that changes something.
  fault next_fault();

  uint64_t faults() const noexcept {
    return faults_;
  }

  void reset(uint64_t seed);

private:
  boost::asio::io_context& loop_;
  latencies times_;
  double fault_rate_;
  uint64_t faults_ = 0;
  std::mt19937_64 random_;
};

} // namespace dw::sim
