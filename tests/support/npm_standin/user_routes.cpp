#include "tests/support/npm_standin/answers.hpp"
#include "tests/support/npm_standin/encoding.hpp"
#include "tests/support/npm_standin/failure.hpp"
#include "tests/support/npm_standin/password.hpp"
#include "tests/support/npm_standin/routes.hpp"
#include "tests/support/npm_standin/schemas.hpp"

namespace npm_standin {

namespace {

std::int64_t user_id(const call& c) {
  if (c.id == "me")
    return require_user(c.who).user_id;
  return strict_id(c);
}

json& find_user(tables& t, std::int64_t id, const call& c,
                npm_version version) {
  auto* row = t.users.find(id);
  if (row == nullptr)
    throw not_found(version, c.id);
  return *row;
}

json shown(const json& row, const expansion& expand, npm_version version) {
  auto out = user_answer(row, version);
  if (expand.contains("permissions"))
    out["permissions"] = row.at("permissions");
  return out;
}

void require_free_email(const tables& t, const json& body) {
  const auto& email = body.at("email");
  if (!email.is_string())
    return;
  for (const auto* user : t.users.live())
    if (user->at("email").text() == lower_case(email.text()))
      throw failure{400, "Email address already in use - " + email.text()};
}

reply list(backend& b, call& c) {
  require_admin(c.who);
  const auto expand = parse_expansion(c.query("expand"), {"permissions"});
  return b.db.read([&](const tables& t) {
    json::array out;
    for (const auto* row : t.users.live())
      out.push_back(shown(*row, expand, b.version));
    return json_reply(200, out);
  });
}

reply get(backend& b, call& c) {
  const auto id = user_id(c);
  if (require_user(c.who).user_id != id)
    require_admin(c.who);
  const auto expand = parse_expansion(c.query("expand"), {"permissions"});
  return b.db.read([&](const tables& t) {
    const auto* row = t.users.find(id);
    if (row == nullptr)
      throw not_found(b.version, c.id);
    return json_reply(200, shown(*row, expand, b.version));
  });
}

reply create(backend& b, call& c) {
  const auto& body = valid_body(c, create_user_schema(), b.version);
  require_admin(c.who);
  return b.db.write([&](tables& t) {
    require_free_email(t, body);
    auto columns = body;
    const auto digest = hex(md5(lower_case(body.at("email").text())));
    columns["avatar"] = "//www.gravatar.com/avatar/" + digest + "?default=mm";
    const auto& row = add_user(t, columns, {});
    return json_reply(201, shown(row, {"permissions"}, b.version));
  });
}

reply update(backend& b, call& c) {
  const auto& body = valid_body(c, update_user_schema(), b.version);
  require_admin(c.who);
  return b.db.write([&](tables& t) {
    auto& row = find_user(t, user_id(c), c, b.version);
    if (body.at("email").is_string()
        && lower_case(body.at("email").text()) != row.at("email").text())
      require_free_email(t, body);
    for (const auto& [name, value] : body.members())
      row[name] = name == "email" ? json{lower_case(value.text())} : value;
    touch(row);
    return json_reply(200, shown(row, {}, b.version));
  });
}

reply remove(backend& b, call& c) {
  const auto& who = require_admin(c.who);
  const auto id = user_id(c);
  if (id == who.user_id)
    throw failure{400, "You cannot delete yourself."};
  b.db.write(
    [&](tables& t) { find_user(t, id, c, b.version)["is_deleted"] = true; });
  return json_reply(200, true);
}

reply set_password(backend& b, call& c) {
  const auto& body = valid_body(c, password_schema(), b.version);
  require_admin(c.who);
  b.db.write([&](tables& t) {
    auto& row = find_user(t, user_id(c), c, b.version);
    row["password"] = hash_password(body.at("secret").text());
  });
  return json_reply(200, true);
}

reply set_permissions(backend& b, call& c) {
  const auto& body = valid_body(c, permissions_schema(), b.version);
  require_admin(c.who);
  b.db.write([&](tables& t) {
    auto& row = find_user(t, user_id(c), c, b.version);
    for (const auto& [name, value] : body.members())
      row["permissions"][name] = value;
  });
  return json_reply(200, true);
}

constexpr route routes[] = {
  {"GET", "/users", list},
  {"POST", "/users", create},
  {"GET", "/users/:id", get},
  {"PUT", "/users/:id", update},
  {"DELETE", "/users/:id", remove},
  {"PUT", "/users/:id/auth", set_password},
  {"PUT", "/users/:id/permissions", set_permissions},
};

} // namespace

std::span<const route> user_routes() {
  return routes;
}

} // namespace npm_standin
