#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace dw::faults {

/// What may happen to an exchange, or to those who have it.
enum class fault_kind : uint8_t {
  none,
  /// The connection ends, and for a while no other one is accepted.
  refused,
  /// The connection is reset before a byte of the reply.
  reset,
  /// It is reset in the middle of the reply.
  cut,
  /// Nothing comes, and the connection stays.
  stall,
  /// The reply comes in small pieces.
  drip,
  /// Bytes that are no HTTP.
  garbage,
  /// A page where JSON should be.
  page,
  /// A reply that is far too long.
  oversize,
  /// A refusal by the client's fault, by the server's, and for a while.
  status_4xx,
  status_5xx,
  status_429,
  /// It is done, and the connection is reset when the reply begins.
  lost,
  /// The request is made twice, and the reply to the second is passed on.
  twice,
  /// docker-watcher is killed, before it is done or before the reply.
  kill,
  kill_done,
  /// The engine does not run for a while.
  freeze,
  /// The engine is ended and started again.
  restart,
  /// Nothing more can be written beside the journal.
  disk_full,
  /// The clock is a day ahead, or behind.
  clock_ahead,
  clock_behind,
};

/// A column of the matrix.
struct fault {
  fault_kind kind = fault_kind::none;
  /// All later exchanges with the same peer have it, too.
  bool lasts = false;
};

/// All of them.
inline constexpr std::array columns{
  fault{fault_kind::refused},      fault{fault_kind::refused, true},
  fault{fault_kind::reset},        fault{fault_kind::reset, true},
  fault{fault_kind::cut},          fault{fault_kind::stall},
  fault{fault_kind::stall, true},  fault{fault_kind::drip},
  fault{fault_kind::garbage},      fault{fault_kind::page},
  fault{fault_kind::oversize},     fault{fault_kind::status_4xx},
  fault{fault_kind::status_5xx},   fault{fault_kind::status_5xx, true},
  fault{fault_kind::status_429},   fault{fault_kind::lost},
  fault{fault_kind::lost, true},   fault{fault_kind::twice},
  fault{fault_kind::kill},         fault{fault_kind::kill_done},
  fault{fault_kind::freeze},       fault{fault_kind::restart},
  fault{fault_kind::disk_full},    fault{fault_kind::clock_ahead},
  fault{fault_kind::clock_behind},
};

/// "stall", and "stall+" for one that lasts.
std::string to_string(const fault& x);

/// Whether everybody who uses the engine meets it.
constexpr bool concerns_all(const fault& x) {
  return x.kind == fault_kind::freeze || x.kind == fault_kind::restart;
}

} // namespace dw::faults
