// Whom the program speaks TLS with has to prove who it is, unless an authority
// is configured by that one; remote_tls_test and node_network_test have the
// rest.

#include "main/configuration.hpp"
#include "main/session.hpp"
#include "messages/error.hpp"
#include "tests/support/certificates.hpp"
#include "transports/http_server.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>

using namespace dw;
using namespace dw::test;

namespace {

/// A server with a certificate that no authority of the system has signed.
struct fixture {
  fixture() {
    tcp_listener listener;
    listener.tls
      = server_tls{files.file("server.pem"), files.file("server.key")};
    auto made = http_server::start(
      {listener}, {}, [this](const server_request&, const responder& out) {
        ++requests;
        out.answer({.status = 200, .body = "{}"});
      });
    if (!made)
      throw std::runtime_error{render(made.error())};
    server = std::move(*made);
  }

  /// "localhost:PORT", which the certificate is for.
  std::string address() const {
    return "localhost:" + std::to_string(server->ports().front());
  }

  configuration load(const std::string& text) const {
    auto path = directory.write("docker-watcher.yml",
                                text
                                  + "projects: {shop: {image: r.test/shop, "
                                    "stages: {prod: {tag: v1}}}}\n");
    auto result = load_configuration(path, [this](const std::string& name) {
      return name == "DOCKER_WATCHER_STATE"
               ? std::optional{directory.path("state")}
               : std::nullopt;
    });
    if (!result)
      throw std::runtime_error{render(result.error())};
    return std::move(*result);
  }

  template <class T>
  void check_refused(const caf::expected<T>& answer) const {
    BOOST_REQUIRE(!answer);
    BOOST_TEST((code_of(answer.error()) == errc::tls_failed),
               render(answer.error()));
    BOOST_TEST(requests == 0);
  }

  std::atomic<int> requests{0};
  const certificates files;
  temp_directory directory;
  std::unique_ptr<http_server> server;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(a_server_that_nobody_vouches_for, fixture)

BOOST_AUTO_TEST_CASE(is_no_engine) {
  session running{
    load("engine: {host: \"tcp://" + address() + "\", tls: {}}\n")};
  check_refused(running.ask<engine_info>(running.svc().engine, ping_engine{}));
}

BOOST_AUTO_TEST_CASE(is_no_proxy_and_gets_no_password) {
  session running{load("proxy: {url: \"https://" + address()
                       + "/api\", identity: a@b.test, secret: hunter2}\n")};
  check_refused(running.ask<proxy_info>(running.svc().proxy, ping_proxy{}));
}

BOOST_AUTO_TEST_CASE(is_told_nothing) {
  auto config = load("notifications: {team: {kind: webhook, url: \"https://"
                     + address() + "/in\"}}\n");
  session running{config};
  auto request
    = make_notification(config.automatic.notifications.front(), {}, 0);
  check_refused(running.ask<http_response>(running.svc().http, request));
}

// So the refusals above are about the certificate.
BOOST_AUTO_TEST_CASE(is_an_engine_if_its_authority_is_configured) {
  session running{load("engine: {host: \"tcp://" + address()
                       + "\", tls: {ca: \"" + files.file("ca.pem") + "\"}}\n")};
  running.ask<engine_info>(running.svc().engine, ping_engine{});
  BOOST_TEST(requests > 0);
}

BOOST_AUTO_TEST_SUITE_END()
