#include "bench/peers/floor/wire.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace dw::peer {

namespace {

constexpr auto npos = std::string_view::npos;

// Members only: of `Labels`, and of `meta`.
std::string labels(const deploy_data& x) {
  return fmt::format(R"("docker-watcher.project":"bench",)"
                     R"("docker-watcher.stage":"{}",)"
                     R"("docker-watcher.instance-id":"{}")",
                     x.stage, x.instance);
}

// Members only.
std::string target(const deploy_data& x, std::string_view port) {
  return fmt::format(R"("forward_scheme":"http","forward_host":"127.0.0.1",)"
                     R"("forward_port":{},"meta":{{{}}})",
                     port, labels(x));
}

} // namespace

std::string encoded(std::string_view text) {
  std::string result;
  for (auto c : text) {
    auto code = static_cast<unsigned char>(c);
    if (std::isalnum(code) != 0 || c == '-' || c == '.' || c == '_' || c == '~')
      result += c;
    else
      result += fmt::format("%{:02X}", code);
  }
  return result;
}

std::string json_text(std::string_view text) {
  std::string result = "\"";
  for (auto c : text) {
    auto code = static_cast<unsigned char>(c);
    if (code < 0x20)
      result += fmt::format("\\u{:04x}", code);
    else if (c == '"' || c == '\\')
      (result += '\\') += c;
    else
      result += c;
  }
  return result += '"';
}

std::string login_body(const std::string& identity, const std::string& secret) {
  return fmt::format(R"({{"identity":{},"secret":{}}})", json_text(identity),
                     json_text(secret));
}

std::string network_body(const std::string& name) {
  return fmt::format(R"({{"Name":{},"CheckDuplicate":true,"Driver":"bridge"}})",
                     json_text(name));
}

std::string
container_body(const deploy_data& x, const std::string& network_id) {
  return fmt::format(R"({{"Image":"{0}","Env":["DOCKER_WATCHER_PROJECT=bench",)"
                     R"("DOCKER_WATCHER_STAGE={1}","DOCKER_WATCHER_TAG={2}",)"
                     R"("DOCKER_WATCHER_INSTANCE_ID={3}"],)"
                     R"("Labels":{{{4},"docker-watcher.tag":"{2}"}},)"
                     R"("ExposedPorts":{{"8080/tcp":{{}}}},"HostConfig":{{)"
                     R"("NetworkMode":"{5}","PortBindings":{{"8080/tcp":)"
                     R"([{{"HostIp":"127.0.0.1","HostPort":""}}]}},)"
                     R"("RestartPolicy":{{"Name":"unless-stopped"}}}},)"
                     R"("NetworkingConfig":{{"EndpointsConfig":{{"{5}":)"
                     R"({{"Aliases":["{1}"]}}}}}}}})",
                     x.image, x.stage, x.tag, x.instance, labels(x),
                     network_id);
}

std::string new_host_body(const deploy_data& x, std::string_view port) {
  return fmt::format(
    R"({{"domain_names":["{}"],{},"certificate_id":0,"access_list_id":0,)"
    R"("ssl_forced":false,"http2_support":false,"hsts_enabled":false,)"
    R"("hsts_subdomains":false,"caching_enabled":false,)"
    R"("block_exploits":true,"allow_websocket_upgrade":true,)"
    R"("advanced_config":"","locations":[]}})",
    x.domain, target(x, port));
}

std::string changed_host_body(const deploy_data& x, std::string_view port) {
  return "{" + target(x, port) + "}";
}

std::string_view value_after(std::string_view body, std::string_view key) {
  auto i = body.find(key);
  if (i == npos)
    return {};
  body.remove_prefix(i + key.size());
  return body.substr(0, body.find_first_of(",}\"]"));
}

std::vector<std::string> running_ids(std::string_view list) {
  constexpr std::string_view id_key = R"({"Id":")";
  std::vector<std::string> result;
  for (auto i = list.find(id_key); i != npos;) {
    auto next = list.find(id_key, i + 1);
    auto entry = list.substr(i, next == npos ? npos : next - i);
    if (entry.find(R"("State":"running")") != npos)
      result.emplace_back(value_after(entry, id_key));
    i = next;
  }
  return result;
}

std::string_view host_port(std::string_view inspection) {
  // `HostConfig` has bindings, too, with what was asked for.
  auto settings = inspection.find(R"("NetworkSettings":)");
  auto port = inspection.find(R"("8080/tcp":[)", std::min(settings, npos - 1));
  return port == npos ? std::string_view{}
                      : value_after(inspection.substr(port), R"("HostPort":")");
}

} // namespace dw::peer
