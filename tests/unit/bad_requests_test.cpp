// What the API answers to requests that it cannot take:
// bad_input/requests.yml.

#include "main/api/routes.hpp"
#include "tests/support/await.hpp"
#include "tests/support/bad_input.hpp"
#include "tests/support/child_process.hpp"
#include "tests/support/raw_client.hpp"
#include "transports/json.hpp"

#include <boost/test/unit_test.hpp>

#include <fmt/format.h>

#include <csignal>
#include <filesystem>
#include <map>
#include <optional>
#include <set>

using namespace dw;
using namespace dw::test;
using namespace std::chrono_literals;

namespace {

const YAML::Node& table() {
  static const auto result
    = YAML::LoadFile(DW_TEST_DATA "/bad_input/requests.yml");
  return result;
}

uint16_t free_port() {
  auto fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  static_cast<void>(
    ::bind(fd, reinterpret_cast<const sockaddr*>(&address), size));
  ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
  ::close(fd);
  return ntohs(address.sin_port);
}

/// A server, and clients with a token of each scope.
struct served {
  served() {
    write_files(table()["files"], dir);
    std::filesystem::current_path(dir.path());
    for (const auto* scope : {"read", "deploy"})
      tokens[scope] = make_token(scope, scope);
    for (int i = 0; i < 5; ++i)
      admins.push_back(make_token("admin" + std::to_string(i), "admin"));
    tokens["stranger"] = "dw_00000000_nonsense";
    start();
  }

  served(const served&) = delete;
  served& operator=(const served&) = delete;

  ~served() {
    server->send(SIGTERM);
    server->wait();
    std::filesystem::current_path("/");
  }

  std::map<std::string, std::string> variables() const {
    return {{"HOME", dir.path()},
            {"DOCKER_HOST", ""},
            {"DOCKER_WATCHER_STATE", dir.path("state")},
            {"API_PORT", std::to_string(port)}};
  }

  std::string make_token(const std::string& name, const std::string& scope) {
    auto text
      = run_child({{DW_PROGRAM, "token", "create", name, "--scope", scope},
                   variables()})
          .output;
    return text.substr(0, text.find('\n'));
  }

  // Each has its own limit of requests at once.
  const std::string& token_of(const std::string& who) {
    return who == "admin" ? admins[++last_admin % admins.size()]
                          : tokens.at(who);
  }

  // Somebody else may have got the port meanwhile.
  void start() {
    for (int left = 5; left > 0; --left)
      try {
        port = free_port();
        server.emplace(child_command{{DW_PROGRAM, "serve"}, variables()});
        server->wait_for_output("listening on");
        return;
      } catch (const std::runtime_error&) {
        if (left == 1)
          throw;
      }
  }

  /// @param who The scope of the token; "nobody" for none.
  raw_response ask(const std::string& line, const std::string& who,
                   std::string headers = {}, const std::string& body = {}) {
    auto client = raw_client::to_port(port);
    if (who != "nobody")
      headers += "Authorization: Bearer " + token_of(who) + "\r\n";
    if (!body.empty())
      headers += "Content-Length: " + std::to_string(body.size()) + "\r\n";
    client.send(line + " HTTP/1.1\r\nHost: test\r\nConnection: close\r\n"
                + headers + "\r\n" + body);
    return client.read_response(line.starts_with("HEAD "));
  }

  temp_directory dir;
  uint16_t port = 1;
  std::map<std::string, std::string> tokens;
  std::vector<std::string> admins;
  size_t last_admin = 0;
  std::optional<child_process> server;
};

served& server() {
  static served result;
  return result;
}

std::string in_json(const std::string& text) {
  auto object
    = json::writer{}.begin_object().text("x", text).end_object().str();
  return object.substr(5, object.size() - 6);
}

/// Checks a problem document, which begins like this in all of its forms.
/// @param code Of the error; empty for a refusal of the HTTP server's own.
void check_problem(const raw_response& x, int status, const std::string& code,
                   const std::string& detail) {
  BOOST_TEST(x.status == status);
  BOOST_TEST(x.complete);
  BOOST_TEST(x.header("Content-Type") == "application/problem+json");
  auto number = std::to_string(status);
  if (code.empty()) {
    auto begin = x.head.find(' ', 9) + 1;
    auto title = x.head.substr(begin, x.head.find('\r') - begin);
    BOOST_TEST(x.body
               == R"({"type":"about:blank","title":)" + in_json(title)
                    + R"(,"status":)" + number + R"(,"detail":)"
                    + in_json(detail) + "}\n");
    return;
  }
  auto expected = R"({"type":"urn:docker-watcher:problem:)" + code
                  + R"(","title":")" + code + R"(","status":)" + number
                  + R"(,"detail":)" + in_json(detail) + R"(,"error":{"code":")"
                  + code + R"(","text":)" + in_json(detail) + ",";
  BOOST_TEST(x.body.substr(0, expected.size()) == expected);
  json::document document{x.body};
  BOOST_TEST(document.ok(), document.problem());
}

std::string name_of(const api::route& x) {
  return std::string{x.method} + " " + std::string{x.pattern};
}

/// A path of the route.
std::string path_of(const api::route& x) {
  std::string result{x.pattern};
  const std::pair<const char*, const char*> values[] = {
    {"{id}", "0"}, {"{project}", "shop"}, {"{stage}", "prod"}, {"{name}", "x"}};
  for (const auto& [name, value] : values)
    if (auto at = result.find(name); at != std::string::npos)
      result.replace(at, std::string{name}.size(), value);
  return result;
}

std::string headers_of(const YAML::Node& row, const std::string& dir) {
  std::string result;
  for (const auto& x : row["headers"])
    result += x.first.as<std::string>() + ": "
              + expand(x.second.as<std::string>(), dir) + "\r\n";
  return result;
}

template <class F>
void for_each_route(F f) {
  for (const auto& x : api::routes())
    BOOST_TEST_CONTEXT(name_of(x)) {
      f(x);
    }
}

} // namespace

BOOST_AUTO_TEST_SUITE(bad_requests)

BOOST_AUTO_TEST_CASE(every_route_has_rows_and_every_row_a_route) {
  std::set<std::string> routes;
  for_each_route([&](const api::route& x) { routes.insert(name_of(x)); });
  std::set<std::string> rows;
  for (const auto& x : table()["routes"]) {
    rows.insert(x.first.as<std::string>());
    BOOST_TEST(x.second.size() > 0u, x.first.as<std::string>());
  }
  BOOST_TEST(routes == rows, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(every_row_gets_its_answer) {
  auto dir = server().dir.path();
  for (const auto& group : table()["routes"]) {
    auto route = group.first.as<std::string>();
    auto method = route.substr(0, route.find(' ') + 1);
    for (const auto& row : group.second) {
      auto target = text_of(row, "target", dir, route.substr(method.size()));
      BOOST_TEST_CONTEXT(method << target.substr(0, 80) << " " << row) {
        auto x = server().ask(method + target, text_of(row, "as", dir, "admin"),
                              headers_of(row, dir), text_of(row, "body", dir));
        check_problem(x, row["status"].as<int>(400), text_of(row, "code", dir),
                      text_of(row, "detail", dir));
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(what_is_no_request_gets_its_answer) {
  auto dir = server().dir.path();
  for (const auto& row : table()["raw"]) {
    auto bytes = text_of(row, "bytes", dir);
    BOOST_TEST_CONTEXT(bytes.substr(0, 80)) {
      auto client = raw_client::to_port(server().port);
      client.send(bytes);
      auto x = client.read_response();
      check_problem(x, row["status"].as<int>(), {},
                    text_of(row, "detail", dir));
      BOOST_TEST(client.is_closed());
    }
  }
}

BOOST_AUTO_TEST_CASE(no_route_takes_another_method) {
  for_each_route([](const api::route& route) {
    auto path = path_of(route);
    for (std::string method : {"DELETE", "PATCH", "get", "TRACE"}) {
      auto x = server().ask(method + " " + path, "admin");
      auto allowed = x.header("Allow");
      BOOST_TEST(allowed.find(route.method) != std::string::npos, allowed);
      check_problem(x, 405, "invalid_argument",
                    "could not serve " + method + " " + path
                      + ": this route has " + allowed + " only");
    }
  });
}

BOOST_AUTO_TEST_CASE(no_route_takes_another_parameter) {
  for_each_route([](const api::route& route) {
    if (route.is_unlimited)
      return;
    auto line = std::string{route.method} + " " + path_of(route);
    auto has = route.parameters.empty()
                 ? "none"
                 : fmt::format("{}", fmt::join(route.parameters, ", "));
    check_problem(server().ask(line + "?nonsense", "admin"), 400,
                  "invalid_argument",
                  "could not read the query: there is no parameter "
                  "\"nonsense\"\n  This route has "
                    + has + ".");
  });
}

BOOST_AUTO_TEST_CASE(no_route_is_there_with_more_or_less_in_its_path) {
  for_each_route([](const api::route& route) {
    auto line = std::string{route.method} + " " + path_of(route);
    for (const auto* more : {"/", "/x/y/z", "%2F"}) {
      auto x = server().ask(line + more, "admin");
      if (route.pattern.ends_with('}') && *more == '%')
        continue; // part of the name
      auto shown = *more == '%' ? line + "/" : line + more;
      check_problem(x, 404, "not_found",
                    "could not serve " + shown + ": there is no such route");
    }
  });
}

BOOST_AUTO_TEST_CASE(every_path_must_be_text) {
  for_each_route([](const api::route& route) {
    auto line = std::string{route.method} + " " + path_of(route);
    for (const auto* more : {"%00", "%zz", "%ff", "%", "?x=%00", "#x"})
      check_problem(server().ask(line + more, "admin"), 400, "",
                    "The target is not a path that can be decoded to UTF-8.");
  });
}

namespace {

// Strangers have few attempts, and get some again each second.
raw_response ask_as_stranger(const std::string& line, const char* who) {
  raw_response result;
  await("an attempt for " + line, [&] {
    result = server().ask(line, who);
    return result.status != 429;
  });
  return result;
}

} // namespace

BOOST_AUTO_TEST_CASE(no_stranger_gets_in) {
  for_each_route([](const api::route& route) {
    if (!route.needs)
      return;
    auto line = std::string{route.method} + " " + path_of(route);
    for (const auto* who : {"nobody", "stranger"}) {
      auto x = ask_as_stranger(line, who);
      check_problem(x, 401, "unauthorized",
                    "could not serve " + line
                      + ": a valid token is needed\n"
                        "  docker-watcher token create makes one.");
      BOOST_TEST(x.header("WWW-Authenticate") == "Bearer");
    }
  });
}

BOOST_AUTO_TEST_CASE(no_token_does_more_than_its_scope) {
  for_each_route([](const api::route& route) {
    if (!route.needs)
      return;
    auto line = std::string{route.method} + " " + path_of(route);
    for (auto scope : {api::scope::read, api::scope::deploy})
      if (scope < *route.needs)
        check_problem(server().ask(line, to_string(scope)), 403, "forbidden",
                      "could not serve " + line
                        + ": the token may not do this\n  It needs the scope "
                        + to_string(*route.needs) + ".");
  });
}

BOOST_AUTO_TEST_CASE(no_route_takes_a_body_without_end) {
  for_each_route([](const api::route& route) {
    auto line = std::string{route.method} + " " + path_of(route);
    auto x = server().ask(line, "admin", "Content-Length: 99999999999\r\n");
    check_problem(x, 413, "", "The body is too large.");
  });
}

BOOST_AUTO_TEST_SUITE_END()
