#include "tests/support/npm_standin/dispatch.hpp"

#include "tests/support/npm_standin/failure.hpp"
#include "tests/support/npm_standin/request_body.hpp"
#include "tests/support/npm_standin/routes.hpp"

#include <algorithm>

namespace npm_standin {

namespace {

// -- errors -------------------------------------------------------------------

reply error_reply(const call& c, npm_version version, const failure& what) {
  json error = json::object{};
  if (what.status() != 500 || version >= npm_version::v2_15)
    error["code"] = what.status();
  error["message"] = what.message();
  if (!what.i18n().is_null() && version >= npm_version::v2_15)
    error["message_i18n"] = what.i18n();
  json body;
  body["error"] = std::move(error);
  if (c.path.starts_with("/nginx/certificates")) {
    const auto line = "Error: " + what.message();
    body["debug"]["stack"] = json::array{json{line}};
  }
  return json_reply(what.status(), body);
}

failure unknown_route(const call& c) {
  return {404, "Not Found - " + c.path};
}

/// The real server lets the request fall through to the last route, except for
/// the creation of a host, which it forgets to answer properly.
failure denied(const call& c, npm_version version) {
  if (version < npm_version::v2_15)
    return {403, "Permission Denied"};
  if (c.in.method == "POST" && c.path == "/nginx/proxy-hosts")
    return internal_error();
  return unknown_route(c);
}

/// What nginx says in front of a backend that is away.
reply front_page(int status, const std::string& title) {
  const auto line = std::to_string(status) + " " + title;
  return {status,
          "text/html",
          "<html>\r\n<head><title>" + line
            + "</title></head>\r\n<body>\r\n<center><h1>" + line
            + "</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n"
              "</html>\r\n",
          {},
          false};
}

reply planned_answer(const call& c, npm_version version, int status) {
  switch (status) {
    case 502:
      return front_page(status, "Bad Gateway");
    case 503:
      return front_page(status, "Service Temporarily Unavailable");
    case 504:
      return front_page(status, "Gateway Time-out");
    default:
      return error_reply(c, version, internal_error(status));
  }
}

// -- routes -------------------------------------------------------------------

/// @param id Receives what ":id" stands for.
bool matches(std::string_view pattern, std::string_view path, std::string& id) {
  constexpr std::string_view variable = ":id";
  const auto at = pattern.find(variable);
  if (at == std::string_view::npos)
    return path == pattern || path == std::string{pattern} + "/";
  const auto tail = pattern.substr(at + variable.size());
  if (path.size() <= at + tail.size() || !path.ends_with(tail)
      || path.substr(0, at) != pattern.substr(0, at))
    return false;
  const auto value = path.substr(at, path.size() - at - tail.size());
  if (value.find('/') != std::string_view::npos)
    return false;
  id = value;
  return true;
}

/// Exactly "Bearer", one blank, token; anything else counts as no token.
std::string token_of(const request& in) {
  constexpr std::string_view scheme = "Bearer ";
  auto header = in.header("authorization");
  if (!header.starts_with(scheme))
    return {};
  header.remove_prefix(scheme.size());
  return std::string{header.substr(0, header.find(' '))};
}

void check_token(backend& b, call& c) {
  const auto token = token_of(c.in);
  if (token.empty())
    return;
  if (token == "null")
    throw failure{400, "Empty token"};
  const auto verdict = b.tokens.check(token);
  if (verdict.result == token_verdict::outcome::broken)
    throw internal_error();
  if (verdict.result == token_verdict::outcome::expired)
    throw failure{b.version < npm_version::v2_15 ? 401 : 400,
                  "Token has expired",
                  json::object{{"name", "TokenExpiredError"},
                               {"message", "jwt expired"},
                               {"expiredAt", iso_time(verdict.expired_at)}}};
  c.claims = verdict.claims;
  c.who
    = b.db.read([&](const tables& t) { return identify(t, verdict.claims); });
}

reply run(backend& b, std::span<const route> routes, call& c) {
  c.body = parse_body(c.in);
  if (c.in.method == "OPTIONS")
    return {204, {}, {}, {}, false};
  std::vector<const route*> here;
  for (const auto& x : routes)
    if (matches(x.pattern, c.path, c.id))
      here.push_back(&x);
  if (here.empty())
    throw unknown_route(c);
  const auto i = std::ranges::find(here, c.in.method, &route::method);
  if (i == here.end() || (*i)->use == route::token::checked)
    check_token(b, c);
  if (i == here.end())
    throw unknown_route(c);
  return (*i)->handle(b, c);
}

const route* find_route(const std::string& method, const std::string& path) {
  std::string ignored;
  for (const auto& x : api_routes())
    if (x.method == method && matches(x.pattern, path, ignored))
      return &x;
  return nullptr;
}

// -- mutations ----------------------------------------------------------------

/// Runs a call alone and for at least the configured time.
reply run_mutation(backend& b, const request& in, const std::string& path,
                   bool fail_in_nginx) {
  const std::lock_guard alone{b.mutating};
  const auto start = std::chrono::steady_clock::now();
  b.web.set_failing(fail_in_nginx);
  auto out = dispatch(b, api_routes(), in, path);
  b.web.set_failing(false);
  const auto taken = std::chrono::steady_clock::now() - start;
  const auto rest = b.mutation_time - taken;
  if (rest.count() > 0)
    b.waiting.wait(std::chrono::ceil<std::chrono::milliseconds>(rest));
  return out;
}

reply serve(backend& b, const request& in, const std::string& path) {
  const auto* known = find_route(in.method, path);
  b.counts.count_request(
    in.method + " " + (known != nullptr ? std::string{known->pattern} : path));
  const auto mutates = known != nullptr && known->mutates;
  std::optional<counters::mutation> counted;
  if (mutates)
    counted.emplace(b.counts, in.method);
  const auto trouble = b.faults.take(in.method, path).value_or(fault{});
  if (trouble.delay.count() > 0)
    b.waiting.wait(trouble.delay);
  if (trouble.status != 0)
    return planned_answer({in, path}, b.version, trouble.status);
  reply out;
  out.hang_up = trouble.close_before;
  if (!trouble.close_before)
    out = mutates ? run_mutation(b, in, path, trouble.commit_before_500)
                  : dispatch(b, api_routes(), in, path);
  out.hang_up = out.hang_up || trouble.close_after;
  return out;
}

} // namespace

reply dispatch(backend& b, std::span<const route> routes, const request& in,
               std::string path) {
  call c{in, std::move(path)};
  try {
    return run(b, routes, c);
  } catch (const failure& what) {
    return error_reply(c, b.version, what);
  } catch (const permission_denied&) {
    return error_reply(c, b.version, denied(c, b.version));
  } catch (const nginx_failure&) {
    return error_reply(c, b.version, internal_error());
  }
}

reply serve_api(backend& b, const request& in) {
  if (!b.prefix.empty() && in.path == b.prefix) {
    auto out = front_page(302, "Found");
    out.headers.emplace_back(
      "Location", "http://" + std::string{in.header("host")} + in.path + "/");
    return out;
  }
  if (!in.path.starts_with(b.prefix + "/"))
    return front_page(404, "Not Found");
  return serve(b, in, in.path.substr(b.prefix.size()));
}

} // namespace npm_standin
