#include "tests/support/npm_standin/proxy_hosts.hpp"

#include "tests/support/npm_standin/encoding.hpp"
#include "tests/support/npm_standin/failure.hpp"

#include <algorithm>

namespace npm_standin {

namespace {

void sort_domains(json& row) {
  std::ranges::sort(row["domain_names"].items(), {},
                    [](const json& x) { return x.text(); });
}

/// Flags that mean nothing without a certificate are cleared. A zero that was
/// sent counts as a certificate: the real server has turned it into "0".
void clear_dependent_flags(json& row, const json& body) {
  const auto has_certificate = body.find("certificate_id") != nullptr
                               || row.at("certificate_id").integer() != 0;
  if (!has_certificate) {
    row["ssl_forced"] = false;
    row["http2_support"] = false;
  }
  if (!row.at("ssl_forced").flag())
    row["hsts_enabled"] = false;
  if (!row.at("hsts_enabled").flag())
    row["hsts_subdomains"] = false;
}

void merge(json& row, const json& body) {
  for (const auto& [name, value] : body.members())
    row[name] = value;
  // "new" asks for a certificate, which is not there yet.
  if (row.at("certificate_id").is_string())
    row["certificate_id"] = 0;
  clear_dependent_flags(row, body);
  sort_domains(row);
}

} // namespace

json new_host_columns(const json& body, std::int64_t owner_id) {
  json row{json::object{{"owner_user_id", owner_id},
                        {"domain_names", json::array{}},
                        {"forward_host", ""},
                        {"forward_port", 0},
                        {"access_list_id", 0},
                        {"certificate_id", 0},
                        {"ssl_forced", false},
                        {"caching_enabled", false},
                        {"block_exploits", false},
                        {"advanced_config", ""},
                        {"meta", json::object{}},
                        {"allow_websocket_upgrade", false},
                        {"http2_support", false},
                        {"forward_scheme", "http"},
                        {"enabled", true},
                        {"locations", nullptr},
                        {"hsts_enabled", false},
                        {"hsts_subdomains", false},
                        {"trust_forwarded_proto", false}}};
  merge(row, body);
  return row;
}

void update_host_columns(json& row, const json& body) {
  merge(row, body);
  touch(row);
}

void require_free_domains(const tables& t, const json& body,
                          std::int64_t except) {
  const auto* names = body.find("domain_names");
  if (names == nullptr)
    return;
  std::vector<std::string> taken;
  for (const auto* host : t.proxy_hosts.live())
    if (host->at("id").integer() != except)
      for (const auto& name : host->at("domain_names").items())
        taken.push_back(lower_case(name.text()));
  for (const auto& name : t.reserved_domains)
    taken.push_back(lower_case(name));
  for (const auto& name : names->items())
    if (std::ranges::find(taken, lower_case(name.text())) != taken.end())
      throw failure{400, name.text() + " is already in use"};
}

bool is_like(std::string_view text, std::string_view pattern) {
  const auto subject = lower_case(text);
  const auto like = lower_case(pattern);
  // matched[j]: the first j characters of the subject match what is read of the
  // pattern.
  std::vector<bool> matched(subject.size() + 1, false);
  matched[0] = true;
  for (auto c : like) {
    std::vector<bool> next(subject.size() + 1, false);
    next[0] = c == '%' && matched[0];
    for (std::size_t j = 1; j <= subject.size(); ++j)
      next[j] = c == '%' ? matched[j] || next[j - 1]
                         : matched[j - 1] && (c == '_' || c == subject[j - 1]);
    matched = std::move(next);
  }
  return matched.back();
}

} // namespace npm_standin
