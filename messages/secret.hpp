#pragma once

#include "messages/export.hpp"

#include <caf/meta/type_name.hpp>

#include <string>
#include <utility>

namespace DW_EXPORT dw {

/// A string that must not be seen: a password, a token, a value of a
/// container's environment. Travels in messages like any string, but prints as
/// "[redacted]" in logs, errors and debuggers' pretty printers.
class secret {
public:
  secret() = default;

  explicit secret(std::string value) : value_{std::move(value)} {
    // nop
  }

  /// The text itself: only for building the request that needs it.
  const std::string& reveal() const noexcept {
    return value_;
  }

  bool empty() const noexcept {
    return value_.empty();
  }

  friend bool operator==(const secret&, const secret&) = default;

  /// CAF's printers prefer `to_string` to `inspect`.
  friend std::string to_string(const secret&) {
    return "[redacted]";
  }

  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, secret& x) {
    return f(caf::meta::type_name("dw.secret"), x.value_);
  }

private:
  std::string value_;
};

} // namespace dw
