#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace npm_standin {

/// A JSON value with value semantics. Objects keep the order in which their
/// members were added; a name occurs once.
class json {
public:
  struct member;
  using array = std::vector<json>;
  using object = std::vector<member>;

  json(); ///< null
  json(const json&);
  json(json&&) noexcept;
  json& operator=(const json&);
  json& operator=(json&&) noexcept;
  ~json();

  json(std::nullptr_t);
  json(bool x);
  json(double x);
  json(std::int64_t x);
  template <std::integral T>
  json(T x) : json(static_cast<std::int64_t>(x)) {
    // nop
  }
  json(const char* x);
  json(std::string_view x);
  json(std::string x);
  json(array x);
  json(object x);

  bool is_null() const;
  bool is_bool() const;
  bool is_integer() const;
  bool is_double() const;
  bool is_string() const;
  bool is_array() const;
  bool is_object() const;

  /// The content as the named type.
  /// @throws std::bad_variant_access if the value has another type.
  bool flag() const;
  std::int64_t integer() const;
  double real() const;
  const std::string& text() const;
  const array& items() const;
  array& items();
  const object& members() const;

  /// The member of that name; null if there is none or this is no object.
  const json* find(std::string_view name) const;
  json* find(std::string_view name);

  /// The member of that name, JSON null if it does not exist.
  const json& at(std::string_view name) const;

  /// The member of that name, added as null if it does not exist. A value that
  /// is no object becomes one. Adding a member invalidates references to the
  /// others.
  json& operator[](std::string_view name);

  /// Removes a member.
  /// @returns whether it existed.
  bool erase(std::string_view name);

  /// The text without white space, as JSON.stringify would print it.
  std::string dump() const;

  /// Parses one JSON text of at most 100 nested levels.
  static std::optional<json> parse(std::string_view text);

private:
  std::variant<std::nullptr_t, bool, std::int64_t, double, std::string, array,
               object>
    value_;
};

struct json::member {
  std::string name;
  json value;
};

} // namespace npm_standin
