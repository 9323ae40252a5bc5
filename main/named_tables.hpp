#pragma once

#include "main/config_key.hpp"
#include "messages/naming.hpp"

#include <initializer_list>
#include <map>
#include <string>
#include <string_view>

namespace dw {

/// Adds a problem for each of `paths` that is not present.
template <class Target>
void require_keys(value_reader& reader, const yaml_value& value,
                  const key_table<Target>& table, const present_keys& present,
                  std::initializer_list<std::string_view> paths) {
  for (const auto& key : table)
    for (auto path : paths)
      if (key.path == path && !present.contains(key.path))
        reader.miss(value.key_at, join_key(value.path, key.path), key.expected);
}

/// Adds a problem unless the key of `value` can be a name.
/// @returns whether it can.
inline bool check_key_is_name(value_reader& reader, const yaml_value& value,
                              const std::string& name) {
  if (is_stage_name(name))
    return true;
  reader.complain_key(value, "is not a name, expected 1 to 24 lower-case "
                             "letters, digits and inner hyphens");
  return false;
}

/// Reads a mapping of names to mappings with the keys of `table`.
/// @param check `void(const yaml_value&, const present_keys&, Target&)`
template <class Target, class Check>
std::map<std::string, Target>
read_named(value_reader& reader, const yaml_value& value, const char* expected,
           const key_table<Target>& table, Check check) {
  std::map<std::string, Target> result;
  if (!reader.is_mapping(value, expected))
    return result;
  for (const auto& entry : value.node->entries) {
    if (entry.key.starts_with(private_prefix))
      continue;
    auto place = entry_of(value, entry);
    check_key_is_name(reader, place, entry.key);
    Target target;
    present_keys present;
    read_keys(reader, place, table, {}, target, present);
    if (place.node->type == yaml_node::kind::mapping)
      check(place, present, target);
    result.emplace(entry.key, std::move(target));
  }
  return result;
}

} // namespace dw
