#pragma once

#include "main/value_kinds.hpp"

namespace dw {

/// A kind of value that is written as one text.
/// @param parse `std::optional<T>(const std::string& text, std::string& why)`;
///              sets `why` where it can say more than that `text` is not what
///              is expected.
template <class T, class Parse, class Show>
value_kind<T> scalar_kind(const std::string& name, const std::string& expected,
                          Parse parse, Show show) {
  value_kind<T> result;
  result.name = name;
  result.expected = expected;
  result.show = std::move(show);
  result.read
    = [parse, expected](value_reader& reader, const yaml_value& value, T& out) {
        auto text = reader.text(value, expected);
        if (!text)
          return false;
        std::string why;
        std::optional<T> x = parse(*text, why);
        if (!x) {
          reader.refuse(value, expected, why);
          return false;
        }
        out = std::move(*x);
        return true;
      };
  return result;
}

/// A text that is taken as it is if `accept(text, why)`.
template <class Accept>
value_kind<std::string>
checked_text_kind(const std::string& name, const std::string& expected,
                  Accept accept) {
  auto parse = [accept](const std::string& text, std::string& why) {
    return accept(text, why) ? std::optional{text} : std::nullopt;
  };
  return scalar_kind<std::string>(name, expected, parse,
                                  [](const std::string& x) { return x; });
}

} // namespace dw
