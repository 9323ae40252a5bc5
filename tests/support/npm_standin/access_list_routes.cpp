#include "tests/support/npm_standin/answers.hpp"
#include "tests/support/npm_standin/failure.hpp"
#include "tests/support/npm_standin/routes.hpp"
#include "tests/support/npm_standin/schemas.hpp"

namespace npm_standin {

namespace {

constexpr std::string_view object_name = "access_lists";

const expansion& relations() {
  static const expansion all{"owner", "items", "clients"};
  return all;
}

json answer(const tables& t, const json& row, const expansion& expand,
            npm_version version) {
  auto out = access_list_answer(t, row);
  if (expand.contains("owner"))
    if (const auto* owner = t.users.find(row.at("owner_user_id").integer())) {
      out["owner"] = user_answer(*owner, version);
      out["owner"]["is_deleted"] = false;
    }
  if (expand.contains("items"))
    out["items"] = masked_items(row.at("items"));
  if (expand.contains("clients"))
    out["clients"] = row.at("clients");
  return out;
}

/// Users or clients of a list, each with an id of its own.
json entries(tables& t, const json& from, std::int64_t list_id) {
  json::array out;
  if (from.is_null())
    return out;
  for (const auto& entry : from.items()) {
    json columns{json::object{{"access_list_id", list_id}}};
    for (const auto& [name, value] : entry.members())
      columns[name] = value;
    if (columns.find("username") != nullptr && columns["password"].is_null())
      columns["password"] = "";
    columns["meta"] = json::object{};
    auto row = t.access_list_entries.insert(columns);
    row.erase("is_deleted");
    out.push_back(std::move(row));
  }
  return out;
}

reply list(backend& b, call& c) {
  const auto& who = require(c.who, object_name, access_level::view);
  const auto expand = parse_expansion(c.query("expand"), relations());
  return b.db.read([&](const tables& t) {
    json::array out;
    for (const auto* row : t.access_lists.live())
      if (who.sees(*row))
        out.push_back(answer(t, *row, expand, b.version));
    return json_reply(200, out);
  });
}

reply create(backend& b, call& c) {
  const auto& body = valid_body(c, create_access_list_schema(), b.version);
  const auto& who = require(c.who, object_name, access_level::manage);
  return b.db.write([&](tables& t) {
    json columns{json::object{{"owner_user_id", who.user_id},
                              {"name", ""},
                              {"meta", json::object{}},
                              {"satisfy_any", false},
                              {"pass_auth", false}}};
    for (const auto& [name, value] : body.members())
      columns[name] = value;
    auto& row = t.access_lists.insert(columns);
    const auto id = row.at("id").integer();
    row["items"] = entries(t, body.at("items"), id);
    row["clients"] = entries(t, body.at("clients"), id);
    auto out = answer(t, row, relations(), b.version);
    out["proxy_hosts"] = json::array{};
    return json_reply(201, out);
  });
}

/// Hosts that used the list become public.
std::vector<std::int64_t> detach(tables& t, std::int64_t list_id) {
  std::vector<std::int64_t> out;
  for (auto& host : t.proxy_hosts.rows) {
    if (host.at("access_list_id").integer() != list_id)
      continue;
    host["access_list_id"] = 0;
    if (!host.at("is_deleted").flag() && host.at("enabled").flag())
      out.push_back(host.at("id").integer());
  }
  return out;
}

reply remove(backend& b, call& c) {
  const auto id = strict_id(c);
  const auto& who = require(c.who, object_name, access_level::manage);
  const auto opened = b.db.write([&](tables& t) {
    auto* row = t.access_lists.find(id);
    if (row == nullptr || !who.sees(*row))
      throw not_found(b.version, c.id);
    auto shown = answer(t, *row, {"items", "clients"}, b.version);
    shown["items"] = masked_items(shown.at("items"));
    audit(t, who.user_id, "access-list", id, "deleted", std::move(shown));
    (*row)["is_deleted"] = true;
    return detach(t, id);
  });
  for (auto host : opened)
    configure_host(b, host);
  return json_reply(200, true);
}

constexpr route routes[] = {
  {"GET", "/nginx/access-lists", list},
  {"POST", "/nginx/access-lists", create},
  {"DELETE", "/nginx/access-lists/:id", remove, route::token::checked, true},
};

} // namespace

std::span<const route> access_list_routes() {
  return routes;
}

} // namespace npm_standin
