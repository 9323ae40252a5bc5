#include "bench/sim/npm_hosts.hpp"

#include <algorithm>

namespace dw::sim {

namespace {

struct member {
  const char* name;
  /// What a POST that leaves it out makes of it.
  const char* otherwise;
};

constexpr std::array<member, 17> settable_members{{
  {"domain_names", "[]"},
  {"forward_scheme", "\"http\""},
  {"forward_host", "\"\""},
  {"forward_port", "80"},
  {"access_list_id", "0"},
  {"certificate_id", "0"},
  {"ssl_forced", "false"},
  {"caching_enabled", "false"},
  {"block_exploits", "false"},
  {"advanced_config", "\"\""},
  {"allow_websocket_upgrade", "false"},
  {"http2_support", "false"},
  {"enabled", "true"},
  {"locations", "null"},
  {"hsts_enabled", "false"},
  {"hsts_subdomains", "false"},
  {"meta", "{}"},
}};

constexpr size_t domains_index = 0;
constexpr size_t enabled_index = 12;
constexpr size_t meta_index = 16;

constexpr auto instance_key = "docker-watcher.instance-id";

reply_template make_template(const char* recording) {
  std::vector<std::string> gaps;
  for (const auto& x : settable_members)
    gaps.push_back(std::string{"/"} + x.name);
  gaps.push_back("/id");
  return {recorded_body(recording), gaps};
}

// What NPM adds to `meta` once nginx has taken the host.
std::string meta_with_state(const std::string& meta) {
  constexpr auto state = R"("nginx_online":true,"nginx_err":null})";
  auto result = meta.substr(0, meta.size() - 1);
  return result + (result == "{" ? "" : ",") + state;
}

std::string fill(const reply_template& body, const npm_host& host,
                 const std::string& meta) {
  std::array<std::string_view, settable_members.size() + 1> values;
  std::copy(host.members.begin(), host.members.end(), values.begin());
  values[meta_index] = meta;
  auto id = std::to_string(host.id);
  values.back() = id;
  std::string result;
  body.fill(result, values);
  return result;
}

std::string listed_text(const npm_host& host) {
  static const auto body = make_template("npm/030-proxy-get");
  return fill(body, host, meta_with_state(host.members[meta_index]));
}

} // namespace

std::string created_text(const npm_host& host) {
  static const auto body = make_template("npm/029-proxy-create-minimal");
  return fill(body, host, host.members[meta_index]);
}

std::string updated_text(const npm_host& host) {
  static const auto body = make_template("npm/039-proxy-update-partial");
  return fill(body, host, meta_with_state(host.members[meta_index]));
}

npm_host* npm_hosts::create(const rapidjson::Value& body, std::string& taken) {
  auto host = std::make_unique<npm_host>();
  for (size_t i = 0; i < settable_members.size(); ++i)
    host->members[i] = settable_members[i].otherwise;
  if (!take_domains(*host, body, taken))
    return nullptr;
  host->id = ++last_id_;
  set_members(*host, body);
  return hosts_.emplace(host->id, std::move(host)).first->second.get();
}

npm_host* npm_hosts::update(npm_host& host, const rapidjson::Value& body,
                            std::string& taken) {
  if (!take_domains(host, body, taken))
    return nullptr;
  set_members(host, body);
  return &host;
}

void npm_hosts::set_enabled(npm_host& host, bool enabled) {
  host.members[enabled_index] = enabled ? "true" : "false";
  host.enabled = enabled;
  host.text = listed_text(host);
}

void npm_hosts::remove(int64_t id) {
  auto i = hosts_.find(id);
  if (i == hosts_.end())
    return;
  for (const auto& x : i->second->domains)
    by_domain_.erase(x);
  hosts_.erase(i);
  is_index_stale_ = true;
}

npm_host* npm_hosts::find(int64_t id) {
  auto i = hosts_.find(id);
  return i == hosts_.end() ? nullptr : i->second.get();
}

const npm_host* npm_hosts::find_served(std::string_view domain) const {
  auto i = by_domain_.find(std::string{domain});
  return i == by_domain_.end() || !i->second->enabled ? nullptr : i->second;
}

bool npm_hosts::take_domains(npm_host& host, const rapidjson::Value& body,
                             std::string& taken) {
  if (!body.HasMember("domain_names"))
    return true;
  std::vector<std::string> domains;
  for (const auto& x : body["domain_names"].GetArray()) {
    domains.emplace_back(x.GetString());
    auto i = by_domain_.find(domains.back());
    if (i != by_domain_.end() && i->second != &host) {
      taken = domains.back();
      return false;
    }
  }
  is_index_stale_ = is_index_stale_ || !host.domains.empty();
  for (const auto& x : host.domains)
    by_domain_.erase(x);
  for (const auto& x : domains) {
    by_domain_[x] = &host;
    owners_.emplace(all_domains_.size(), &host);
    all_domains_ += x + "\n";
  }
  host.domains = std::move(domains);
  return true;
}

void npm_hosts::set_members(npm_host& host, const rapidjson::Value& body) {
  for (size_t i = 0; i < settable_members.size(); ++i)
    if (auto x = body.FindMember(settable_members[i].name);
        x != body.MemberEnd())
      host.members[i] = to_text(x->value);
  host.enabled = host.members[enabled_index] == "true";
  json meta;
  meta.Parse(host.members[meta_index].c_str());
  if (meta.IsObject() && meta.HasMember(instance_key))
    host.instance_id = meta[instance_key].GetString();
  host.text = listed_text(host);
}

void npm_hosts::index_domains() {
  all_domains_.clear();
  owners_.clear();
  for (const auto& [id, host] : hosts_)
    for (const auto& x : host->domains) {
      owners_.emplace(all_domains_.size(), host.get());
      all_domains_ += x + "\n";
    }
  is_index_stale_ = false;
}

std::string npm_hosts::list(const std::string& query) {
  std::string result = "[";
  auto put = [&result](const npm_host& host) {
    result += (result.size() == 1 ? "" : ",") + host.text;
  };
  if (query.empty()) {
    for (const auto& [id, host] : hosts_)
      put(*host);
    return result + "]";
  }
  if (is_index_stale_)
    index_domains();
  const npm_host* last = nullptr;
  for (auto i = all_domains_.find(query); i != std::string::npos;
       i = all_domains_.find(query, i + 1)) {
    const auto* host = std::prev(owners_.upper_bound(i))->second;
    if (host != last)
      put(*host);
    last = host;
  }
  return result + "]";
}

void npm_hosts::reset() {
  hosts_.clear();
  by_domain_.clear();
  last_id_ = 0;
  index_domains();
}

} // namespace dw::sim
