#include "tests/support/npm_standin/validation.hpp"

#include "tests/support/npm_standin/failure.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace npm_standin {

namespace {

// -- conversion ---------------------------------------------------------------

/// An integer however it is written, if it fits.
std::optional<std::int64_t> integral(double x) {
  constexpr double safe = 9007199254740992.0;
  if (std::trunc(x) != x || std::abs(x) > safe)
    return std::nullopt;
  return static_cast<std::int64_t>(x);
}

std::optional<json> to_integer(const json& x) {
  if (x.is_integer())
    return x;
  if (x.is_null())
    return json{0};
  if (x.is_bool())
    return json{x.flag() ? 1 : 0};
  auto number = x.is_double() ? x.real() : 0.0;
  if (x.is_string()) {
    const auto* end = x.text().data() + x.text().size();
    auto [rest, error] = std::from_chars(x.text().data(), end, number);
    if (error != std::errc{} || rest != end)
      return std::nullopt;
  } else if (!x.is_double()) {
    return std::nullopt;
  }
  auto result = integral(number);
  return result ? std::optional{json{*result}} : std::nullopt;
}

std::optional<json> to_boolean(const json& x) {
  if (x.is_bool())
    return x;
  auto is = [&x](std::int64_t number, std::string_view text) {
    return (x.is_integer() && x.integer() == number)
           || (x.is_string() && x.text() == text);
  };
  if (x.is_null() || is(0, "false"))
    return json{false};
  if (is(1, "true"))
    return json{true};
  return std::nullopt;
}

std::optional<json> to_string(const json& x) {
  if (x.is_string())
    return x;
  if (x.is_null())
    return json{""};
  if (x.is_array() || x.is_object())
    return std::nullopt;
  return json{x.dump()};
}

std::optional<json> convert(schema::kind to, const json& x) {
  switch (to) {
    case schema::kind::boolean:
      return to_boolean(x);
    case schema::kind::integer:
    case schema::kind::integer_or_new:
      return to_integer(x);
    case schema::kind::string:
      return to_string(x);
    case schema::kind::array:
      return x.is_array() ? std::optional{x} : std::nullopt;
    default:
      return x.is_object() ? std::optional{x} : std::nullopt;
  }
}

std::string name_of(schema::kind x) {
  switch (x) {
    case schema::kind::boolean:
      return "boolean";
    case schema::kind::integer:
    case schema::kind::integer_or_new:
      return "integer";
    case schema::kind::string:
      return "string";
    case schema::kind::array:
      return "array";
    default:
      return "object";
  }
}

std::size_t count_characters(std::string_view utf8) {
  auto starts
    = [](char c) { return (static_cast<unsigned>(c) & 0xc0) != 0x80; };
  return static_cast<std::size_t>(std::ranges::count_if(utf8, starts));
}

// -- checks -------------------------------------------------------------------

class checker {
public:
  explicit checker(bool legacy) : legacy_(legacy) {
    // nop
  }

  void check(const schema& expected, json& value, const std::string& path) {
    if (expected.type == schema::kind::integer_or_new) {
      check_integer_or_new(expected, value, path);
      return;
    }
    auto converted = convert(expected.type, value);
    if (!converted) {
      complain(path, "be " + name_of(expected.type));
      return;
    }
    value = std::move(*converted);
    if (value.is_integer())
      check_integer(expected, value, path);
    else if (value.is_string())
      check_string(expected, value, path);
    else if (value.is_array())
      check_array(expected, value, path);
    else if (value.is_object())
      check_object(expected, value, path);
  }

  std::vector<std::string> violations;

private:
  void complain(const std::string& path, const std::string& what) {
    violations.push_back("data" + path + (legacy_ ? " should " : " must ")
                         + what);
  }

  void check_integer(const schema& expected, const json& value,
                     const std::string& path) {
    if (value.integer() > expected.maximum)
      complain(path, "be <= " + std::to_string(expected.maximum));
    if (value.integer() < expected.minimum)
      complain(path, "be >= " + std::to_string(expected.minimum));
  }

  /// All branches of an alternative report.
  void check_integer_or_new(const schema& expected, json& value,
                            const std::string& path) {
    if (value.is_string() && value.text() == "new")
      return;
    const auto before = violations.size();
    if (auto converted = to_integer(value)) {
      check_integer(expected, *converted, path);
      if (violations.size() == before) {
        value = *converted;
        return;
      }
    } else {
      complain(path, "be integer");
    }
    if (!to_string(value))
      complain(path, "be string");
    else
      complain(path, "match pattern \"^new$\"");
    complain(path, legacy_ ? "match some schema in anyOf"
                           : "match a schema in anyOf");
  }

  void check_size(const schema& expected, std::size_t size,
                  const std::string& unit, const std::string& path) {
    if (size > expected.max_size)
      complain(path, "NOT have more than " + std::to_string(expected.max_size)
                       + " " + unit);
    if (size < expected.min_size)
      complain(path, "NOT have fewer than " + std::to_string(expected.min_size)
                       + " " + unit);
  }

  void check_string(const schema& expected, const json& value,
                    const std::string& path) {
    const auto& text = value.text();
    check_size(expected, count_characters(text), "characters", path);
    if (expected.matches != nullptr && !expected.matches(text))
      complain(path, "match pattern \"" + std::string{expected.pattern} + "\"");
    if (!expected.allowed.empty()
        && std::ranges::find(expected.allowed, text) == expected.allowed.end())
      complain(path, "be equal to one of the allowed values");
  }

  void
  check_array(const schema& expected, json& value, const std::string& path) {
    auto& items = value.items();
    check_size(expected, items.size(), "items", path);
    if (expected.unique)
      check_unique(items, path);
    for (std::size_t i = 0; i < items.size() && !expected.items.empty(); ++i)
      check(expected.items.front(), items[i],
            path
              + (legacy_ ? "[" + std::to_string(i) + "]"
                         : "/" + std::to_string(i)));
  }

  void check_unique(const json::array& items, const std::string& path) {
    std::vector<std::string> seen;
    for (const auto& item : items) {
      auto text = item.dump();
      if (auto i = std::ranges::find(seen, text); i != seen.end()) {
        complain(path, "NOT have duplicate items (items ## "
                         + std::to_string(seen.size()) + " and "
                         + std::to_string(i - seen.begin())
                         + " are identical)");
        return;
      }
      seen.push_back(std::move(text));
    }
  }

  void
  check_object(const schema& expected, json& value, const std::string& path) {
    check_size(expected, value.members().size(), "properties", path);
    for (auto name : expected.required)
      if (value.find(name) == nullptr)
        complain(path, "have required property '" + std::string{name} + "'");
    for (const auto& [name, ignored] : value.members())
      if (!expected.open
          && std::ranges::find(expected.properties, name,
                               &schema::property::first)
               == expected.properties.end())
        complain(path, "NOT have additional properties");
    for (const auto& [name, inner] : expected.properties)
      if (auto* member = value.find(name))
        check(inner, *member, path + (legacy_ ? "." : "/") + std::string{name});
  }

  bool legacy_;
};

} // namespace

void validate(const schema& expected, json& value, npm_version version) {
  const auto legacy = version < npm_version::v2_12;
  checker run{legacy};
  run.check(expected, value, "");
  if (run.violations.empty())
    return;
  auto text = run.violations.front();
  if (!legacy)
    for (std::size_t i = 1; i < run.violations.size(); ++i)
      text += ", " + run.violations[i];
  throw failure{400, text};
}

} // namespace npm_standin
