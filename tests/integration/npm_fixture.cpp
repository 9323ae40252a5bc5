#include "tests/integration/npm_fixture.hpp"

#include "actors/proxy_registrar.hpp"
#include "actors/token_keeper.hpp"
#include "main/url.hpp"
#include "messages/naming.hpp"
#include "transports/http_client.hpp"

#include <iostream>
#include <stdexcept>

namespace dw::test {

using npm_standin::json;

// -- the server ---------------------------------------------------------------

npm_under_test::npm_under_test()
  : api_url{variable("DW_TEST_NPM_URL")}, identity{variable(
                                            "DW_TEST_NPM_IDENTITY")},
    secret{variable("DW_TEST_NPM_SECRET")}, traffic_url{variable(
                                              "DW_TEST_NPM_TRAFFIC_URL")},
    forward_host{variable("DW_TEST_FORWARD_HOST")} {
  if (api_url.empty()) {
    const npm_standin_options options;
    standin.emplace(options);
    api_url = standin->api_url();
    identity = options.identity;
    secret = options.password;
    traffic_url = standin->traffic_url();
  } else if (identity.empty() || secret.empty()) {
    throw std::runtime_error{"DW_TEST_NPM_URL needs DW_TEST_NPM_IDENTITY and "
                             "DW_TEST_NPM_SECRET too"};
  }
  while (api_url.ends_with('/'))
    api_url.pop_back();
  if (forward_host.empty())
    forward_host = "127.0.0.1";
  admin.emplace(api_url, identity, secret);
}

const npm_under_test& npm_under_test::instance() {
  static const npm_under_test result;
  return result;
}

boost::test_tools::assertion_result
needs_traffic(boost::unit_test::test_unit_id id) {
  const auto is_known = !npm_under_test::instance().traffic_url.empty();
  if (!is_known)
    std::cerr << "skipped, for DW_TEST_NPM_TRAFFIC_URL is not set: "
              << boost::unit_test::framework::get(id, boost::unit_test::TUT_ANY)
                   .full_name()
              << '\n';
  return is_known;
}

// Elsewhere than on loopback only if the proxy is elsewhere.
upstream::upstream(const std::string& name)
  : server_{npm_under_test::instance().forward_host == "127.0.0.1" ? "127.0.0.1"
                                                                   : "0.0.0.0",
            0, [name](const auto&) {
              return npm_standin::reply{.content_type = "text/plain",
                                        .body = name};
            }} {
  server_.start();
}

// -- the actors ---------------------------------------------------------------

npm_fixture::npm_fixture()
  : npm{npm_under_test::instance()}, run{make_instance_id()},
    http{spawn_http_client(sys, std::make_shared<http_loop>())} {
  spawned_.push_back(caf::actor_cast<caf::actor>(http));
  proxy = registrar_of(endpoint(), http);
}

npm_fixture::~npm_fixture() {
  for (auto i = spawned_.rbegin(); i != spawned_.rend(); ++i)
    caf::anon_send_exit(*i, caf::exit_reason::user_shutdown);
  try {
    clean_up();
  } catch (...) { // BOOST_FAIL has said what it is
    BOOST_ERROR("leftovers of " << run << " remain in the proxy");
  }
}

npm_endpoint npm_fixture::endpoint(const std::string& identity,
                                   const std::string& password) const {
  std::string why;
  auto address = parse_url(npm.api_url, why);
  BOOST_REQUIRE_MESSAGE(address, "DW_TEST_NPM_URL: " << why);
  npm_endpoint result;
  result.origin.base_url = base_url(*address);
  result.base_path = address->path;
  result.identity = identity.empty() ? npm.identity : identity;
  result.password = secret{password.empty() ? npm.secret : password};
  return result;
}

token_keeper_actor npm_fixture::keeper_of(const npm_endpoint& endpoint,
                                          const http_client_actor& via) {
  token_keeper_actor result{sys.spawn(token_keeper, endpoint, via)};
  spawned_.push_back(caf::actor_cast<caf::actor>(result));
  return result;
}

proxy_registrar_actor npm_fixture::registrar_of(const npm_endpoint& endpoint,
                                                const http_client_actor& via) {
  auto keeper = keeper_of(endpoint, via);
  proxy_registrar_actor result{
    sys.spawn(proxy_registrar, endpoint, via, keeper)};
  spawned_.push_back(caf::actor_cast<caf::actor>(result));
  return result;
}

// -- names --------------------------------------------------------------------

std::string npm_fixture::domain(const std::string& name) const {
  return name + "." + run + ".example.test";
}

route_owner npm_fixture::owner(const std::string& instance) const {
  return {"suite-" + run, "test", instance};
}

proxy_target npm_fixture::target(const upstream& x) const {
  return {"http", npm.forward_host, x.port()};
}

proxy_target npm_fixture::nowhere() const {
  return {"http", npm.forward_host, 1};
}

// -- by the administrator's hand ----------------------------------------------

npm_endpoint npm_fixture::user_as_made() {
  // Others may reach the server too while the user exists.
  const auto password = make_instance_id();
  const auto email = "deploy-" + make_instance_id() + "@" + domain("users");
  auto user = admin("POST", "/users",
                    R"({"name":"Deploy","nickname":"Deploy","email":")" + email
                      + R"(","roles":[],"is_disabled":false})");
  made_.push_back("/users/" + std::to_string(user.at("id").integer()));
  admin("PUT", made_.back() + "/auth",
        R"({"type":"password","secret":")" + password + R"("})");
  return endpoint(email, password);
}

npm_endpoint npm_fixture::user_with(const std::string& visibility,
                                    const std::string& proxy_hosts) {
  auto result = user_as_made();
  admin("PUT", made_.back() + "/permissions",
        R"({"visibility":")" + visibility + R"(","proxy_hosts":")" + proxy_hosts
          + R"(","redirection_hosts":"hidden","dead_hosts":"hidden",)"
            R"("streams":"hidden","access_lists":"hidden",)"
            R"("certificates":"hidden"})");
  return result;
}

std::int64_t npm_fixture::access_list() {
  auto list = admin("POST", "/nginx/access-lists",
                    R"({"name":")" + run
                      + R"(","satisfy_any":true,"clients":[],)"
                        R"("items":[{"username":"u","password":"p"}]})");
  auto id = list.at("id").integer();
  made_.push_back("/nginx/access-lists/" + std::to_string(id));
  return id;
}

json npm_fixture::admin(const std::string& method, const std::string& path,
                        const std::string& body) const {
  auto answer = npm.admin->ask(method, path, body);
  BOOST_REQUIRE_MESSAGE(answer.status >= 200 && answer.status < 300,
                        method << " " << path << ": " << answer.status << " "
                               << answer.message());
  return answer.body;
}

// -- visitors -----------------------------------------------------------------

plain_response npm_fixture::visit(const std::string& domain) const {
  return exchange({"GET", npm.traffic_url + "/", {{"Host", domain}}});
}

bool npm_fixture::is_served_by(const std::string& domain,
                               const std::string& name) const {
  return comes_true([&] { return visit(domain).body == name; });
}

bool npm_fixture::is_served_only_by(const std::string& domain,
                                    const std::string& name) const {
  using clock = std::chrono::steady_clock;
  constexpr auto long_enough = std::chrono::seconds{1};
  auto since = clock::now();
  return comes_true([&] {
    if (visit(domain).body != name)
      since = clock::now();
    return clock::now() - since >= long_enough;
  });
}

// -- the end ------------------------------------------------------------------

// Hosts first: they refer to the rest.
void npm_fixture::clean_up() const {
  const auto hosts = admin("GET", "/nginx/proxy-hosts");
  for (const auto& host : hosts.items())
    if (host.at("domain_names").dump().find("." + run + ".")
        != std::string::npos)
      admin("DELETE",
            "/nginx/proxy-hosts/" + std::to_string(host.at("id").integer()));
  for (const auto& path : made_)
    admin("DELETE", path);
}

} // namespace dw::test
