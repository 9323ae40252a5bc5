#include "transports/certificate_authority.hpp"

#include "messages/error.hpp"
#include "tests/support/node_peers.hpp"
#include "tests/support/temp_directory.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdlib>

using namespace dw;
using namespace dw::test;

namespace {

constexpr std::chrono::days year{365};

struct fixture {
  fixture()
    : controllers{*make_authority("controllers", year)}, nodes{*make_authority(
                                                           "nodes", year)} {
    // nop
  }

  static issued_certificate
  issue(const issued_certificate& authority, certificate_use use) {
    auto result = issue_certificate(authority, "alpha", use, year);
    BOOST_REQUIRE(result);
    return *result;
  }

  // As the openssl command line judges it.
  bool verifies(const issued_certificate& x, const issued_certificate& ca,
                const std::string& purpose) const {
    auto command = "openssl verify -x509_strict -purpose " + purpose
                   + " -CAfile " + dir.write("ca.pem", ca.certificate) + " "
                   + dir.write("x.pem", x.certificate) + " > " + dir.path("log")
                   + " 2>&1";
    return std::system(command.c_str()) == 0;
  }

  tls_files files_of(const std::string& name, const issued_certificate& ca,
                     const issued_certificate& x) const {
    return {dir.write(name + "-ca.pem", ca.certificate),
            dir.write(name + ".pem", x.certificate),
            dir.write(name + ".key", x.key.reveal())};
  }

  temp_directory dir;
  issued_certificate controllers;
  issued_certificate nodes;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(certificates_of_nodes, fixture)

BOOST_AUTO_TEST_CASE(are_good_for_one_side_only) {
  auto node = issue(nodes, certificate_use::server);
  auto controller = issue(controllers, certificate_use::client);
  BOOST_TEST(verifies(node, nodes, "sslserver"));
  BOOST_TEST(!verifies(node, nodes, "sslclient"));
  BOOST_TEST(verifies(controller, controllers, "sslclient"));
  BOOST_TEST(!verifies(controller, controllers, "sslserver"));
}

BOOST_AUTO_TEST_CASE(are_worth_nothing_with_the_other_authority) {
  BOOST_TEST(
    !verifies(issue(nodes, certificate_use::server), controllers, "any"));
  BOOST_TEST(
    !verifies(issue(controllers, certificate_use::client), nodes, "any"));
}

BOOST_AUTO_TEST_CASE(cannot_sign_others) {
  auto node = issue(nodes, certificate_use::server);
  auto forged = issue(node, certificate_use::server);
  auto chain = node;
  chain.certificate += nodes.certificate;
  BOOST_TEST(!verifies(forged, chain, "sslserver"));
}

BOOST_AUTO_TEST_CASE(expire) {
  auto old = issue_certificate(nodes, "alpha", certificate_use::server,
                               std::chrono::days{-1});
  BOOST_REQUIRE(old);
  BOOST_TEST(!verifies(*old, nodes, "sslserver"));
}

BOOST_AUTO_TEST_CASE(need_the_whole_authority) {
  auto mixed = nodes;
  mixed.key = controllers.key;
  for (const auto& x : {mixed, issued_certificate{}}) {
    auto result = issue_certificate(x, "alpha", certificate_use::server, year);
    BOOST_REQUIRE(!result);
    BOOST_CHECK(code_of(result.error()) == errc::invalid_argument);
  }
}

BOOST_AUTO_TEST_CASE(connect_controllers_and_nodes) {
  node_peer node{
    files_of("node", controllers, issue(nodes, certificate_use::server))};
  node_peer controller{
    files_of("controller", nodes, issue(controllers, certificate_use::client))};
  auto port = publish_node(node.sys(), spawn_greeter(node), "127.0.0.1", 0);
  BOOST_REQUIRE(port);
  BOOST_CHECK(controller.dial(*port));
}

BOOST_AUTO_TEST_SUITE_END()
