#pragma once

#include "messages/export.hpp"

#include <caf/meta/type_name.hpp>

#include <string>

namespace DW_EXPORT dw {

/// Overwrites a text, also what is left of a longer one that was in its memory,
/// and makes it empty.
void wipe(std::string& text) noexcept;

/// A string that must not be seen: a password, a token, a value of a
/// container's environment. Travels in messages like any string, but prints as
/// "[redacted]" in logs, errors and debuggers' pretty printers. Its memory is
/// overwritten before it is given back; copies that others make of the text are
/// theirs to overwrite.
class secret {
public:
  secret() = default;

  explicit secret(std::string value);

  secret(const secret&) = default;

  secret(secret&& other) noexcept;

  secret& operator=(const secret& other);

  secret& operator=(secret&& other) noexcept;

  ~secret() {
    if (!value_.empty())
      wipe(value_);
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
