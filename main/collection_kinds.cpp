#include "main/scalar_kind.hpp"
#include "main/server_settings.hpp"
#include "messages/enum_name.hpp"
#include "messages/error.hpp"
#include "transports/npm_api.hpp"

#include <algorithm>

namespace dw {

namespace {

constexpr std::string_view own_label_prefix = "docker-watcher.";

bool is_alnum(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
         || (c >= '0' && c <= '9');
}

/// A list of texts of one kind.
/// @param identity What no two items may share: `std::string(const
///                 std::string&)`, or nullptr.
value_kind<std::vector<std::string>>
list_kind(const std::string& name, const std::string& expected,
          const value_kind<std::string>& item,
          const std::function<std::string(const std::string&)>& identity) {
  using list = std::vector<std::string>;
  value_kind<list> result;
  result.name = name;
  result.expected = expected;
  result.show = [](const list&) { return ""; };
  result.read = [item, expected, identity](value_reader& reader,
                                           const yaml_value& value, list& out) {
    if (!reader.is_sequence(value, expected))
      return false;
    list items;
    list seen;
    for (size_t i = 0; i < value.node->items.size(); ++i) {
      const auto& node = value.node->items[i];
      yaml_value place{node, value.path + "[" + std::to_string(i) + "]",
                       node->at};
      std::string text;
      if (!item.read(reader, place, text))
        continue;
      if (identity) {
        auto id = identity(text);
        if (std::find(seen.begin(), seen.end(), id) != seen.end())
          reader.complain(place, "is in the list already: " + in_quotes(id));
        seen.push_back(std::move(id));
      }
      items.push_back(std::move(text));
    }
    out = std::move(items);
    return true;
  };
  return result;
}

value_kind<std::string> domain_kind() {
  auto parse = [](const std::string& text,
                  std::string& why) -> std::optional<std::string> {
    auto x = npm::normalize_domain(text);
    if (!x) {
      why = failure_of(x.error()).reply;
      return std::nullopt;
    }
    return std::move(*x);
  };
  return scalar_kind<std::string>("domain", "a domain such as shop.example.com",
                                  parse,
                                  [](const std::string& x) { return x; });
}

bool is_volume_name(std::string_view text) {
  return text.size() > 1 && is_alnum(text.front())
         && std::all_of(text.begin(), text.end(), [](char c) {
              return is_alnum(c) || c == '_' || c == '.' || c == '-';
            });
}

bool is_volume(const std::string& text, std::string& why) {
  std::string_view rest = text;
  if (rest.ends_with(":ro"))
    rest.remove_suffix(3);
  auto colon = rest.find(':');
  if (colon == std::string_view::npos)
    return false;
  auto source = rest.substr(0, colon);
  auto target = rest.substr(colon + 1);
  if (!source.starts_with('/') && !is_volume_name(source)) {
    why = "its source is neither an absolute path nor a volume's name";
    return false;
  }
  if (!target.starts_with('/') || target == "/"
      || target.find(':') != std::string_view::npos) {
    why = "its target is not an absolute path in the container";
    return false;
  }
  return true;
}

std::string volume_target(const std::string& volume) {
  auto begin = volume.find(':') + 1;
  auto result = volume.substr(begin, volume.find(':', begin) - begin);
  while (result.ends_with('/'))
    result.pop_back();
  return result;
}

bool is_env_name(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return c > ' ' && c < 0x7F && c != '=';
  });
}

void set_variable(std::vector<env_entry>& env, const std::string& name,
                  std::string value) {
  auto i = std::find_if(env.begin(), env.end(),
                        [&name](const env_entry& x) { return x.name == name; });
  if (i == env.end())
    i = env.insert(i, env_entry{name, {}});
  i->value = secret{std::move(value)};
}

} // namespace

value_kind<std::vector<std::string>> command_kind() {
  return list_kind(
    "list", "a list of words such as [serve, --port, \"80\"]",
    checked_text_kind("text", "text",
                      [](const std::string&, std::string&) { return true; }),
    nullptr);
}

value_kind<std::vector<std::string>> node_names_kind() {
  return list_kind("list of nodes",
                   "a list of names of nodes or groups such as [web1, web2]",
                   text_kind("name", "the name of a node or group"),
                   [](const std::string& x) { return x; });
}

value_kind<std::vector<std::string>> domains_kind() {
  return list_kind("list of domains",
                   "a list of domains such as [shop.example.com]",
                   domain_kind(), [](const std::string& x) { return x; });
}

value_kind<std::vector<std::string>> listeners_kind() {
  return list_kind(
    "list of addresses",
    "a list of addresses such as [unix:///run/docker-watcher.sock]",
    checked_text_kind("address", "unix:///PATH or tcp://IP:PORT",
                      [](const std::string& text, std::string& why) {
                        return parse_listener(text, why).has_value();
                      }),
    [](const std::string& x) { return x; });
}

value_kind<std::vector<std::string>> notification_events_kind() {
  auto is_event = [](const std::string& text, std::string&) {
    notification_event ignored{};
    return assign_enum(ignored, text, last_notification_event);
  };
  return list_kind(
    "list of events", "a list of events such as [failure, rollback]",
    checked_text_kind("event", "success, failure or rollback", is_event),
    [](const std::string& x) { return x; });
}

value_kind<std::vector<std::string>> stage_names_kind() {
  auto is_name = [](const std::string& text, std::string&) {
    auto slash = text.find('/');
    return slash != std::string::npos && slash > 0 && slash + 1 < text.size();
  };
  return list_kind("list of stages", "a list of stages such as [shop/prod]",
                   checked_text_kind("stage", "PROJECT/STAGE", is_name),
                   [](const std::string& x) { return x; });
}

value_kind<std::vector<std::string>> volumes_kind() {
  return list_kind(
    "list of volumes", "a list of volumes such as [\"data:/data\"]",
    checked_text_kind("volume",
                      "SOURCE:TARGET or SOURCE:TARGET:ro such as data:/data",
                      is_volume),
    volume_target);
}

value_kind<std::vector<env_entry>> env_kind() {
  using variables = std::vector<env_entry>;
  value_kind<variables> result;
  result.name = "mapping of secrets";
  result.expected = "a mapping such as {MODE: production}";
  result.show = [](const variables&) { return ""; };
  result.read = [expected = result.expected](value_reader& reader,
                                             const yaml_value& value,
                                             variables& out) {
    if (!reader.is_mapping(value, expected))
      return false;
    for (const auto& entry : value.node->entries) {
      auto place = entry_of(value, entry);
      if (!is_env_name(entry.key))
        reader.complain_key(place,
                            "is not a variable's name: it has blanks, '=' "
                            "or characters that are not ASCII");
      else if (auto text = reader.text_or_file(place, "text, \"\" for none"))
        set_variable(out, entry.key, std::move(*text));
    }
    return true;
  };
  return result;
}

value_kind<std::map<std::string, std::string>> labels_kind() {
  using label_map = std::map<std::string, std::string>;
  value_kind<label_map> result;
  result.name = "mapping";
  result.expected = "a mapping such as {com.example.team: shop}";
  result.show = [](const label_map&) { return ""; };
  result.read
    = [expected = result.expected](value_reader& reader,
                                   const yaml_value& value, label_map& out) {
        if (!reader.is_mapping(value, expected))
          return false;
        for (const auto& entry : value.node->entries) {
          auto place = entry_of(value, entry);
          if (entry.key.empty() || entry.key.starts_with(own_label_prefix))
            reader.complain_key(place,
                                "is not free to use: labels have a name, and "
                                "those with docker-watcher. are ours");
          else if (auto text = reader.text(place, "text, \"\" for none"))
            out[entry.key] = std::move(*text);
        }
        return true;
      };
  return result;
}

} // namespace dw
