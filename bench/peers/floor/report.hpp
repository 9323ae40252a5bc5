#pragma once

#include "bench/peers/floor/wire.hpp"

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace dw::peer {

/// The runner's result.
class report {
public:
  /// Measures the memory before the first deploy.
  explicit report(size_t deploys);

  void succeeded(std::chrono::nanoseconds time);
  void failed(const deploy_data& what, const std::string& error);

  /// One line of JSON, in the form of bench/README.md; measures the process.
  std::string to_json(std::chrono::nanoseconds time) const;

private:
  size_t deploys_;
  long idle_rss_kib_;
  size_t failed_ = 0;
  std::vector<std::string> errors_;
  std::vector<double> durations_ms_;
};

} // namespace dw::peer
