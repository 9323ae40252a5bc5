// Deploys to several machines while networks lose packets and processes are
// killed, and controllers that nodes must not let in.

#include "tests/integration/nodes_fixture.hpp"
#include "tests/support/await.hpp"

#include <boost/test/unit_test.hpp>

#include <csignal>
#include <optional>

using namespace dw::test;

using strings = std::vector<std::string>;

namespace {

constexpr auto per_element = boost::test_tools::per_element();

/// A stage whose v1 runs on all nodes, and whose next version takes a while to
/// get healthy.
struct served : stage_on_nodes {
  served() {
    must_deploy("v1");
    get_healthy_after("2000");
  }

  /// The machine of the second node.
  const machine& second() const {
    return site.nodes[1].where();
  }

  /// Both the report and the engines say that all nodes have v2.
  void check_deployed(const child_end& end) const {
    BOOST_TEST(end.status == 0, end.output << end.error_output);
    BOOST_TEST(results(end.output)
                 == (strings{"web1 deployed", "web2 deployed",
                             "web3 "
                             "deployed"}),
               per_element);
    const strings all{"v2", "v2", "v2"};
    BOOST_TEST(running() == all, per_element);
    BOOST_TEST(running_by_status() == all, per_element);
  }

  /// Whether the engine of the second node has v2 and nothing else.
  bool second_has_v2() const {
    return running()[1] == "v2";
  }
};

/// Waits until the controller knows that it does not know about a node.
void wait_until_lost(child_process& deploy) {
  deploy.wait_for_output("\"retrying\":true");
}

} // namespace

// -- nodes that are lost in the middle ----------------------------------------

BOOST_FIXTURE_TEST_CASE(a_node_that_is_killed_and_restarted_goes_on, served) {
  auto running_deploy = deploy_until("v2", "web2", "gating");
  site.nodes[1].kill();
  wait_until_lost(running_deploy);
  site.nodes[1].start();
  check_deployed(controller.finish(running_deploy));
}

BOOST_FIXTURE_TEST_CASE(a_node_that_is_cut_off_ends_its_part_by_itself,
                        served) {
  auto running_deploy = deploy_until("v2", "web2", "gating");
  second().cut();
  wait_until_lost(running_deploy);
  await("v2 runs behind the cut", [this] { return second_has_v2(); });
  BOOST_TEST(running()[2] == "v1");
  second().heal();
  check_deployed(controller.finish(running_deploy));
}

BOOST_FIXTURE_TEST_CASE(what_failed_behind_a_cut_is_learnt_and_taken_back,
                        served) {
  // Healthy later than its health check allows for.
  get_healthy_after("600000");
  set_line("nodes:", "nodes: [web2, web3]");
  auto running_deploy = deploy_until("v2", "web2", "gating");
  second().cut();
  wait_until_lost(running_deploy);
  await("v1 is back behind the cut", [this] { return running()[1] == "v1"; });
  second().heal();
  const auto end = controller.finish(running_deploy);
  BOOST_TEST(end.status == 1, end.output << end.error_output);
  BOOST_TEST(results(end.output) == (strings{"web2 failed"}), per_element);
  BOOST_TEST(running() == (strings{"v1", "v1", "v1"}), per_element);
}

BOOST_FIXTURE_TEST_CASE(a_node_that_is_never_there_keeps_all_as_they_are,
                        served) {
  second().cut();
  const auto end = deploy("v2");
  BOOST_TEST(end.status != 0, end.output);
  BOOST_TEST(end.output.find("web2") != std::string::npos, end.output);
  const auto listed = controller.run({"nodes"});
  BOOST_TEST(listed.output.find("connected") != std::string::npos,
             listed.output);
  BOOST_TEST(running() == (strings{"v1", "v1", "v1"}), per_element);
  second().heal();
  check_deployed(deploy("v2"));
}

BOOST_FIXTURE_TEST_CASE(a_network_that_loses_packets_only_takes_longer,
                        served) {
  second().lossy(20);
  const auto end = deploy("v2");
  second().heal();
  check_deployed(end);
}

// -- controllers that are lost in the middle ----------------------------------

namespace {

/// A controller that serves, and commands that ask it.
struct with_server : served {
  with_server() {
    controller.settings.socket = controller.directory().path("api.sock");
    serve();
  }

  void serve() {
    daemon.emplace(controller.start({"serve"}));
    daemon->wait_for_output("listening on");
  }

  void kill_server() {
    daemon->send(SIGKILL);
    daemon->wait();
    daemon.reset();
  }

  std::optional<child_process> daemon;
};

} // namespace

BOOST_FIXTURE_TEST_CASE(a_controller_that_is_killed_and_restarted_goes_on,
                        with_server) {
  auto words = deploy_words("v2");
  words.insert(words.end(), {"--server", controller.settings.socket});
  auto running_deploy = controller.start(words);
  running_deploy.wait_until_output("web2 gating", [](const auto& output) {
    return find_event(output, "web2", "gating") < output.size();
  });
  kill_server();
  await("v2 runs without a controller", [this] { return second_has_v2(); });
  serve();
  check_deployed(controller.finish(running_deploy));
}

// -- controllers that nodes do not let in -------------------------------------

namespace {

/// A stage for one node, and a controller that it must refuse.
struct stranger : stage_on_nodes {
  stranger() {
    set_line("nodes:", "nodes: [web1]");
  }

  /// Sets a key of the section `controller`.
  void set_file(const std::string& key, const std::string& path) {
    for (auto& line : controller.settings.lines)
      if (line.starts_with("  " + key + ": "))
        line = "  " + key + ": " + path;
  }

  /// Nothing is deployed, and the words stand in the error.
  void check_refused(const strings& words) const {
    const auto end = deploy("v1");
    BOOST_TEST(end.status != 0, end.output);
    for (const auto& word : words)
      BOOST_TEST(end.output.find(word) != std::string::npos,
                 "\"" << word << "\" is missing in: " << end.output);
    BOOST_TEST(running()[0] == "");
  }
};

constexpr auto no_trust = "before both sides trusted each other";

} // namespace

BOOST_FIXTURE_TEST_CASE(a_certificate_of_another_authority_is_refused,
                        stranger) {
  const certificates other;
  set_file("cert", other.file("client.pem"));
  set_file("key", other.file("client.key"));
  check_refused({"web1", no_trust});
}

BOOST_FIXTURE_TEST_CASE(a_node_of_another_authority_is_not_trusted, stranger) {
  const certificates other;
  set_file("ca", other.file("ca.pem"));
  check_refused({"web1", no_trust});
}

BOOST_FIXTURE_TEST_CASE(a_token_of_another_node_is_refused, stranger) {
  controller.directory().write("web1.token", site.tokens[1] + "\n");
  check_refused({"web1", "token"});
}

BOOST_FIXTURE_TEST_CASE(a_token_for_reading_may_not_deploy, stranger) {
  const auto token = site.nodes[0].make_token("read");
  controller.settings.secrets.push_back(token);
  controller.directory().write("web1.token", token + "\n");
  check_refused({"web1", "deploy"});
}
