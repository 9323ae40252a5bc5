#include "tests/support/npm_standin/backend.hpp"

#include "tests/support/npm_standin/access.hpp"
#include "tests/support/npm_standin/encoding.hpp"
#include "tests/support/npm_standin/password.hpp"

namespace npm_standin {

namespace {

json row_or_null(const table& of, const json& id) {
  const auto* row = of.find(id.integer());
  return row != nullptr ? *row : json{};
}

host_sources
sources_of(const tables& t, std::int64_t host_id, bool with_access_list) {
  host_sources out;
  out.host = *t.proxy_hosts.find(host_id);
  out.certificate = row_or_null(t.certificates, out.host.at("certificate_id"));
  if (with_access_list)
    out.access_list
      = row_or_null(t.access_lists, out.host.at("access_list_id"));
  return out;
}

} // namespace

json& add_user(tables& t, const json& columns, const std::string& password) {
  json row{json::object{{"is_disabled", false},
                        {"email", ""},
                        {"name", ""},
                        {"nickname", ""},
                        {"avatar", ""},
                        {"roles", json::array{}},
                        {"permissions", default_permissions()},
                        {"totp_secret", ""},
                        {"totp_enabled", false},
                        {"backup_codes", json::array{}}}};
  for (const auto& [name, value] : columns.members())
    row[name] = value;
  row["email"] = lower_case(row.at("email").text());
  row["password"] = password.empty() ? std::string{} : hash_password(password);
  return t.users.insert(row);
}

void configure_host(backend& b, std::int64_t host_id, bool with_access_list) {
  const auto sources = b.db.read(
    [&](const tables& t) { return sources_of(t, host_id, with_access_list); });
  const auto verdict = b.web.publish(sources);
  b.db.write([&](tables& t) {
    auto* row = t.proxy_hosts.find(host_id);
    auto& meta = (*row)["meta"];
    meta["nginx_online"] = verdict.good;
    meta["nginx_err"] = verdict.good ? json{} : json{verdict.text};
    touch(*row);
  });
  b.web.reload();
}

void remove_host(backend& b, std::int64_t host_id) {
  b.web.withdraw(host_id);
  b.web.reload();
}

} // namespace npm_standin
