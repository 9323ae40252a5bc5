#include "main/automation_reader.hpp"

#include "main/automation_tables.hpp"
#include "main/named_tables.hpp"
#include "main/url.hpp"
#include "messages/enum_name.hpp"
#include "messages/naming.hpp"

namespace dw {

namespace {

using namespace std::chrono_literals;

constexpr auto expected_webhooks
  = "a mapping of webhooks' names to their keys such as "
    "{hub: {kind: dockerhub, secret: \"${HUB_SECRET}\"}}";

constexpr auto expected_notifications
  = "a mapping of notifications' names to their keys such as "
    "{team: {kind: slack, url: \"${SLACK_URL}\"}}";

} // namespace

std::map<std::string, webhook>
read_webhooks(value_reader& reader, const yaml_value& value) {
  return read_named<webhook>(
    reader, value, expected_webhooks, webhook_keys(),
    [&reader](const auto& place, const auto& present, const auto&) {
      require_keys(reader, place, webhook_keys(), present, {"kind", "secret"});
    });
}

namespace {

notification_target
make_target(const std::string& name, const notification_settings& x) {
  notification_target result;
  result.name = name;
  result.kind = x.kind;
  std::string ignored;
  if (auto address = parse_request_url(x.url.reveal(), ignored)) {
    result.origin.base_url = base_url(*address);
    result.path = secret{address->path};
  }
  result.command = x.command;
  result.key = x.key;
  if (!x.on.empty())
    result.on.clear();
  for (const auto& event : x.on)
    assign_enum(result.on.emplace_back(), event, last_notification_event);
  result.stages = x.stages;
  return result;
}

// Each kind has keys that it needs, and keys that mean nothing to it.
void check_notification(value_reader& reader, const yaml_value& place,
                        const present_keys& present,
                        const notification_settings& x) {
  auto is_command = x.kind == notification_kind::command;
  require_keys(reader, place, notification_keys(), present,
               {"kind", is_command ? "command" : "url"});
  if (auto i = present.find(is_command ? "url" : "command"); i != present.end())
    reader.complain_key(i->second, "is nothing for this kind");
  auto has_secret
    = x.kind == notification_kind::webhook || x.kind == notification_kind::ntfy;
  if (auto i = present.find("secret"); i != present.end() && !has_secret)
    reader.complain_key(i->second, "is nothing for this kind");
  if (is_command && present.contains("command") && x.command.empty())
    reader.complain(present.at("command"), "has no program");
}

} // namespace

std::vector<notification_target>
read_notifications(value_reader& reader, const yaml_value& value,
                   const std::map<std::string, auto_deploy>& stages) {
  auto check = [&](const yaml_value& place, const present_keys& present,
                   const notification_settings& x) {
    check_notification(reader, place, present, x);
    for (const auto& stage : x.stages)
      if (!stages.contains(stage))
        reader.complain(present.at("stages"),
                        "has " + in_quotes(stage) + ", which is no stage");
  };
  std::vector<notification_target> result;
  for (const auto& [name, x] : read_named<notification_settings>(
         reader, value, expected_notifications, notification_keys(), check))
    result.push_back(make_target(name, x));
  return result;
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
