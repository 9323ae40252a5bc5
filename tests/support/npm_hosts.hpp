#pragma once

#include "messages/proxy.hpp"

#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <string>
#include <vector>

namespace dw::test {

/// A proxy host of ours as a test begins with it: served, with the defaults of
/// a host that we created.
inline proxy_host make_host(int64_t id, std::vector<std::string> domains,
                            std::string meta = "{}") {
  proxy_host result;
  result.id = id;
  result.owner_user_id = 2;
  result.domains = std::move(domains);
  result.target = {"http", "127.0.0.1", 8080};
  result.block_exploits = true;
  result.websockets = true;
  result.meta = std::move(meta);
  result.nginx_online = true;
  return result;
}

/// The mark of a stage, as it stands in `meta`.
inline std::string mark(const std::string& project, const std::string& stage,
                        const std::string& instance) {
  return R"({"docker-watcher.project":")" + project
         + R"(","docker-watcher.stage":")" + stage
         + R"(","docker-watcher.instance-id":")" + instance + R"("})";
}

/// A host as NPM answers it.
inline std::string to_json(const proxy_host& host) {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> out{buffer};
  auto text = [&](const char* name, const std::string& value) {
    out.Key(name);
    out.String(value.c_str());
  };
  auto number = [&](const char* name, int64_t value) {
    out.Key(name);
    out.Int64(value);
  };
  auto flag = [&](const char* name, bool value) {
    out.Key(name);
    out.Bool(value);
  };
  out.StartObject();
  number("id", host.id);
  number("owner_user_id", host.owner_user_id);
  out.Key("domain_names");
  out.StartArray();
  for (const auto& domain : host.domains)
    out.String(domain.c_str());
  out.EndArray();
  text("forward_scheme", host.target.scheme);
  text("forward_host", host.target.host);
  number("forward_port", host.target.port);
  number("certificate_id", host.certificate_id);
  number("access_list_id", host.access_list_id);
  flag("ssl_forced", host.ssl_forced);
  flag("http2_support", host.http2);
  flag("hsts_enabled", host.hsts);
  flag("hsts_subdomains", host.hsts_subdomains);
  flag("block_exploits", host.block_exploits);
  flag("caching_enabled", host.caching);
  flag("allow_websocket_upgrade", host.websockets);
  flag("enabled", host.enabled);
  text("advanced_config", host.advanced_config);
  out.Key("locations");
  out.Null();
  rapidjson::Document meta;
  meta.Parse(host.meta.c_str());
  auto& allocator = meta.GetAllocator();
  if (host.nginx_online) {
    rapidjson::Value reason;
    if (!host.nginx_error.empty())
      reason.SetString(host.nginx_error.c_str(), allocator);
    meta.AddMember("nginx_online", *host.nginx_online, allocator);
    meta.AddMember("nginx_err", reason, allocator);
  }
  out.Key("meta");
  meta.Accept(out);
  out.EndObject();
  return buffer.GetString();
}

inline std::string to_json(const std::vector<proxy_host>& hosts) {
  std::string result;
  for (const auto& host : hosts)
    result += (result.empty() ? "" : ",") + to_json(host);
  return "[" + result + "]";
}

} // namespace dw::test
