#include "messages/service.hpp"
#include "transports/docker_request.hpp"
#include "transports/text.hpp"

#include <algorithm>
#include <tuple>

namespace dw::docker {

namespace {

caf::error check_network(std::string_view operation, std::string_view network) {
  if (is_network(network))
    return caf::none;
  return bad_argument(operation, network,
                      "a network's name has 1 to 128 letters, digits, dots, "
                      "dashes and underscores, and is not only hex digits");
}

/// Something that sorts like the time that `text` (RFC 3339) says. The engine
/// leaves out zeros at the end of the fraction, so texts do not sort by
/// themselves. All times of one engine are in the same zone.
std::string time_key(const std::string& text) {
  constexpr size_t whole_seconds = 19;
  constexpr size_t fraction_digits = 9;
  auto key = text.substr(0, whole_seconds);
  if (text.size() > whole_seconds && text[whole_seconds] == '.') {
    auto begin = whole_seconds + 1;
    auto end
      = std::min(text.find_first_not_of("0123456789", begin), text.size());
    key += text.substr(begin, end - begin);
  }
  key.resize(whole_seconds + fraction_digits, '0');
  return key;
}

bool is_older(const network_info& x, const network_info& y) {
  return std::tuple{time_key(x.created), x.id}
         < std::tuple{time_key(y.created), y.id};
}

} // namespace

caf::expected<http_request> list_networks(const std::string& name) {
  if (auto err = check_network(operation::list_networks, name))
    return err;
  json::writer filters;
  filters.begin_object().texts("name", {name}).end_object();
  return make_request(operation::list_networks, name, http_method::get,
                      "/networks?filters=" + percent_encode(filters.str()),
                      query_time);
}

caf::expected<std::vector<network_info>>
parse_network_list(const http_response& response, const std::string& name) {
  if (response.status != 200)
    return to_error(response);
  json::document doc{response.body};
  auto root = doc.root();
  if (!root.is_array())
    root.reject("is not an array");
  std::vector<network_info> result;
  for (size_t i = 0; i < root.size(); ++i) {
    auto entry = root.element(i);
    if (entry.text("Name") == name)
      result.push_back({entry.needed_text("Id"), name, entry.text("Driver"),
                        entry.text("Created")});
  }
  if (!doc.ok())
    return unreadable(response, doc);
  std::sort(result.begin(), result.end(), is_older);
  return result;
}

caf::expected<http_request>
create_network(const std::string& name, bool overlay) {
  if (auto err = check_network(operation::create_network, name))
    return err;
  json::writer body;
  body.begin_object()
    .text("Name", name)
    .text("Driver", overlay ? "overlay" : "bridge")
    // Ignored since API 1.44, where it is always so.
    .flag("CheckDuplicate", true);
  if (overlay)
    body.flag("Attachable", true);
  body.end_object();
  auto result = make_request(operation::create_network, name, http_method::post,
                             "/networks/create", change_time);
  set_body(result, body);
  return result;
}

caf::expected<std::string>
parse_network_created(const http_response& response) {
  if (response.status != 201)
    return to_error(response);
  json::document doc{response.body};
  auto result = doc.root().needed_text("Id");
  if (!doc.ok())
    return unreadable(response, doc);
  return result;
}

caf::expected<http_request> remove_network(const std::string& id) {
  if (!is_full_id(id) && !is_swarm_id(id))
    return bad_argument(operation::remove_network, id,
                        "a network is removed by its full id only");
  return make_request(operation::remove_network, id, http_method::del,
                      "/networks/" + id, change_time);
}

caf::expected<http_request>
connect_network(const std::string& network, const std::string& container,
                const std::vector<std::string>& aliases) {
  if (auto err = check_network(operation::connect, network))
    return err;
  if (auto err = check_id(operation::connect, container))
    return err;
  for (const auto& x : aliases)
    if (!is_alias(x))
      return bad_argument(operation::connect, network,
                          clean_text(x, 64) + " cannot be an alias");
  json::writer body;
  body.begin_object().text("Container", container);
  if (!aliases.empty())
    body.key("EndpointConfig")
      .begin_object()
      .texts("Aliases", aliases)
      .end_object();
  body.end_object();
  auto result = make_request(operation::connect, network, http_method::post,
                             "/networks/" + network + "/connect", change_time);
  set_body(result, body);
  return result;
}

} // namespace dw::docker
