#include "tests/support/npm_standin/answers.hpp"
#include "tests/support/npm_standin/failure.hpp"
#include "tests/support/npm_standin/proxy_hosts.hpp"
#include "tests/support/npm_standin/routes.hpp"
#include "tests/support/npm_standin/schemas.hpp"

#include <algorithm>

namespace npm_standin {

namespace {

constexpr std::string_view object_name = "proxy_hosts";

const json* find_visible(const tables& t, std::optional<std::int64_t> id,
                         const caller& who) {
  const auto* row = id ? t.proxy_hosts.find(*id) : nullptr;
  return row != nullptr && who.sees(*row) ? row : nullptr;
}

/// A host that is to be changed.
/// @param legacy_status What 2.11 answers for an absent one.
json& find_own(tables& t, const call& c, const caller& who, npm_version version,
               int legacy_status) {
  const auto id = lenient_id(c);
  if (find_visible(t, id, who) != nullptr)
    return *t.proxy_hosts.find(*id);
  if (version < npm_version::v2_12)
    throw internal_error(legacy_status);
  throw not_found(version, id ? std::to_string(*id) : "");
}

json full_answer(const tables& t, const json& row, npm_version version) {
  auto out = host_answer(t, row, host_relations(), version);
  if (version < npm_version::v2_12) {
    if (out.at("locations").is_null())
      out.erase("locations");
    out["use_default_location"] = true;
    out["ipv6"] = true;
  }
  return out;
}

json audit_meta(const json& row) {
  auto out = row;
  out.erase("is_deleted");
  return out;
}

/// The real server runs an ACME client here; without one it fails after the
/// host is in the database.
void refuse_new_certificate(const json& body) {
  const auto& id = body.at("certificate_id");
  if (id.is_string() && id.text() == "new")
    throw internal_error();
}

// -- reading ------------------------------------------------------------------

reply list(backend& b, call& c) {
  constexpr std::size_t longest_query = 255;
  const auto& who = require(c.who, object_name, access_level::view);
  const auto query = c.query("query");
  if (query.size() > longest_query)
    throw internal_error(400);
  const auto expand = parse_expansion(c.query("expand"), host_relations());
  return b.db.read([&](const tables& t) {
    std::vector<std::pair<std::string, const json*>> found;
    for (const auto* row : t.proxy_hosts.live()) {
      auto names = row->at("domain_names").dump();
      if (who.sees(*row) && is_like(names, "%" + query + "%"))
        found.emplace_back(std::move(names), row);
    }
    std::ranges::sort(found, {}, [](const auto& x) { return x.first; });
    json::array out;
    for (const auto& [names, row] : found)
      out.push_back(host_answer(t, *row, expand, b.version));
    return json_reply(200, out);
  });
}

reply get(backend& b, call& c) {
  const auto id = strict_id(c);
  const auto& who = require(c.who, object_name, access_level::view);
  const auto expand = parse_expansion(c.query("expand"), host_relations());
  return b.db.read([&](const tables& t) {
    if (const auto* row = find_visible(t, id, who))
      return json_reply(200, host_answer(t, *row, expand, b.version));
    if (b.version < npm_version::v2_12)
      return json_reply(200, json::object{});
    throw not_found(b.version, c.id);
  });
}

// -- writing ------------------------------------------------------------------

reply create(backend& b, call& c) {
  const auto& body = valid_body(c, create_host_schema(b.version), b.version);
  const auto& who = require(c.who, object_name, access_level::manage);
  const auto row = b.db.write([&](tables& t) {
    require_free_domains(t, body, 0);
    auto added = t.proxy_hosts.insert(new_host_columns(body, who.user_id));
    audit(t, who.user_id, "proxy-host", added.at("id").integer(), "created",
          audit_meta(added));
    return added;
  });
  refuse_new_certificate(body);
  if (row.at("enabled").flag())
    configure_host(b, row.at("id").integer());
  // The verdict of nginx is not in this answer.
  return b.db.read([&](const tables& t) {
    return json_reply(201, full_answer(t, row, b.version));
  });
}

reply update(backend& b, call& c) {
  const auto& body = valid_body(c, update_host_schema(b.version), b.version);
  const auto& who = require(c.who, object_name, access_level::manage);
  const auto row = b.db.write([&](tables& t) {
    require_free_domains(t, body, lenient_id(c).value_or(0));
    auto& changed = find_own(t, c, who, b.version, 400);
    update_host_columns(changed, body);
    audit(t, who.user_id, "proxy-host", changed.at("id").integer(), "updated",
          body);
    return changed;
  });
  refuse_new_certificate(body);
  const auto id = row.at("id").integer();
  if (row.at("enabled").flag())
    configure_host(b, id);
  return b.db.read([&](const tables& t) {
    return json_reply(200, full_answer(t, *t.proxy_hosts.find(id), b.version));
  });
}

reply remove(backend& b, call& c) {
  const auto& who = require(c.who, object_name, access_level::manage);
  const auto id = b.db.write([&](tables& t) {
    auto& row = find_own(t, c, who, b.version, 500);
    row["is_deleted"] = true;
    touch(row);
    audit(t, who.user_id, "proxy-host", row.at("id").integer(), "deleted",
          audit_meta(row));
    return row.at("id").integer();
  });
  remove_host(b, id);
  return json_reply(200, true);
}

/// Flips the flag in the database.
/// @throws failure 400 if the host has that state already.
std::int64_t set_enabled(backend& b, const call& c, bool x) {
  const auto& who = require(c.who, object_name, access_level::manage);
  return b.db.write([&](tables& t) {
    auto& row = find_own(t, c, who, b.version, 500);
    if (row.at("enabled").flag() == x)
      throw failure{400,
                    x ? "Host is already enabled" : "Host is already disabled"};
    row["enabled"] = x;
    touch(row);
    audit(t, who.user_id, "proxy-host", row.at("id").integer(),
          x ? "enabled" : "disabled", audit_meta(row));
    return row.at("id").integer();
  });
}

/// The real server loads the host without the users of its access list.
reply enable(backend& b, call& c) {
  configure_host(b, set_enabled(b, c, true), false);
  return json_reply(200, true);
}

reply disable(backend& b, call& c) {
  remove_host(b, set_enabled(b, c, false));
  return json_reply(200, true);
}

constexpr auto checked = route::token::checked;

constexpr route routes[] = {
  {"GET", "/nginx/proxy-hosts", list},
  {"POST", "/nginx/proxy-hosts", create, checked, true},
  {"GET", "/nginx/proxy-hosts/:id", get},
  {"PUT", "/nginx/proxy-hosts/:id", update, checked, true},
  {"DELETE", "/nginx/proxy-hosts/:id", remove, checked, true},
  {"POST", "/nginx/proxy-hosts/:id/enable", enable, checked, true},
  {"POST", "/nginx/proxy-hosts/:id/disable", disable, checked, true},
};

} // namespace

std::span<const route> proxy_host_routes() {
  return routes;
}

} // namespace npm_standin
