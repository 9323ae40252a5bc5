// A server that is asked over TLS, by what commands use for it.

#include "main/configuration.hpp"
#include "main/remote/reading.hpp"
#include "messages/error.hpp"
#include "tests/support/tls.hpp"
#include "transports/http_server.hpp"

#include <boost/test/unit_test.hpp>

using namespace dw;
using namespace dw::test;

namespace {

struct fixture {
  fixture() {
    tcp_listener listener;
    listener.tls = server_tls{ours.file("server.pem"), ours.file("server.key")};
    auto made = http_server::start(
      {listener}, {}, [](const server_request& request, const responder& out) {
        auto is_known = request.header("authorization") == "Bearer dw_token";
        out.answer({.status = is_known ? 200 : 401, .body = R"({"items":[]})"});
      });
    if (!made)
      throw std::runtime_error{render(made.error())};
    server = std::move(*made);
  }

  /// Asks the server that a configuration names.
  /// @param host Of its URL.
  /// @param ca Further lines for `client`.
  caf::expected<std::vector<deploy_spec>>
  ask(const std::string& host, const std::string& ca) {
    auto path = directory.write("docker-watcher.yml",
                                "client:\n  server: https://" + host + ":"
                                  + std::to_string(server->ports().at(0))
                                  + "\n  token: dw_token\n" + ca);
    auto nothing = [](const std::string&) -> std::optional<std::string> {
      return std::nullopt;
    };
    auto settings = load_client_settings(path, nothing);
    if (!settings)
      return std::move(settings.error());
    auto address = remote::find_server({}, *settings, nothing);
    if (!address)
      return std::move(address.error());
    remote::session running{std::move(address->value())};
    return remote::read_configured_stages(running);
  }

  void check_refused(const std::string& host, const std::string& ca) {
    auto stages = ask(host, ca);
    BOOST_REQUIRE(!stages);
    auto told = render(stages.error());
    BOOST_TEST((code_of(stages.error()) == errc::tls_failed), told);
    BOOST_TEST(told.find("https://" + host) != std::string::npos, told);
    BOOST_TEST(told.find("signed by the configured authority")
                 != std::string::npos,
               told);
  }

  const certificates ours;
  const std::string our_ca = "  ca: " + ours.file("ca.pem") + "\n";
  temp_directory directory;
  std::unique_ptr<http_server> server;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(a_server_over_tls, fixture)

BOOST_AUTO_TEST_CASE(is_asked_if_its_authority_is_configured) {
  auto stages = ask("localhost", our_ca);
  BOOST_CHECK_MESSAGE(stages, render(stages.error()));
}

BOOST_AUTO_TEST_CASE(is_refused_under_a_name_that_its_certificate_has_not) {
  check_refused("127.0.0.1", our_ca);
}

BOOST_AUTO_TEST_CASE(is_refused_without_its_authority) {
  check_refused("localhost", {});
}

BOOST_AUTO_TEST_CASE(is_refused_if_another_authority_is_configured) {
  const certificates others;
  check_refused("localhost", "  ca: " + others.file("ca.pem") + "\n");
}

BOOST_AUTO_TEST_SUITE_END()
