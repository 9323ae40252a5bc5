#include "main/automation_reader.hpp"

#include "main/automation_tables.hpp"
#include "messages/naming.hpp"

namespace dw {

namespace {

using namespace std::chrono_literals;

constexpr auto expected_webhooks
  = "a mapping of webhooks' names to their keys such as "
    "{hub: {kind: dockerhub, secret: \"${HUB_SECRET}\"}}";

/// Adds a problem for each of `paths` that is not present.
template <class Target>
void require(value_reader& reader, const yaml_value& value,
             const key_table<Target>& table, const present_keys& present,
             std::initializer_list<std::string_view> paths) {
  for (const auto& key : table)
    for (auto path : paths)
      if (key.path == path && !present.contains(key.path))
        reader.miss(value.key_at, join_key(value.path, key.path), key.expected);
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
    if (!is_stage_name(entry.key))
      reader.complain_key(place, "is not a name, expected 1 to 24 lower-case "
                                 "letters, digits and inner hyphens");
    Target target;
    present_keys present;
    read_keys(reader, place, table, {}, target, present);
    if (place.node->type == yaml_node::kind::mapping)
      check(place, present, target);
    result.emplace(entry.key, std::move(target));
  }
  return result;
}

} // namespace

std::map<std::string, webhook>
read_webhooks(value_reader& reader, const yaml_value& value) {
  return read_named<webhook>(
    reader, value, expected_webhooks, webhook_keys(),
    [&reader](const auto& place, const auto& present, const auto&) {
      require(reader, place, webhook_keys(), present, {"kind", "secret"});
    });
}

void read_auto_deploy(value_reader& reader, const yaml_value& owner,
                      auto_deploy& out) {
  const auto* entry = find_entry(*owner.node, "auto_deploy");
  if (entry == nullptr)
    return;
  auto place = entry_of(owner, *entry);
  present_keys present;
  read_keys(reader, place, auto_deploy_keys(), {}, out, present);
  auto has_tags = present.contains("tags");
  auto has_semver = present.contains("semver");
  if (has_tags && has_semver)
    reader.complain_key(place, "has both tags and semver, expected one of "
                               "them");
  // The own rule replaces an inherited one.
  if (has_tags)
    out.semver.clear();
  if (has_semver)
    out.tags.clear();
  if (out.poll > 0s && out.poll < 10s && present.contains("poll"))
    reader.complain(present.at("poll"), "is less than 10s, which registries "
                                        "would not bear");
}

} // namespace dw
