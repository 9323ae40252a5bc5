#include "bench/sim/engine_replies.hpp"

#include "bench/sim/recording.hpp"

#include <fmt/format.h>

#include <array>

namespace dw::sim {

namespace {

constexpr std::string_view healthy_log
  = R"([{"Start":"2026-01-01T00:00:01.515138184Z",)"
    R"("End":"2026-01-01T00:00:01.565524536Z","ExitCode":0,)"
    R"("Output":"hello-v1\n"}])";

std::string state_json(const container& x) {
  auto runs = x.state == "running";
  return fmt::format(
    R"({{"Status":"{}","Running":{},"Paused":false,"Restarting":false,)"
    R"("OOMKilled":false,"Dead":false,"Pid":{},"ExitCode":{},"Error":"",)"
    R"("StartedAt":"2026-01-01T00:00:00.514866241Z",)"
    R"("FinishedAt":"0001-01-01T00:00:00Z","Health":{{"Status":"{}",)"
    R"("FailingStreak":0,"Log":{}}}}})",
    x.state, runs, runs ? 23472 : 0, x.exit_code, x.health,
    x.health == "healthy" ? healthy_log : "[]");
}

std::string ports_json(const container& x) {
  if (x.host_port == 0)
    return "{}";
  return fmt::format(
    R"({{"5353/udp":null,"{}/tcp":[{{"HostIp":"127.0.0.1","HostPort":"{}"}}],)"
    R"("9090/tcp":null}})",
    x.container_port, x.host_port);
}

std::string port_list_json(const container& x) {
  if (x.host_port == 0)
    return "[]";
  return fmt::format(
    R"([{{"PrivatePort":5353,"Type":"udp"}},{{"IP":"127.0.0.1",)"
    R"("PrivatePort":{},"PublicPort":{},"Type":"tcp"}},)"
    R"({{"PrivatePort":9090,"Type":"tcp"}}])",
    x.container_port, x.host_port);
}

std::string networks_json(const container& x, std::string_view name) {
  return fmt::format(
    R"({{"{}":{{"IPAMConfig":{{}},"Links":null,"Aliases":{},"NetworkID":"{}",)"
    R"("EndpointID":"","Gateway":"172.20.0.1","IPAddress":"172.20.0.2",)"
    R"("IPPrefixLen":16,"IPv6Gateway":"","GlobalIPv6Address":"",)"
    R"("GlobalIPv6PrefixLen":0,"MacAddress":"02:42:ac:14:00:02",)"
    R"("DriverOpts":null}}}})",
    name, x.aliases_json, x.network_id);
}

const reply_template& inspection() {
  static const auto body = [] {
    auto recorded = recorded_body("docker/container-inspect-running");
    std::string id = recorded["Id"].GetString();
    return reply_template{std::move(recorded),
                          {"/Name", "/State", "/Image", "/Config/Env",
                           "/Config/Labels", "/Config/Image",
                           "/NetworkSettings/Ports",
                           "/NetworkSettings/Networks", "/HostConfig"},
                          id};
  }();
  return body;
}

const reply_template& list_entry() {
  static const auto body = [] {
    auto recorded = recorded_body("docker/containers-list-by-label");
    json entry;
    entry.CopyFrom(recorded[recorded.Size() - 1], entry.GetAllocator());
    return reply_template{std::move(entry),
                          {"/Id", "/Names", "/Image", "/ImageID", "/Created",
                           "/Ports", "/Labels", "/State", "/Status",
                           "/NetworkSettings/Networks"}};
  }();
  return body;
}

} // namespace

std::string_view engine_headers() {
  return "Api-Version: 1.41\r\nContent-Type: application/json\r\n"
         "Docker-Experimental: false\r\nOstype: linux\r\n"
         "Server: Docker/20.10.24+dfsg1 (linux)\r\n";
}

std::string error_body(std::string_view text) {
  return "{\"message\":" + json_string(text) + "}\n";
}

std::vector<std::string>
filter_values(const std::string& filters, const char* key) {
  std::vector<std::string> result;
  json doc;
  if (filters.empty() || doc.Parse(filters.c_str()).HasParseError()
      || !doc.IsObject() || !doc.HasMember(key))
    return result;
  const auto& values = doc[key];
  if (values.IsArray())
    for (const auto& x : values.GetArray())
      result.emplace_back(x.GetString(), x.GetStringLength());
  else if (values.IsObject())
    for (const auto& x : values.GetObject())
      result.emplace_back(x.name.GetString(), x.name.GetStringLength());
  return result;
}

void put_inspection(std::string& to, const container& x,
                    std::string_view network_name) {
  auto name = json_string("/" + x.name);
  auto state = state_json(x);
  auto image = json_string(image_id());
  auto image_name = json_string(x.image);
  auto ports = ports_json(x);
  auto networks = networks_json(x, network_name);
  inspection().fill(to, std::array<std::string_view, 10>{
                          name, state, image, x.env_json, x.labels_json,
                          image_name, ports, networks, x.host_json, x.id});
  to += '\n';
}

void put_list_entry(std::string& to, const container& x,
                    std::string_view network_name) {
  auto id = json_string(x.id);
  auto names = "[" + json_string("/" + x.name) + "]";
  auto image = json_string(x.image);
  auto image_hash = json_string(image_id());
  auto created = std::to_string(x.created);
  auto ports = port_list_json(x);
  auto state = json_string(x.state);
  auto status = json_string(
    x.state == "running"  ? "Up 1 second (" + x.health + ")"
    : x.state == "exited" ? fmt::format("Exited ({}) 1 second ago", x.exit_code)
                          : "Created");
  auto networks = networks_json(x, network_name);
  list_entry().fill(to, std::array<std::string_view, 10>{
                          id, names, image, image_hash, created, ports,
                          x.labels_json, state, status, networks});
}

std::string
image_inspection(const std::string& repository, const std::string& tag) {
  static const reply_template body{recorded_body("docker/image-inspect"),
                                   {"/RepoTags", "/RepoDigests"}};
  auto recorded = recorded_body("docker/image-inspect");
  std::string digest = recorded["RepoDigests"][0].GetString();
  digest.erase(0, digest.find('@'));
  auto tags = "[" + json_string(repository + ":" + tag) + "]";
  auto digests = "[" + json_string(repository + digest) + "]";
  std::string result;
  body.fill(result, std::array<std::string_view, 2>{tags, digests});
  return result + "\n";
}

std::string network_entry(const std::string& name, const std::string& id) {
  static const auto body = [] {
    auto recorded = recorded_body("docker/networks-list-by-name-substring");
    json entry;
    entry.CopyFrom(recorded[0], entry.GetAllocator());
    return reply_template{std::move(entry), {"/Name", "/Id"}};
  }();
  auto name_json = json_string(name);
  auto id_json = json_string(id);
  std::string result;
  body.fill(result, std::array<std::string_view, 2>{name_json, id_json});
  return result;
}

const std::vector<std::string>& pull_lines(bool is_new) {
  static const auto fresh = recorded_stream("docker/pull-ok");
  static const auto present = recorded_stream("docker/pull-already-present");
  return is_new ? fresh : present;
}

const std::string& image_id() {
  static const std::string id
    = recorded_body("docker/image-inspect")["Id"].GetString();
  return id;
}

} // namespace dw::sim
