#pragma once

#include "bench/sim/http_server.hpp"

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

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
  /// `refuse` answers 500, `close` closes the connection, and `hold` leaves the
  /// client without an answer until `conditions::release`.
  enum class kind : uint8_t { none, refuse, close, hold };
  kind what = kind::none;
  /// Whether the change is made nevertheless.
  bool is_done = false;
};

/// Faults that come for certain.
struct planned_faults {
  /// The kind of exchange, as the statistics call it.
  std::string exchange;
  /// So many of that kind are spared first.
  uint64_t skip = 0;
  /// So many fail then.
  uint64_t count = 0;
  fault what;
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

  /// What happens to an exchange that changes something: what was planned for
  /// its kind, or else as the dice fall.
  fault next_fault(std::string_view kind);

  /// Has it happen.
  /// @param refuse Answers that it has failed.
  /// @param make Makes the change and answers.
  void befall(const fault& what, const connection_ptr& to,
              const std::function<void()>& refuse,
              const std::function<void()>& make);

  /// Replaces what was planned before.
  void plan(planned_faults x);

  /// Forgets what is planned, and closes the connections that are held.
  void release();

  /// Clients that wait for an answer which does not come.
  size_t held();

  uint64_t faults() const noexcept {
    return faults_;
  }

  void reset(uint64_t seed);

private:
  boost::asio::io_context& loop_;
  latencies times_;
  double fault_rate_;
  uint64_t faults_ = 0;
  planned_faults planned_;
  std::vector<connection_ptr> held_;
  std::mt19937_64 random_;
};

} // namespace dw::sim
