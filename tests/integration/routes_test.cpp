// The ways from the proxy to a container, and what a deploy leaves alone.

#include "tests/support/container_names.hpp"
#include "tests/support/shop_stage.hpp"
#include "tests/support/test_environment.hpp"

#include <boost/test/unit_test.hpp>

#include <unistd.h>

using namespace dw::test;

namespace {

/// A network with a container whose name server the proxy may ask, as if it
/// were on that network itself.
struct shared_network {
  shared_network() {
    output_of({"docker", "network", "create", name});
    output_of({"docker", "--config", environment().docker_config, "run",
               "--detach", "--name", name, "--network", name,
               environment().registry + "/shop:v1"});
  }

  ~shared_network() {
    run_child({{"docker", "rm", "--force", name}});
    run_child({{"docker", "network", "rm", name}});
  }

  pid_t pid() const {
    return std::stoi(inspect_value(name, "{{.State.Pid}}"));
  }

  std::string name = "e2e-names-" + std::to_string(::getpid());
};

// A function, for GCC misreads what Boost does with a lambda.
boost::test_tools::assertion_result
engine_is_ours(boost::unit_test::test_unit_id) {
  return !environment().directory.empty();
}

} // namespace

BOOST_AUTO_TEST_CASE(a_proxy_on_the_network_reaches_containers_by_name,
                     *boost::unit_test::precondition(engine_is_ours)) {
  const shared_network shared;
  const container_names names{shared.pid()};
  shop_stage stage{{.resolver = names.address()}};
  stage.program.settings.network = shared.name;
  stage.program.settings.forward = "network";
  stage.must_deploy("v1");
  BOOST_TEST(stage.served() == "v1");
  // The same tag: both have the container's name for a while.
  stage.must_deploy("v1");
  BOOST_TEST(stage.served() == "v1");
  stage.must_deploy("v2");
  BOOST_TEST(stage.served() == "v2");
  const auto hosts = stage.hosts();
  BOOST_TEST_REQUIRE(hosts.size() == 1U);
  BOOST_TEST(hosts.front().at("forward_port").integer() == 8080);
  BOOST_TEST(
    hosts.front().at("forward_host").text().starts_with(stage.container("v2")));
}

BOOST_AUTO_TEST_CASE(a_certificate_and_an_access_list_survive_deploys) {
  shop_stage stage{{.with_https = true}};
  stage.proxy.control("POST", "/control/certificates",
                      R"({"common_name":")" + stage.domain + R"("})");
  const auto list
    = stage.admin.ask("POST", "/nginx/access-lists",
                      R"({"name":"home","items":[],"clients":[)"
                      R"({"address":"127.0.0.1","directive":"allow"}]})");
  BOOST_TEST_REQUIRE(list.status == 201);
  stage.must_deploy("v1");
  const auto id = stage.hosts().front().at("id").integer();
  const auto changed = stage.admin.update_host(
    id, R"({"certificate_id":1,"hsts_enabled":false,"caching_enabled":true,)"
        R"("advanced_config":"# by hand","access_list_id":)"
          + std::to_string(list.body.at("id").integer()) + "}");
  BOOST_TEST_REQUIRE(changed.status == 200);
  stage.must_deploy("v2");
  BOOST_TEST(stage.whats_wrong_with_only("v2") == "");
  const auto host = stage.hosts().front();
  BOOST_TEST(host.at("certificate_id").integer() == 1);
  BOOST_TEST(host.at("access_list_id").integer()
             == list.body.at("id").integer());
  BOOST_TEST(host.at("caching_enabled").flag());
  BOOST_TEST(host.at("advanced_config").text() == "# by hand");
}

// What a record keeps for a rollback can be read by everybody who may use the
// engine; passwords are none of it.
BOOST_AUTO_TEST_CASE(labels_of_containers_hold_no_secrets) {
  shop_stage stage;
  stage.must_deploy("v1");
  const auto labels
    = inspect_value(stage.container("v1"), "{{json .Config.Labels}}");
  for (const auto& secret : {stage.program.settings.npm_secret,
                             stage.program.settings.registry_password,
                             stage.program.settings.secrets.front()})
    BOOST_TEST(labels.find(secret) == std::string::npos);
}
