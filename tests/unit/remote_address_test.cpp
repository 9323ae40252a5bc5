#include "main/remote/server_address.hpp"

#include "messages/error.hpp"

#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <map>

using namespace dw;
using namespace dw::remote;

namespace {

server_address good(const std::string& text, const std::string& ca = {}) {
  auto result = parse_server(text, ca);
  if (!result)
    BOOST_FAIL(render(result.error()));
  return *result;
}

void check_refused(const std::string& text, const std::string& why) {
  auto result = parse_server(text, {});
  BOOST_REQUIRE_MESSAGE(!result, text);
  BOOST_TEST((code_of(result.error()) == errc::invalid_argument));
  auto found = render(result.error());
  BOOST_TEST(found.find(why) != std::string::npos, found);
}

struct fixture {
  std::optional<server_address> find() const {
    auto result = find_server(args, settings, [this](const std::string& name) {
      auto i = variables.find(name);
      return i == variables.end() ? std::nullopt : std::optional{i->second};
    });
    if (!result)
      BOOST_FAIL(render(result.error()));
    return *result;
  }

  arguments args;
  client_settings settings;
  std::map<std::string, std::string> variables;
};

} // namespace

BOOST_AUTO_TEST_CASE(a_socket_is_named_by_its_path) {
  BOOST_TEST(good("unix:///run/dw.sock").origin.socket_path == "/run/dw.sock");
  BOOST_TEST(good("/run/dw.sock").origin.socket_path == "/run/dw.sock");
  BOOST_TEST(good("dw.sock").origin.socket_path
             == std::filesystem::absolute("dw.sock").string());
  BOOST_TEST(good("unix:///run/dw.sock").display == "unix:///run/dw.sock");
}

BOOST_AUTO_TEST_CASE(another_host_needs_tls) {
  auto x = good("https://deploy.test:8443/", "/etc/ca.pem");
  BOOST_TEST(x.origin.base_url == "https://deploy.test:8443");
  BOOST_REQUIRE(!!x.origin.tls);
  BOOST_TEST(x.origin.tls->ca == "/etc/ca.pem");
  for (const auto* text :
       {"http://127.0.0.1:80", "http://localhost:80", "http://[::1]:80"})
    BOOST_TEST(!good(text).origin.tls);
  check_refused("http://deploy.test", "use https://");
  check_refused("http://127.0.0.1.deploy.test", "use https://");
}

BOOST_AUTO_TEST_CASE(what_is_no_server_is_refused) {
  check_refused("unix://", "no path of a unix socket");
  check_refused("/" + std::string(108, 'x'), "no path of a unix socket");
  check_refused("tcp://127.0.0.1:80", "scheme");
  check_refused("https://deploy.test/api", "has a path");
  check_refused("https://", "could not use the server");
}

BOOST_FIXTURE_TEST_CASE(commands_work_themselves_unless_told_otherwise,
                        fixture) {
  BOOST_TEST(!find());
}

BOOST_FIXTURE_TEST_CASE(the_command_line_wins_then_the_environment, fixture) {
  settings.server = "/three";
  BOOST_TEST(find()->display == "/three");
  variables["DOCKER_WATCHER_SERVER"] = "/two";
  BOOST_TEST(find()->display == "/two");
  args.server = "/one";
  BOOST_TEST(find()->display == "/one");
  args.server = "";
  BOOST_TEST(!find());
  args.server.reset();
  variables["DOCKER_WATCHER_SERVER"] = "";
  BOOST_TEST(!find());
}

BOOST_FIXTURE_TEST_CASE(so_it_is_with_authorities, fixture) {
  settings.server = "https://deploy.test";
  settings.ca = "three";
  BOOST_TEST(find()->origin.tls->ca == "three");
  variables["DOCKER_WATCHER_CA"] = "two";
  BOOST_TEST(find()->origin.tls->ca == "two");
  args.ca = "one";
  BOOST_TEST(find()->origin.tls->ca == "one");
}

BOOST_FIXTURE_TEST_CASE(a_token_is_for_the_server_that_it_was_given_for,
                        fixture) {
  settings.token = secret{"of the file"};
  args.server = "/one";
  BOOST_TEST(find()->token.reveal() == "of the file");
  settings.server = "/one";
  BOOST_TEST(find()->token.reveal() == "of the file");
  settings.server = "/two";
  BOOST_TEST(find()->token.empty());
  variables["DOCKER_WATCHER_TOKEN"] = "of-the-environment";
  BOOST_TEST(find()->token.reveal() == "of-the-environment");
}
