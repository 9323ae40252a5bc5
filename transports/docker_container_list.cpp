#include "messages/naming.hpp"
#include "transports/docker_json.hpp"
#include "transports/docker_request.hpp"

#include <algorithm>

namespace dw::docker {

namespace {

/// The name proper: other entries are those of links, "/other/name".
std::string read_name(const json::value& entry) {
  for (const auto& x : entry.texts("Names"))
    if (x.rfind('/') == 0)
      return without_slash(x);
  entry.member("Names").reject("have no name");
  return {};
}

port_binding read_port(const json::value& entry) {
  port_binding result;
  auto read = [&](const char* name, int64_t number) {
    if (number < 0 || number > UINT16_MAX)
      entry.member(name).reject("is no port");
    return static_cast<uint16_t>(number);
  };
  result.container_port
    = read("PrivatePort", entry.needed_number("PrivatePort"));
  result.protocol = entry.needed_text("Type");
  result.host_ip = entry.text("IP");
  result.host_port = read("PublicPort", entry.number("PublicPort"));
  return result;
}

container_summary read_summary(const json::value& entry) {
  container_summary result;
  result.id = entry.needed_text("Id");
  result.name = read_name(entry);
  result.image = entry.text("Image");
  result.image_id = entry.text("ImageID");
  result.status = entry.text("Status");
  result.state = to_container_state(entry.needed_text("State"));
  result.created = entry.number("Created");
  auto ports = entry.member("Ports");
  // Those of a container that does not run may belong to another one by now.
  if (result.state == container_state::running && ports.is_array()) {
    for (size_t i = 0; i < ports.size(); ++i)
      result.ports.push_back(read_port(ports.element(i)));
    sort_ports(result.ports);
  }
  return result;
}

std::string
value_of(const std::map<std::string, std::string>& labels, const char* key) {
  auto i = labels.find(key);
  return i != labels.end() ? i->second : std::string{};
}

} // namespace

caf::expected<std::vector<container_summary>>
parse_container_list(const http_response& response,
                     const std::map<std::string, std::string>& labels) {
  if (response.status != 200)
    return to_error(response);
  json::document doc{response.body};
  auto root = doc.root();
  if (!root.is_array())
    root.reject("is not an array");
  std::vector<container_summary> result;
  for (size_t i = 0; i < root.size() && doc.ok(); ++i) {
    auto entry = root.element(i);
    auto found = entry.text_map("Labels");
    if (!has_labels(found, labels))
      continue;
    auto& x = result.emplace_back(read_summary(entry));
    x.project = value_of(found, label::project);
    x.stage = value_of(found, label::stage);
    x.instance_id = value_of(found, label::instance_id);
    x.labels = std::move(found);
  }
  if (!doc.ok())
    return unreadable(response, doc);
  return result;
}

} // namespace dw::docker
