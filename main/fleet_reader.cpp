#include "main/fleet_reader.hpp"

#include "main/fleet_tables.hpp"
#include "main/named_tables.hpp"
#include "main/url.hpp"
#include "main/value_kinds.hpp"

#include <algorithm>

namespace dw {

namespace {

constexpr auto expected_nodes
  = "a mapping of nodes' names to their keys such as "
    "{web1: {address: \"10.0.0.2:7420\", token: \"${WEB1_TOKEN}\"}}";

constexpr auto expected_groups = "a mapping of groups' names to lists of nodes "
                                 "such as {web: [web1, web2]}";

// @returns whether `text` is "HOST:PORT".
bool parse_address(const std::string& text, node_endpoint& out) {
  std::string ignored;
  auto x = parse_url("tcp://" + text, ignored);
  if (!x || x->port == 0 || !x->path.empty())
    return false;
  out.host = x->host;
  if (out.host.starts_with('['))
    out.host = out.host.substr(1, out.host.size() - 2);
  out.port = x->port;
  return true;
}

void read_nodes(value_reader& reader, const yaml_value& value,
                fleet_settings& fleet) {
  auto check = [&](const yaml_value& place, const present_keys& present,
                   const node_settings& x) {
    require_keys(reader, place, node_keys(), present, {"address", "token"});
    node_endpoint ignored;
    if (auto i = present.find("address");
        i != present.end() && !parse_address(x.address, ignored))
      reader.complain(i->second, "is not HOST:PORT such as 10.0.0.2:7420");
  };
  for (auto& [name, x] : read_named<node_settings>(
         reader, value, expected_nodes, node_keys(), check)) {
    configured_node node;
    node.endpoint.name = name;
    node.endpoint.token = std::move(x.token);
    parse_address(x.address, node.endpoint);
    node.publish_on = std::move(x.publish_on);
    node.forward_host = std::move(x.forward_host);
    fleet.nodes.emplace(name, std::move(node));
  }
}

void complain_of(value_reader& reader, const yaml_value& value,
                 const std::string& name, const std::string& what,
                 const std::vector<std::string>& known) {
  auto text = in_quotes(name) + " is no " + what;
  if (auto meant = closest(name, known); !meant.empty())
    text += ", did you mean " + in_quotes(meant) + "?";
  reader.complain(value, text);
}

std::vector<std::string> names_of(const fleet_settings& fleet) {
  std::vector<std::string> result;
  for (const auto& [name, x] : fleet.nodes)
    result.push_back(name);
  return result;
}

void read_groups(value_reader& reader, const yaml_value& value,
                 fleet_settings& fleet) {
  if (!reader.is_mapping(value, expected_groups))
    return;
  for (const auto& entry : value.node->entries) {
    if (entry.key.starts_with(private_prefix))
      continue;
    auto place = entry_of(value, entry);
    check_key_is_name(reader, place, entry.key);
    if (fleet.nodes.contains(entry.key))
      reader.complain_key(place, "is the name of a node already");
    std::vector<std::string> members;
    if (!node_names_kind().read(reader, place, members))
      continue;
    if (members.empty())
      reader.complain(place, "has no nodes");
    for (const auto& name : members)
      if (!fleet.nodes.contains(name))
        complain_of(reader, place, name, "node", names_of(fleet));
    fleet.groups.emplace(entry.key, std::move(members));
  }
}

} // namespace

void read_fleet(value_reader& reader, const yaml_value& root,
                fleet_settings& fleet) {
  if (const auto* nodes = find_entry(*root.node, "nodes"))
    read_nodes(reader, entry_of(root, *nodes), fleet);
  if (const auto* groups = find_entry(*root.node, "groups"))
    read_groups(reader, entry_of(root, *groups), fleet);
}

void resolve_nodes(value_reader& reader, const yaml_value& value,
                   const fleet_settings& fleet,
                   std::vector<std::string>& nodes) {
  std::vector<std::string> result;
  auto add = [&](const std::string& node) {
    if (std::find(result.begin(), result.end(), node) == result.end())
      result.push_back(node);
  };
  for (const auto& name : nodes) {
    if (fleet.nodes.contains(name)) {
      add(name);
    } else if (auto group = fleet.groups.find(name);
               group != fleet.groups.end()) {
      for (const auto& node : group->second)
        add(node);
    } else {
      auto known = names_of(fleet);
      for (const auto& [group_name, members] : fleet.groups)
        known.push_back(group_name);
      complain_of(reader, value, name, "node or group", known);
    }
  }
  nodes = std::move(result);
}

} // namespace dw
