#include "tests/support/npm_standin/answers.hpp"
#include "tests/support/npm_standin/certificate_maker.hpp"
#include "tests/support/npm_standin/failure.hpp"
#include "tests/support/npm_standin/routes.hpp"
#include "tests/support/npm_standin/schemas.hpp"

namespace npm_standin {

namespace {

using kind = schema::kind;

schema fault_schema() {
  schema out{.type = kind::object, .min_size = 1};
  out.properties = {
    {"method", {}},
    {"path", {}},
    {"times", {.type = kind::integer, .minimum = 0}},
    {"delay-ms", {.type = kind::integer, .minimum = 0}},
    {"status", {.type = kind::integer, .minimum = 400, .maximum = 599}},
    {"commit-before-500", {.type = kind::boolean}},
    {"close", {.type = kind::string, .allowed = {"before", "after"}}},
  };
  return out;
}

schema switch_schema() {
  schema out{.type = kind::object};
  out.properties = {{"on", {.type = kind::boolean}}};
  out.required = {"on"};
  return out;
}

schema user_schema() {
  schema text_list{.type = kind::array};
  text_list.items = {schema{}};
  schema out{.type = kind::object};
  out.properties = {{"email", {.min_size = 3}},
                    {"password", {.min_size = 1}},
                    {"name", {}},
                    {"nickname", {}},
                    {"roles", text_list},
                    {"is_disabled", {.type = kind::boolean}},
                    {"permissions", permissions_schema()}};
  out.required = {"email", "password"};
  return out;
}

schema certificate_schema() {
  schema out{.type = kind::object};
  out.properties
    = {{"id", {.type = kind::integer, .minimum = 1}},
       {"common_name", {.min_size = 1}},
       {"days", {.type = kind::integer, .minimum = -3650, .maximum = 3650}}};
  out.required = {"common_name"};
  return out;
}

schema domains_schema() {
  schema names{.type = kind::array};
  names.items = {schema{}};
  schema out{.type = kind::object};
  out.properties = {{"domain_names", names}};
  out.required = {"domain_names"};
  return out;
}

json& checked_body(call& c, const schema& expected) {
  return valid_body(c, expected, npm_version::v2_15);
}

reply done() {
  return json_reply(200, json::object{});
}

// -- counters -----------------------------------------------------------------

reply show_counters(backend& b, call&) {
  return json_reply(200, b.counts.snapshot());
}

reply reset_counters(backend& b, call&) {
  b.counts.reset();
  return done();
}

// -- tokens -------------------------------------------------------------------

reply expire_tokens(backend& b, call&) {
  b.tokens.expire_all();
  return done();
}

reply rotate_keys(backend& b, call&) {
  b.tokens.rotate();
  return done();
}

reply set_token_lifetime(backend& b, call& c) {
  schema expected{.type = kind::object};
  expected.properties = {{"lifetime", {}}};
  expected.required = {"lifetime"};
  const auto& text = checked_body(c, expected).at("lifetime").text();
  if (!b.tokens.set_login_lifetime(text))
    throw failure{400, "no lifetime of a token: " + text};
  return done();
}

// -- faults -------------------------------------------------------------------

std::string text_or(const json& x, const std::string& otherwise) {
  return x.is_string() ? x.text() : otherwise;
}

std::int64_t integer_or(const json& x, std::int64_t otherwise) {
  return x.is_integer() ? x.integer() : otherwise;
}

reply add_fault(backend& b, call& c) {
  const auto& body = checked_body(c, fault_schema());
  const auto& commits = body.at("commit-before-500");
  const auto close = text_or(body.at("close"), "");
  fault what;
  what.method = text_or(body.at("method"), what.method);
  what.path = text_or(body.at("path"), what.path);
  what.times = integer_or(body.at("times"), what.times);
  what.delay = std::chrono::milliseconds{integer_or(body.at("delay-ms"), 0)};
  what.status = static_cast<int>(integer_or(body.at("status"), 0));
  what.commit_before_500 = commits.is_bool() && commits.flag();
  what.close_before = close == "before";
  what.close_after = close == "after";
  b.faults.add(std::move(what));
  return done();
}

reply clear_faults(backend& b, call&) {
  b.faults.clear();
  return done();
}

reply break_nginx(backend& b, call& c) {
  const auto on = checked_body(c, switch_schema()).at("on").flag();
  const std::lock_guard alone{b.mutating};
  b.web.set_broken(on);
  return done();
}

reply settle(backend& b, call&) {
  const std::lock_guard alone{b.mutating};
  b.web.settle();
  return done();
}

// -- rows that no client of ours creates --------------------------------------

reply create_user(backend& b, call& c) {
  auto body = checked_body(c, user_schema());
  const auto password = body.at("password").text();
  body.erase("password");
  auto permissions = default_permissions();
  const json given = body.find("permissions") != nullptr
                       ? body.at("permissions")
                       : json{json::object{}};
  for (const auto& [name, value] : given.members())
    permissions[name] = value;
  body["permissions"] = permissions;
  return b.db.write([&](tables& t) {
    const auto& row = add_user(t, body, password);
    return json_reply(201, user_answer(row, npm_version::v2_15));
  });
}

json& add_certificate(tables& t, const std::string& name) {
  return t.certificates.insert(json::object{
    {"owner_user_id", 1}, {"provider", "other"}, {"nice_name", name}});
}

/// A certificate as if somebody had uploaded it.
reply create_certificate(backend& b, call& c) {
  constexpr std::int64_t month = 30;
  const auto& body = checked_body(c, certificate_schema());
  const auto& name = body.at("common_name").text();
  const auto files = make_certificate(name, integer_or(body.at("days"), month));
  const std::lock_guard alone{b.mutating};
  return b.db.write([&](tables& t) {
    const auto& wanted = body.at("id");
    auto* row = wanted.is_integer() ? t.certificates.find(wanted.integer())
                                    : &add_certificate(t, name);
    if (row == nullptr)
      throw not_found(npm_version::v2_15, wanted.dump());
    (*row)["domain_names"] = json::array{json{name}};
    (*row)["expires_on"] = local_time(files.not_after);
    (*row)["meta"] = json::object{{"certificate", files.certificate},
                                  {"certificate_key", files.key}};
    b.web.store_certificate(row->at("id").integer(), files.certificate,
                            files.key);
    return json_reply(200, json::object{{"id", row->at("id")}});
  });
}

reply reserve_domains(backend& b, call& c) {
  const auto& body = checked_body(c, domains_schema());
  b.db.write([&](tables& t) {
    for (const auto& name : body.at("domain_names").items())
      t.reserved_domains.push_back(name.text());
  });
  return done();
}

constexpr auto ignored = route::token::ignored;

constexpr route routes[] = {
  {"GET", "/control/counters", show_counters, ignored},
  {"DELETE", "/control/counters", reset_counters, ignored},
  {"POST", "/control/expire-tokens", expire_tokens, ignored},
  {"POST", "/control/rotate-keys", rotate_keys, ignored},
  {"POST", "/control/token-lifetime", set_token_lifetime, ignored},
  {"POST", "/control/fail-next", add_fault, ignored},
  {"DELETE", "/control/fail-next", clear_faults, ignored},
  {"POST", "/control/break-nginx", break_nginx, ignored},
  {"POST", "/control/settle", settle, ignored},
  {"POST", "/control/users", create_user, ignored},
  {"POST", "/control/certificates", create_certificate, ignored},
  {"POST", "/control/reserved-domains", reserve_domains, ignored},
};

} // namespace

std::span<const route> control_routes() {
  return routes;
}

} // namespace npm_standin
