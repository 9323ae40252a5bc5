#pragma once

#include "messages/export.hpp"

#include <caf/meta/type_name.hpp>

#include <chrono>
#include <cstdint>

namespace DW_EXPORT dw {

/// What every operation takes beside its arguments.
struct call {
  /// How long the whole operation may take; 0 takes the operation's default.
  std::chrono::milliseconds timeout{0};
  /// Chosen by the asker, unique among its calls; names the call in `cancel`.
  /// 0 for a call that is never cancelled by message.
  uint64_t ticket = 0;

  friend bool operator==(const call&, const call&) = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, call& x) {
  return f(caf::meta::type_name("dw.call"), x.timeout, x.ticket);
}

/// Cancels the sender's call of that ticket: the call fails with
/// `errc::cancelled`, unless it is done already. An asker that terminates
/// cancels all its calls.
struct cancel {
  uint64_t ticket = 0;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, cancel& x) {
  return f(caf::meta::type_name("dw.cancel"), x.ticket);
}

/// The answer of an operation that has nothing else to say: it is done.
struct done {
  friend bool operator==(const done&, const done&) = default;
};

template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, done&) {
  return f(caf::meta::type_name("dw.done"));
}

} // namespace dw
