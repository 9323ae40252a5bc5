#include "tests/support/npm_standin/answers.hpp"
#include "tests/support/npm_standin/failure.hpp"
#include "tests/support/npm_standin/routes.hpp"
#include "tests/support/npm_standin/schemas.hpp"

namespace npm_standin {

namespace {

constexpr std::string_view object_name = "certificates";

const expansion& relations() {
  static const expansion all{"owner", "proxy_hosts", "redirection_hosts",
                             "dead_hosts", "streams"};
  return all;
}

json answer(const tables& t, const json& row, const expansion& expand,
            npm_version version) {
  auto out = certificate_answer(row);
  if (expand.contains("owner"))
    if (const auto* owner = t.users.find(row.at("owner_user_id").integer()))
      out["owner"] = user_answer(*owner, version);
  for (const auto* name : {"redirection_hosts", "dead_hosts", "streams"})
    if (expand.contains(name))
      out[name] = json::array{};
  if (!expand.contains("proxy_hosts"))
    return out;
  auto& hosts = out["proxy_hosts"] = json::array{};
  for (const auto* host : t.proxy_hosts.live())
    if (host->at("certificate_id").integer() == row.at("id").integer())
      hosts.items().push_back(host_answer(t, *host, {}, version));
  return out;
}

reply list(backend& b, call& c) {
  const auto& who = require(c.who, object_name, access_level::view);
  const auto expand = parse_expansion(c.query("expand"), relations());
  return b.db.read([&](const tables& t) {
    json::array out;
    for (const auto* row : t.certificates.live())
      if (who.sees(*row))
        out.push_back(answer(t, *row, expand, b.version));
    return json_reply(200, out);
  });
}

reply get(backend& b, call& c) {
  const auto id = strict_id(c);
  const auto& who = require(c.who, object_name, access_level::view);
  const auto expand = parse_expansion(c.query("expand"), relations());
  return b.db.read([&](const tables& t) {
    const auto* row = t.certificates.find(id);
    if (row == nullptr || !who.sees(*row))
      throw not_found(b.version, c.id);
    return json_reply(200, answer(t, *row, expand, b.version));
  });
}

/// Only the row; the files of a custom certificate are uploaded later.
reply create(backend& b, call& c) {
  const auto& body = valid_body(c, create_certificate_schema(), b.version);
  const auto& who = require(c.who, object_name, access_level::manage);
  if (body.at("provider").text() != "other")
    throw internal_error();
  return b.db.write([&](tables& t) {
    json columns{json::object{{"owner_user_id", who.user_id},
                              {"provider", "other"},
                              {"nice_name", ""},
                              {"domain_names", json::array{}},
                              {"expires_on", local_time(now())},
                              {"meta", json::object{}}}};
    for (const auto& [name, value] : body.members())
      columns[name] = value;
    return json_reply(201, certificate_answer(t.certificates.insert(columns)));
  });
}

/// Hosts that use it keep its id and lose HTTPS with their next update.
reply remove(backend& b, call& c) {
  const auto id = strict_id(c);
  const auto& who = require(c.who, object_name, access_level::manage);
  b.db.write([&](tables& t) {
    auto* row = t.certificates.find(id);
    if (row == nullptr || !who.sees(*row))
      throw not_found(b.version, c.id);
    (*row)["is_deleted"] = true;
  });
  return json_reply(200, true);
}

constexpr route routes[] = {
  {"GET", "/nginx/certificates", list},
  {"POST", "/nginx/certificates", create},
  {"GET", "/nginx/certificates/:id", get},
  {"DELETE", "/nginx/certificates/:id", remove},
};

} // namespace

std::span<const route> certificate_routes() {
  return routes;
}

} // namespace npm_standin
