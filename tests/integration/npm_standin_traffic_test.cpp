// Visitors' requests through the nginx that the stand-in drives.

#include "tests/support/npm_session.hpp"
#include "tests/support/npm_standin/http_server.hpp"
#include "tests/support/npm_standin/json.hpp"

#include <boost/test/unit_test.hpp>

#include <csignal>
#include <future>
#include <latch>

using namespace dw::test;
using npm_standin::json;

namespace {

/// A server behind nginx. It answers with its name and with the headers it got;
/// answers below /slow wait until they are let go.
class upstream {
public:
  explicit upstream(std::string name)
    : name_(std::move(name)),
      server_("127.0.0.1", 0, [this](const auto& in) { return serve(in); }) {
    server_.start();
  }

  std::uint16_t port() const {
    return server_.port();
  }

  std::latch arrived{1};
  std::latch let_go{1};

private:
  npm_standin::reply serve(const npm_standin::request& in) {
    if (in.path.starts_with("/slow")) {
      arrived.count_down();
      let_go.wait();
    }
    json body;
    body["name"] = name_;
    body["path"] = in.path;
    body["headers"] = json::object{};
    for (const auto& [name, value] : in.headers)
      body["headers"][name] = value;
    return {in.path == "/missing" ? 404 : 200,
            "application/json",
            body.dump(),
            {},
            false};
  }

  std::string name_;
  npm_standin::http_server server_;
};

/// Who answered; empty if none of ours.
std::string name_in(const plain_response& response) {
  const auto body = json::parse(response.body).value_or(json{});
  const auto& name = body.at("name");
  return name.is_string() ? name.text() : std::string{};
}

bool is_default_site(const plain_response& response) {
  return response.status == 200
         && response.body.find("Congratulations") != std::string::npos;
}

std::string put_port(const upstream& x) {
  return R"({"forward_port":)" + std::to_string(x.port()) + "}";
}

struct fixture {
  npm_standin_process standin{{.with_https = true}};
  npm_session admin{standin};
  upstream blue{"blue"};
  upstream green{"green"};

  /// What visitors get when the last mutation has taken effect.
  plain_response
  visit_settled(const std::string& host, const std::string& path = "/") const {
    standin.settle();
    return standin.visit(host, path);
  }

  std::int64_t serve(const std::string& host, const upstream& by,
                     const std::string& more = {}) const {
    const auto id = admin.create_host(host, by.port(), more);
    standin.settle();
    return id;
  }
};

json headers_in(const plain_response& response) {
  return json::parse(response.body).value().at("headers");
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(npm_standin_traffic, fixture)

// -- routing ------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(requests_are_routed_by_host) {
  serve("blue.test", blue);
  serve("green.test", green);
  const auto response = standin.visit("blue.test", "/some/path?a=b");
  BOOST_TEST(name_in(response) == "blue");
  BOOST_TEST(json::parse(response.body)->at("path").text() == "/some/path");
  BOOST_TEST(response.header("x-served-by") == "blue.test");
  BOOST_TEST(name_in(standin.visit("GREEN.test")) == "green");
}

BOOST_AUTO_TEST_CASE(unknown_hosts_get_the_default_site) {
  serve("blue.test", blue);
  const auto response = standin.visit("unknown.test", "/any/path");
  BOOST_TEST(is_default_site(response));
  BOOST_TEST(response.header("x-served-by").empty());
}

BOOST_AUTO_TEST_CASE(errors_of_the_upstream_do_not_tell_who_served) {
  serve("blue.test", blue);
  const auto response = standin.visit("blue.test", "/missing");
  BOOST_TEST(response.status == 404);
  BOOST_TEST(response.header("x-served-by").empty());
}

BOOST_AUTO_TEST_CASE(the_upstream_learns_who_asks_and_how) {
  serve("blue.test", blue);
  const auto headers = headers_in(standin.visit("blue.test"));
  BOOST_TEST(headers.at("Host").text() == "blue.test");
  BOOST_TEST(headers.at("X-Forwarded-Proto").text() == "http");
  BOOST_TEST(headers.at("X-Forwarded-Scheme").text() == "http");
  BOOST_TEST(headers.at("X-Forwarded-For").text() == "127.0.0.1");
  BOOST_TEST(headers.at("X-Real-IP").text() == "127.0.0.1");
}

BOOST_AUTO_TEST_CASE(a_name_nobody_resolves_fails_at_request_time_only) {
  const auto id = serve("blue.test", blue);
  const auto answer
    = admin.update_host(id, R"({"forward_host":"nowhere.invalid"})");
  BOOST_TEST(answer.body.at("meta").at("nginx_online").flag());
  BOOST_TEST(visit_settled("blue.test").status == 502);
}

BOOST_AUTO_TEST_CASE(custom_locations_go_to_their_own_upstream) {
  serve("blue.test", blue,
        R"("locations":[{"path":"/api","forward_scheme":"http",)"
        R"("forward_host":"127.0.0.1","forward_port":)"
          + std::to_string(green.port()) + "}]");
  const auto response = standin.visit("blue.test", "/api/x");
  BOOST_TEST(name_in(response) == "green");
  BOOST_TEST(response.header("x-served-by").empty());
  BOOST_TEST(name_in(standin.visit("blue.test", "/else")) == "blue");
}

BOOST_AUTO_TEST_CASE(advanced_config_may_replace_the_default_location) {
  serve("blue.test", blue,
        R"("advanced_config":"location / {\n  return 418;\n}")");
  BOOST_TEST(standin.visit("blue.test").status == 418);
}

// -- switching over -----------------------------------------------------------

BOOST_AUTO_TEST_CASE(an_update_switches_over_without_a_failed_request) {
  const auto id = serve("app.test", blue);
  std::atomic<int> failures = 0;
  std::latch running{2};
  auto visitor = [&] {
    constexpr int enough = 50;
    int seen_green = 0;
    for (int i = 0; seen_green < enough; ++i) {
      const auto response = standin.visit("app.test");
      const auto name = name_in(response);
      if (name == "green")
        ++seen_green;
      else if (name != "blue" || response.status != 200)
        ++failures;
      if (i == enough)
        running.count_down();
    }
  };
  auto first = std::async(std::launch::async, visitor);
  auto second = std::async(std::launch::async, visitor);
  running.wait();
  BOOST_TEST(admin.update_host(id, put_port(green)).status == 200);
  first.get();
  second.get();
  BOOST_TEST(failures == 0);
}

BOOST_AUTO_TEST_CASE(a_response_in_flight_finishes_on_the_old_upstream) {
  const auto id = serve("app.test", blue);
  auto slow = std::async(std::launch::async,
                         [&] { return standin.visit("app.test", "/slow"); });
  blue.arrived.wait();
  admin.update_host(id, put_port(green));
  BOOST_TEST(name_in(visit_settled("app.test")) == "green");
  blue.let_go.count_down();
  const auto response = slow.get();
  BOOST_TEST(response.status == 200);
  BOOST_TEST(name_in(response) == "blue");
}

BOOST_AUTO_TEST_CASE(a_change_waits_until_the_one_before_is_served) {
  using namespace std::chrono_literals;
  const auto id = serve("app.test", blue);
  ::kill(standin.nginx_pid(), SIGSTOP);
  BOOST_TEST(admin.update_host(id, put_port(green)).status == 200);
  // Otherwise nginx would read both changes, and refuse both for the second.
  auto breaking
    = std::async(std::launch::async, [&] { standin.break_nginx(true); });
  BOOST_TEST((breaking.wait_for(200ms) == std::future_status::timeout));
  ::kill(standin.nginx_pid(), SIGCONT);
  breaking.get();
  BOOST_TEST(name_in(visit_settled("app.test")) == "green");
}

// -- trouble ------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_refused_update_takes_the_host_offline) {
  const auto id = serve("app.test", blue);
  const auto answer
    = admin.update_host(id, R"({"advanced_config":"no_such_directive on;"})");
  BOOST_TEST(answer.status == 200);
  BOOST_TEST(!answer.body.at("meta").at("nginx_online").flag());
  BOOST_TEST(is_default_site(visit_settled("app.test")));
  admin.update_host(id, R"({"advanced_config":""})");
  BOOST_TEST(name_in(visit_settled("app.test")) == "blue");
}

BOOST_AUTO_TEST_CASE(a_quote_in_the_upstreams_name_is_a_refused_config) {
  const auto id = admin.create_host("app.test", 1);
  const auto answer = admin.update_host(id, R"({"forward_host":"a\"b"})");
  BOOST_TEST(answer.status == 200);
  BOOST_TEST(!answer.body.at("meta").at("nginx_online").flag());
}

BOOST_AUTO_TEST_CASE(an_update_of_a_broken_nginx_keeps_the_old_upstream) {
  const auto id = serve("app.test", blue);
  standin.break_nginx(true);
  BOOST_TEST(admin.update_host(id, put_port(green)).status == 500);
  const auto host
    = admin.ask("GET", "/nginx/proxy-hosts/" + std::to_string(id)).body;
  BOOST_TEST(host.at("forward_port").integer() == green.port());
  BOOST_TEST(host.at("meta").at("nginx_online").flag());
  BOOST_TEST(name_in(standin.visit("app.test")) == "blue");
  standin.break_nginx(false);
  BOOST_TEST(admin.update_host(id, put_port(green)).status == 200);
  BOOST_TEST(name_in(visit_settled("app.test")) == "green");
}

BOOST_AUTO_TEST_CASE(a_delete_in_a_broken_nginx_serves_until_the_next_reload) {
  const auto id = serve("app.test", blue);
  standin.break_nginx(true);
  const auto path = "/nginx/proxy-hosts/" + std::to_string(id);
  BOOST_TEST(admin.ask("DELETE", path).status == 500);
  BOOST_TEST(admin.ask("DELETE", path).status == 404);
  BOOST_TEST(name_in(standin.visit("app.test")) == "blue");
  standin.break_nginx(false);
  serve("other.test", green);
  BOOST_TEST(is_default_site(visit_settled("app.test")));
}

// -- enabling and disabling ---------------------------------------------------

BOOST_AUTO_TEST_CASE(disabling_stops_but_clearing_the_flag_does_not) {
  const auto id = serve("app.test", blue);
  const auto path = "/nginx/proxy-hosts/" + std::to_string(id);
  BOOST_TEST(admin.update_host(id, R"({"enabled":false})").status == 200);
  admin.update_host(id, put_port(green));
  serve("other.test", green);
  BOOST_TEST(name_in(standin.visit("app.test")) == "blue");
  BOOST_TEST(admin.ask("POST", path + "/disable").message()
             == "Host is already disabled");
  BOOST_TEST(admin.update_host(id, R"({"enabled":true})").status == 200);
  BOOST_TEST(name_in(visit_settled("app.test")) == "green");
  BOOST_TEST(admin.ask("POST", path + "/disable").status == 200);
  BOOST_TEST(is_default_site(visit_settled("app.test")));
}

BOOST_AUTO_TEST_CASE(a_host_created_disabled_is_not_served) {
  admin.create_host("off.test", blue.port(), R"("enabled":false)");
  serve("app.test", blue);
  BOOST_TEST(is_default_site(standin.visit("off.test")));
}

// -- access lists -------------------------------------------------------------

struct protected_fixture : fixture {
  protected_fixture() {
    admin.ask("POST", "/nginx/access-lists",
              R"({"name":"staff","items":[{"username":"u","password":"p"}]})");
    id = serve("app.test", blue, R"("access_list_id":1)");
  }

  plain_response visit_as(const std::string& credentials) const {
    return exchange(
      {"GET",
       standin.traffic_url(),
       {{"Host", "app.test"}, {"Authorization", "Basic " + credentials}}});
  }

  std::int64_t id;
};

BOOST_FIXTURE_TEST_CASE(access_lists_ask_for_a_password, protected_fixture) {
  BOOST_TEST(standin.visit("app.test").status == 401);
  BOOST_TEST(visit_as("dTp4").status == 401); // u:x
  const auto response = visit_as("dTpw");     // u:p
  BOOST_TEST(name_in(response) == "blue");
  BOOST_TEST(headers_in(response).find("Authorization") == nullptr);
}

BOOST_FIXTURE_TEST_CASE(enabling_loses_the_access_list, protected_fixture) {
  const auto path = "/nginx/proxy-hosts/" + std::to_string(id);
  admin.ask("POST", path + "/disable");
  BOOST_TEST(is_default_site(visit_settled("app.test")));
  admin.ask("POST", path + "/enable");
  BOOST_TEST(name_in(visit_settled("app.test")) == "blue");
  admin.update_host(id, R"({"block_exploits":false})");
  BOOST_TEST(visit_settled("app.test").status == 401);
}

BOOST_FIXTURE_TEST_CASE(a_deleted_access_list_opens_its_hosts,
                        protected_fixture) {
  BOOST_TEST(admin.ask("DELETE", "/nginx/access-lists/1").status == 200);
  BOOST_TEST(name_in(visit_settled("app.test")) == "blue");
}

// -- websockets and TLS -------------------------------------------------------

BOOST_AUTO_TEST_CASE(upgrades_are_passed_on_if_the_host_allows_them) {
  auto upgrade_seen = [&](const std::string& host) {
    const auto response = exchange(
      {"GET",
       standin.traffic_url(),
       {{"Host", host}, {"Upgrade", "websocket"}, {"Connection", "Upgrade"}}});
    const auto headers = headers_in(response);
    return headers.find("Upgrade") != nullptr
           && headers.at("Connection").text() == "Upgrade";
  };
  serve("plain.test", blue);
  serve("socket.test", blue, R"("allow_websocket_upgrade":true)");
  BOOST_TEST(!upgrade_seen("plain.test"));
  BOOST_TEST(upgrade_seen("socket.test"));
}

BOOST_AUTO_TEST_CASE(a_host_with_a_certificate_also_speaks_https) {
  standin.control("POST", "/control/certificates",
                  R"({"common_name":"app.test"})");
  serve("app.test", blue,
        R"("certificate_id":1,"ssl_forced":true,"hsts_enabled":true,)"
        R"("http2_support":true)");
  const auto redirect = standin.visit("app.test", "/x?y=z");
  BOOST_TEST(redirect.status == 301);
  BOOST_TEST(redirect.header("location") == "https://app.test/x?y=z");
  const auto port = std::to_string(standin.https_port());
  const auto response = exchange({.url = "https://app.test:" + port + "/",
                                  .connect_to = "127.0.0.1:" + port});
  BOOST_TEST(name_in(response) == "blue");
  BOOST_TEST(headers_in(response).at("X-Forwarded-Proto").text() == "https");
  BOOST_TEST(response.header("strict-transport-security").starts_with("max-"));
}

BOOST_AUTO_TEST_CASE(names_without_a_certificate_get_no_handshake) {
  const auto port = std::to_string(standin.https_port());
  BOOST_TEST(exchange({.url = "https://none.test:" + port + "/",
                       .connect_to = "127.0.0.1:" + port})
               .status
             == 0);
}

BOOST_AUTO_TEST_SUITE_END()
