#pragma once

#include "tests/support/npm_standin/json.hpp"
#include "tests/support/npm_standin/npm_version.hpp"

#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace npm_standin {

/// What a value in a request must look like: as much of JSON Schema as the
/// routes need.
struct schema {
  enum class kind {
    boolean,
    integer,
    string,
    array,
    object,
    /// An integer of at least `minimum`, or the string "new".
    integer_or_new,
  };

  using property = std::pair<std::string_view, schema>;

  kind type = kind::string;

  // integers
  std::int64_t minimum = std::numeric_limits<std::int64_t>::min();
  std::int64_t maximum = std::numeric_limits<std::int64_t>::max();

  // characters, items, or members
  std::size_t min_size = 0;
  std::size_t max_size = std::numeric_limits<std::size_t>::max();

  // strings
  std::vector<std::string_view> allowed = {};
  /// For the message.
  std::string_view pattern = {};
  bool (*matches)(std::string_view) = nullptr;

  // arrays
  std::vector<schema> items = {};
  bool unique = false;

  // objects
  std::vector<property> properties = {};
  std::vector<std::string_view> required = {};
  bool open = false;
};

/// Checks a request's body and converts what has the wrong type but an obvious
/// meaning: numbers in strings, 0 and 1 as flags, null as nothing.
/// @param value Converted in place.
/// @throws failure 400 with the violations, in the words of the version.
void validate(const schema& expected, json& value, npm_version version);

} // namespace npm_standin
