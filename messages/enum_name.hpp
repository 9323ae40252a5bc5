#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace dw {

/// Looks an enumerator's name up in a table that lists all of them in order.
/// Values beyond the table, which only a damaged message can hold, are "?".
template <class Enum, size_t N>
std::string enum_name(const std::array<std::string_view, N>& names, Enum x,
                      Enum first = Enum{}) {
  auto index = static_cast<size_t>(x) - static_cast<size_t>(first);
  return std::string{index < N ? names[index] : "?"};
}

} // namespace dw
