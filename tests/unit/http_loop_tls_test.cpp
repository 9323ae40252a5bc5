#include "tests/support/http_recorder.hpp"
#include "tests/support/tls.hpp"

#include <boost/test/unit_test.hpp>

using namespace dw;
using namespace dw::test;

namespace {

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

const certificates& ours() {
  static const certificates instance;
  return instance;
}

const certificates& theirs() {
  static const certificates instance;
  return instance;
}

/// Serves one request at a time on as many connections as there come.
void serve(scripted_server& s) {
  for (;;) {
    auto connection = s.accept();
    if (connection.read_request().empty())
      connection.linger(); // the handshake failed, and an alert says why
    else
      connection.respond(200, "secret");
  }
}

struct fixture : loop_fixture {
  static http_request
  make_tls_request(const scripted_server& server, tls_files files) {
    auto port = std::to_string(server.port());
    return make_request({.base_url = "https://localhost:" + port,
                         .connect_to = "127.0.0.1:" + port,
                         .tls = std::move(files)});
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(http_loop_tls, fixture)

BOOST_AUTO_TEST_CASE(a_server_of_the_configured_authority_is_trusted) {
  scripted_server server{transport::tcp, serve, make_tls(ours())};
  auto response = exchange(make_tls_request(server, ours().anonymous()));
  BOOST_TEST(response.body == "secret");
}

BOOST_AUTO_TEST_CASE(a_server_of_another_authority_is_not) {
  scripted_server server{transport::tcp, serve, make_tls(ours())};
  auto x = failure(make_tls_request(server, theirs().anonymous()));
  BOOST_TEST((x.code == errc::tls_failed), x.reply);
  BOOST_TEST(contains(x.hint, "authority"));
  // Nor without a configured authority.
  auto request = make_tls_request(server, {});
  request.origin.tls = caf::none;
  BOOST_TEST((failure(request).code == errc::tls_failed));
}

BOOST_AUTO_TEST_CASE(a_certificate_for_another_name_is_refused) {
  scripted_server server{transport::tcp, serve, make_tls(ours())};
  auto request = make_tls_request(server, ours().anonymous());
  request.origin.base_url
    = "https://127.0.0.1:" + std::to_string(server.port());
  auto x = failure(request);
  BOOST_TEST((x.code == errc::tls_failed), x.reply);
  BOOST_TEST(contains(x.hint, "host name"));
}

BOOST_AUTO_TEST_CASE(insecure_accepts_anybody_and_taints_nothing) {
  scripted_server server{transport::tcp, serve, make_tls(ours())};
  auto request = make_tls_request(server, theirs().anonymous());
  request.origin.insecure = true;
  BOOST_TEST(exchange(request).status == 200);
  // The connection that stands now was not verified, so it is not used.
  request.origin.insecure = false;
  BOOST_TEST((failure(request).code == errc::tls_failed));
}

BOOST_AUTO_TEST_CASE(our_certificate_lets_us_in) {
  scripted_server server{transport::tcp, serve, make_tls(ours(), true)};
  BOOST_TEST(exchange(make_tls_request(server, ours().client())).status == 200);
}

BOOST_AUTO_TEST_CASE(without_a_certificate_we_are_told_to_have_one) {
  for (auto version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    scripted_server server{transport::tcp, serve,
                           make_tls(ours(), true, version)};
    auto x = failure(make_tls_request(server, ours().anonymous()));
    BOOST_TEST((x.code == errc::tls_failed), x.reply);
    BOOST_TEST(contains(x.hint, "DOCKER_CERT_PATH"), x.reply);
  }
}

BOOST_AUTO_TEST_CASE(a_certificate_that_the_server_does_not_know_is_refused) {
  scripted_server server{transport::tcp, serve, make_tls(ours(), true)};
  auto files = theirs().client();
  files.ca = ours().file("ca.pem");
  auto x = failure(make_tls_request(server, files));
  BOOST_TEST((x.code == errc::tls_failed), x.reply);
  BOOST_TEST(contains(x.hint, "does not accept our certificate"), x.reply);
}

BOOST_AUTO_TEST_CASE(files_that_do_not_exist_are_told) {
  scripted_server server{transport::tcp, serve, make_tls(ours())};
  auto files = ours().client();
  files.certificate = "/nonexistent/cert.pem";
  auto x = failure(make_tls_request(server, files));
  BOOST_TEST((x.code == errc::tls_failed), x.reply);
  BOOST_TEST(contains(x.reply, "/nonexistent/cert.pem"), x.reply);
  files = ours().client();
  files.ca = "/nonexistent/ca.pem";
  x = failure(make_tls_request(server, files));
  BOOST_TEST((x.code == errc::tls_failed), x.reply);
  BOOST_TEST(contains(x.reply, "/nonexistent/ca.pem"), x.reply);
}

BOOST_AUTO_TEST_CASE(tls_to_a_plain_port_gets_a_hint) {
  scripted_server server{transport::tcp, [](scripted_server& s) {
                           auto connection = s.accept();
                           connection.read_bytes(1);
                           connection.respond(400, "what?");
                           connection.wait_for_close();
                         }};
  auto x = failure(make_tls_request(server, ours().anonymous()));
  BOOST_TEST((x.code == errc::tls_failed), x.reply);
  BOOST_TEST(contains(x.hint, "does not speak TLS"), x.reply);
}

BOOST_AUTO_TEST_CASE(plain_to_a_tls_port_gets_a_hint) {
  scripted_server server{transport::tcp, serve, make_tls(ours())};
  auto x = failure(make_request(server.origin()));
  BOOST_TEST((x.code == errc::connection_lost), x.reply);
  BOOST_TEST(contains(x.hint, "expects TLS"), x.reply);
}

BOOST_AUTO_TEST_CASE(a_tls_connection_is_kept) {
  scripted_server server{transport::tcp,
                         [](scripted_server& s) {
                           auto connection = s.accept();
                           for (auto i = 0; i < 3; ++i) {
                             connection.read_request();
                             connection.respond(200);
                           }
                         },
                         make_tls(ours(), true)};
  for (auto i = 0; i < 3; ++i)
    exchange(make_tls_request(server, ours().client()));
  server.finish();
}

BOOST_AUTO_TEST_SUITE_END()
