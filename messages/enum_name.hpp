#pragma once

#include "messages/export.hpp"

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace DW_EXPORT dw {

/// Looks an enumerator's name up in a table that lists all of them in order.
/// Values beyond the table, which only a damaged message can hold, are "?".
template <class Enum, size_t N>
std::string enum_name(const std::array<std::string_view, N>& names, Enum x,
                      Enum first = Enum{}) {
  auto index = static_cast<size_t>(x) - static_cast<size_t>(first);
  return std::string{index < N ? names[index] : "?"};
}

/// Finds the enumerator with this name, as `to_string` has it, among those up
/// to `last`. @returns false if none has.
template <class Enum>
bool assign_enum(Enum& x, std::string_view name, Enum last,
                 Enum first = Enum{}) {
  for (auto i = static_cast<size_t>(first); i <= static_cast<size_t>(last); ++i)
    if (to_string(static_cast<Enum>(i)) == name) {
      x = static_cast<Enum>(i);
      return true;
    }
  return false;
}

} // namespace dw
