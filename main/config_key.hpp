#pragma once

#include "main/value_kinds.hpp"

#include <caf/optional.hpp>

#include <algorithm>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace dw {

/// Prefix of keys that are ignored, together with what is below them.
constexpr std::string_view private_prefix = "x-";

/// A key of the configuration that has a value of its own, and the member of
/// `Target` that it sets. Tables of these are the only place that knows which
/// keys there are: the reader and the reference are made from them.
template <class Target>
struct config_key {
  /// Below the mapping that the table is about: "health.timeout".
  std::string path;
  /// What the reference says: the kind, the default as one would write it
  /// (empty for none), and what it is for.
  std::string kind;
  std::string fallback;
  std::string text;
  /// For problems.
  std::string expected;
  std::function<void(value_reader&, const yaml_value&, Target&)> read;
};

template <class Target>
using key_table = std::vector<config_key<Target>>;

template <class T>
const T* value_in(const T& x) {
  return &x;
}

template <class T>
const T* value_in(const caf::optional<T>& x) {
  return x ? &*x : nullptr;
}

/// Makes a key.
/// @param member Gives the place of the value, a `T&` or `caf::optional<T>&`,
/// in
///               a target: a pointer to member, or a function. What is there
///               in a default-constructed target is the key's default.
template <class Target, class T, class Member>
config_key<Target> make_key(const std::string& path, value_kind<T> kind,
                            Member member, const std::string& text) {
  Target defaults{};
  config_key<Target> result;
  result.path = path;
  result.kind = kind.name;
  result.text = text;
  result.expected = kind.expected;
  if (const T* x = value_in<T>(std::invoke(member, defaults)))
    result.fallback = kind.show(*x);
  result.read
    = [read = kind.read, member](value_reader& reader, const yaml_value& value,
                                 Target& target) {
        auto& place = std::invoke(member, target);
        T x{};
        if (const T* inherited = value_in<T>(place))
          x = *inherited;
        if (read(reader, value, x))
          place = std::move(x);
      };
  return result;
}

/// The keys that a part of the configuration has, by path as in the table. Also
/// mappings on the way to a key, and keys that could not be read.
using present_keys = std::map<std::string, yaml_value>;

/// Reads the mapping `value` into `target`.
/// @param others Keys of this mapping that somebody else reads.
/// @param below The path from the table's mapping to this one; for recursion.
template <class Target>
void read_keys(value_reader& reader, const yaml_value& value,
               const key_table<Target>& table,
               const std::vector<std::string>& others, Target& target,
               present_keys& present, const std::string& below = {});

/// Adds the problem of a key that is not in the table.
void refuse_key(value_reader& reader, const yaml_value& value,
                const std::string& key, std::vector<std::string> known);

/// The first part of `path` if it lies below `below`, which is empty or ends in
/// a dot; else an empty view.
std::string_view next_part(std::string_view path, std::string_view below);

template <class Target>
void read_keys(value_reader& reader, const yaml_value& value,
               const key_table<Target>& table,
               const std::vector<std::string>& others, Target& target,
               present_keys& present, const std::string& below) {
  if (!reader.is_mapping(value, "a mapping of keys to values"))
    return;
  for (const auto& entry : value.node->entries) {
    auto place = entry_of(value, entry);
    auto path = below + entry.key;
    auto is_known
      = std::find(others.begin(), others.end(), entry.key) != others.end();
    if (is_known || entry.key.starts_with(private_prefix))
      continue;
    auto known = others;
    const config_key<Target>* found = nullptr;
    auto is_group = false;
    for (const auto& key : table) {
      if (key.path == path)
        found = &key;
      is_group = is_group || !next_part(key.path, path + ".").empty();
      known.emplace_back(next_part(key.path, below));
    }
    if (found == nullptr && !is_group) {
      refuse_key(reader, place, entry.key, std::move(known));
      continue;
    }
    present[path] = place;
    if (found != nullptr)
      found->read(reader, place, target);
    else
      read_keys(reader, place, table, {}, target, present, path + ".");
  }
}

} // namespace dw
