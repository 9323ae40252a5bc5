// docker-watcher itself is interrupted or killed, in each of its phases.

#include "tests/support/shop_stage.hpp"
#include "tests/support/test_environment.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <arpa/inet.h>
#include <sys/socket.h>

#include <csignal>

using namespace dw::test;

namespace data = boost::unit_test::data;

namespace {

/// A server that takes connections and never says a word.
class silent_server {
public:
  silent_server() : socket_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)} {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    socklen_t size = sizeof address;
    BOOST_TEST_REQUIRE(::bind(socket_.get(), generic, size) == 0);
    BOOST_TEST_REQUIRE(::listen(socket_.get(), SOMAXCONN) == 0);
    BOOST_TEST_REQUIRE(::getsockname(socket_.get(), generic, &size) == 0);
    address_ = "127.0.0.1:" + std::to_string(ntohs(address.sin_port));
  }

  const std::string& address() const {
    return address_;
  }

private:
  dw::descriptor socket_;
  std::string address_;
};

/// A stage whose v1 serves.
struct fixture {
  fixture() {
    stage.settings().image = environment().registry + "/shop-plain";
    stage.settings().more.emplace_back("health: {path: /healthz}");
    stage.must_deploy("v1");
  }

  /// Starts to deploy v2 and waits until it is in that phase.
  child_process deploy_until(const std::string& phase) const {
    auto result
      = stage.program.start({"deploy", stage.name(), "--tag", "v2", "--json"});
    result.wait_for_output(R"("phase":")" + phase + "\"");
    return result;
  }

  /// Ends what runs by one interrupt, which must undo it.
  void check_undone(child_process& running) const {
    running.send(SIGINT);
    const auto end = stage.program.finish(running);
    BOOST_TEST(end.status == 130,
               end.status << ": " << end.output << end.error_output);
    const auto report = last_of_type(end.output, "report");
    BOOST_TEST(report.at("outcome").text() == "cancelled", end.output);
    BOOST_TEST(report.at("leftovers").items().empty(), end.output);
    BOOST_TEST(end.error_output == "");
    BOOST_TEST(stage.whats_wrong_with_only("v1") == "");
  }

  shop_stage stage;
};

constexpr const char* before_the_switch[]
  = {"queued", "pulling", "preparing", "creating", "starting", "gating"};
constexpr const char* from_the_switch_on[]
  = {"routing", "verifying", "soaking", "draining", "retiring"};

// A function, for GCC misreads what Boost does with a lambda.
boost::test_tools::assertion_result
engine_is_ours(boost::unit_test::test_unit_id) {
  return !environment().directory.empty();
}

} // namespace

// -- killed -------------------------------------------------------------------

BOOST_DATA_TEST_CASE_F(fixture, killed_before_the_switch_the_old_version_serves,
                       data::make(before_the_switch), phase) {
  stage.get_healthy_after("3000");
  auto deploy = deploy_until(phase);
  deploy.send(SIGKILL);
  BOOST_TEST(deploy.wait().status == 128 + SIGKILL);
  BOOST_TEST(stage.served() == "v1");
  // The next one, of whatever tag, tidies up.
  stage.get_healthy_after("0");
  stage.must_deploy("v2");
  BOOST_TEST(stage.whats_wrong_with_only("v2") == "");
}

BOOST_DATA_TEST_CASE_F(fixture, killed_after_the_switch_some_version_serves,
                       data::make(from_the_switch_on), phase) {
  stage.set_line("soak:", "soak: 1s");
  auto deploy = deploy_until(phase);
  deploy.send(SIGKILL);
  const auto end = deploy.wait(); // it may have been faster
  BOOST_TEST((end.status == 128 + SIGKILL || end.status == 0), end.status);
  const auto version = stage.served();
  BOOST_TEST((version == "v1" || version == "v2"), version);
  stage.must_deploy("v1");
  BOOST_TEST(stage.whats_wrong_with_only("v1") == "");
}

BOOST_FIXTURE_TEST_CASE(killed_while_the_same_tag_is_replaced_it_keeps_serving,
                        fixture) {
  stage.get_healthy_after("600000");
  auto deploy
    = stage.program.start({"deploy", stage.name(), "--tag", "v1", "--json"});
  deploy.wait_for_output(R"("phase":"gating")");
  deploy.send(SIGKILL);
  deploy.wait();
  BOOST_TEST(stage.served() == "v1");
  stage.get_healthy_after("0");
  stage.must_deploy("v1");
  BOOST_TEST(stage.whats_wrong_with_only("v1") == "");
}

// -- interrupted once ---------------------------------------------------------

BOOST_FIXTURE_TEST_CASE(a_pull_that_hangs_is_broken_off, fixture) {
  const silent_server registry;
  auto deploy
    = stage.program.start({"deploy", stage.name(), "--image",
                           registry.address() + "/shop:v2", "--json"});
  deploy.wait_for_output(R"("phase":"pulling")");
  check_undone(deploy);
}

BOOST_DATA_TEST_CASE_F(fixture, an_interrupted_deploy_is_undone,
                       data::make({"creating", "starting", "gating"}), phase) {
  stage.get_healthy_after("600000");
  auto deploy = deploy_until(phase);
  check_undone(deploy);
}

BOOST_FIXTURE_TEST_CASE(an_interrupted_verification_puts_the_route_back,
                        fixture) {
  const silent_server proxy;
  stage.program.settings.proxy_url = "http://" + proxy.address();
  auto deploy = deploy_until("verifying");
  check_undone(deploy);
}

BOOST_FIXTURE_TEST_CASE(a_deploy_that_has_succeeded_is_not_undone, fixture) {
  stage.set_line("drain:", "drain: 1h");
  auto deploy = deploy_until("draining");
  deploy.send(SIGINT);
  const auto end = stage.program.finish(deploy);
  BOOST_TEST(end.status == 0, end.output);
  const auto left = last_of_type(end.output, "report").at("leftovers").items();
  BOOST_TEST_REQUIRE(left.size() == 1U);
  BOOST_TEST(left.front().text()
             == "container " + stage.container("v1")
                  + " still runs until it is retired");
  BOOST_TEST(stage.served() == "v2");
  BOOST_TEST(stage.program.run({"retire", stage.name()}).status == 0);
  BOOST_TEST(stage.whats_wrong_with_only("v2") == "");
}

BOOST_FIXTURE_TEST_CASE(ctrl_c_on_a_terminal_undoes_and_says_so, fixture) {
  stage.get_healthy_after("600000");
  auto deploy
    = stage.program.start_on_terminal({"deploy", stage.name(), "--tag", "v2"});
  deploy.wait_for_output("gating");
  deploy.type("\x03");
  const auto end = stage.program.finish(deploy);
  BOOST_TEST(end.status == 130, end.output);
  for (const auto* words : {"interrupt again to leave at once", "undone",
                            "what served before still does"})
    BOOST_TEST(end.output.find(words) != std::string::npos, end.output);
  BOOST_TEST(stage.whats_wrong_with_only("v1") == "");
}

// -- interrupted twice --------------------------------------------------------

// The engine is frozen, so that undoing does not end.
BOOST_FIXTURE_TEST_CASE(
  interrupted_twice_it_leaves_at_once_and_says_what_is_left, fixture,
  *boost::unit_test::precondition(engine_is_ours)) {
  stage.get_healthy_after("600000");
  auto deploy = deploy_until("gating");
  change_engine("freeze");
  deploy.send(SIGINT);
  deploy.wait_for_output("interrupt again");
  deploy.send(SIGINT);
  const auto end = stage.program.finish(deploy);
  change_engine("thaw");
  BOOST_TEST(end.status == 130);
  for (const auto& words :
       {stage.name() + " was ", std::string{"may be left"},
        "docker-watcher status " + stage.name(), std::string{"tidies up"}})
    BOOST_TEST(end.error_output.find(words) != std::string::npos,
               end.error_output);
  BOOST_TEST(stage.served() == "v1");
  stage.get_healthy_after("0");
  stage.must_deploy("v2");
  BOOST_TEST(stage.whats_wrong_with_only("v2") == "");
}
