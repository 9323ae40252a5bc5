#pragma once

#include "messages/export.hpp"

#include <caf/optional.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace DW_EXPORT dw {

/// Whether and when to try again. Pure: no clock and no randomness of its own.
struct retry_policy {
  /// How often to try in total; 1 means never again.
  uint32_t max_attempts = 5;

  /// The longest pause after the first failure; doubles with each further one.
  std::chrono::milliseconds base{200};

  /// The upper bound of every pause.
  std::chrono::milliseconds cap{5'000};

  /// The pause after a failed attempt, with full jitter: anywhere between 0 and
  /// the exponential bound, so that many who failed together do not come back
  /// together.
  /// @param attempt Counts from 1.
  /// @param jitter From 0 up to and including 1.
  /// @returns none to give up.
  caf::optional<std::chrono::milliseconds>
  pause_after(uint32_t attempt, double jitter) const {
    if (attempt >= max_attempts)
      return caf::none;
    auto doublings = std::min(attempt - 1, 20u);
    auto bound = std::min(cap, base * (int64_t{1} << doublings));
    return std::chrono::milliseconds{
      static_cast<int64_t>(static_cast<double>(bound.count()) * jitter)};
  }
};

} // namespace dw
