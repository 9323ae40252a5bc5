// Deploys to several machines, each with an engine and a node of its own, while
// all of them do what they should. nodes_faults_test.cpp has the rest.

#include "tests/integration/nodes_fixture.hpp"
#include "tests/support/child_process.hpp"
#include "tests/support/test_environment.hpp"
#include "tests/support/visitors.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <set>

using namespace dw::test;
using namespace std::chrono_literals;

using strings = std::vector<std::string>;

BOOST_TEST_GLOBAL_FIXTURE(shared_site);

namespace {

void check_end(const child_end& end, int status, const strings& words = {}) {
  const auto printed = end.output + end.error_output;
  BOOST_TEST(end.status == status, printed);
  for (const auto& word : words)
    BOOST_TEST(printed.find(word) != std::string::npos,
               "\"" << word << "\" is missing in: " << printed);
}

/// A stage whose v1 runs on all nodes.
struct served : stage_on_nodes {
  served() {
    must_deploy("v1");
    BOOST_TEST_REQUIRE(running() == (strings{"v1", "v1", "v1"}),
                       boost::test_tools::per_element());
  }

  void check_running(const strings& expected) const {
    BOOST_TEST(running() == expected, boost::test_tools::per_element());
    BOOST_TEST(running_by_status() == expected,
               boost::test_tools::per_element());
  }
};

/// Has a tag fail on a node: what holds the name of its container is not ours.
void spoil(stage_on_nodes& stage, const node_program& node,
           const std::string& tag) {
  const auto& host = node.where().docker_host();
  const auto image = stage.settings().image + ":v1";
  const auto& login = environment().docker_config;
  output_of({"docker", "--config", login, "--host", host, "pull", image});
  output_of({"docker", "--host", host, "create", "--name", stage.container(tag),
             image});
}

/// Removes what spoil() has made.
void clean(const stage_on_nodes& stage, const node_program& node,
           const std::string& tag) {
  output_of({"docker", "--host", node.where().docker_host(), "rm",
             stage.container(tag)});
}

/// A stage that cannot get v2 on the second node.
struct spoilt : served {
  spoilt() {
    spoil(*this, site.nodes[1], "v2");
  }

  ~spoilt() {
    clean(*this, site.nodes[1], "v2");
  }
};

} // namespace

// -- from node to node --------------------------------------------------------

BOOST_FIXTURE_TEST_CASE(a_deploy_goes_from_node_to_node, served) {
  const auto end = deploy("v2");
  check_end(end, 0);
  BOOST_TEST(results(end.output)
               == (strings{"web1 deployed", "web2 deployed", "web3 deployed"}),
             boost::test_tools::per_element());
  for (const auto& [former, next] :
       {std::pair{"web1", "web2"}, std::pair{"web2", "web3"}})
    BOOST_TEST(find_event(end.output, former, "draining")
               < find_event(end.output, next));
  check_running({"v2", "v2", "v2"});
}

BOOST_FIXTURE_TEST_CASE(others_follow_the_first_at_the_same_time, served) {
  set_line("rollout:", "rollout: {parallel: 2}");
  const auto end = deploy("v2");
  check_end(end, 0);
  for (const auto* other : {"web2", "web3"})
    BOOST_TEST(find_event(end.output, "web1", "draining")
               < find_event(end.output, other));
  BOOST_TEST(find_event(end.output, "web3")
             < find_event(end.output, "web2", "draining"));
  check_running({"v2", "v2", "v2"});
}

BOOST_FIXTURE_TEST_CASE(nodes_are_listed_with_their_state, stage_on_nodes) {
  const auto end = controller.run({"nodes"});
  check_end(end, 0, {"web1", site.nodes[2].address(), "connected"});
}

BOOST_FIXTURE_TEST_CASE(all_nodes_go_back_by_a_rollback, served) {
  must_deploy("v2");
  check_end(controller.run({"rollback", name()}), 0);
  check_running({"v1", "v1", "v1"});
}

// -- failures -----------------------------------------------------------------

BOOST_FIXTURE_TEST_CASE(what_fails_on_the_first_node_reaches_no_other, served) {
  const auto end = deploy("v3");
  check_end(end, 1, {"web1"});
  BOOST_TEST(results(end.output) == (strings{"web1 failed"}),
             boost::test_tools::per_element());
  for (const auto* other : {"web2", "web3"})
    BOOST_TEST(find_event(end.output, other) > end.output.size());
  check_running({"v1", "v1", "v1"});
}

BOOST_FIXTURE_TEST_CASE(a_failure_later_takes_back_what_was_done, spoilt) {
  const auto end = deploy("v2");
  check_end(end, 1, {"web2"});
  BOOST_TEST(results(end.output)
               == (strings{"web1 deployed undone", "web2 failed"}),
             boost::test_tools::per_element());
  check_running({"v1", "v1", "v1"});
}

BOOST_FIXTURE_TEST_CASE(a_first_deploy_that_fails_later_leaves_nothing,
                        stage_on_nodes) {
  const auto& second = site.nodes[1];
  spoil(*this, second, "v1");
  const auto end = deploy("v1");
  clean(*this, second, "v1");
  check_end(end, 1, {"web2"});
  BOOST_TEST(results(end.output)
               == (strings{"web1 deployed undone", "web2 failed"}),
             boost::test_tools::per_element());
  BOOST_TEST(running() == (strings{"", "", ""}),
             boost::test_tools::per_element());
}

BOOST_FIXTURE_TEST_CASE(what_was_done_is_kept_if_that_is_wanted, spoilt) {
  set_line("rollout:", "rollout: {on_failure: keep}");
  const auto end = deploy("v2");
  check_end(end, 1, {"web2"});
  BOOST_TEST(results(end.output) == (strings{"web1 deployed", "web2 failed"}),
             boost::test_tools::per_element());
  check_running({"v2", "v1", "v1"});
}

// -- some of the nodes --------------------------------------------------------

BOOST_FIXTURE_TEST_CASE(replicas_are_spread_over_some_nodes, stage_on_nodes) {
  set_line("replicas:", "replicas: 2");
  must_deploy("v1");
  const auto chosen = running();
  BOOST_TEST(std::ranges::count(chosen, "v1") == 2);
  BOOST_TEST(std::ranges::count(chosen, "") == 1);
  must_deploy("v2");
  auto expected = chosen;
  std::ranges::replace(expected, "v1", "v2");
  BOOST_TEST(running() == expected, boost::test_tools::per_element());
}

BOOST_FIXTURE_TEST_CASE(no_visitor_notices_a_deploy_on_a_node, stage_on_nodes) {
  const auto domain = project + ".test";
  add_domain(domain);
  set_line("nodes:", "nodes: [web2]");
  must_deploy("v1");
  site.proxy.settle();
  visitors crowd{site.proxy.traffic_url(), domain, 2, 2};
  BOOST_TEST_REQUIRE(crowd.wait_for(100, 60s));
  check_end(deploy("v2"), 0);
  check_end(deploy("v3"), 1);
  site.proxy.settle();
  const auto visits = crowd.stop();
  std::set<std::string> seen;
  for (const auto& x : visits) {
    BOOST_TEST(x.status == 200, x.problem);
    seen.insert(x.version);
  }
  BOOST_TEST(seen == (std::set<std::string>{"v1", "v2"}),
             boost::test_tools::per_element());
  BOOST_TEST(visits.back().version == "v2");
  BOOST_TEST(running() == (strings{"", "v2", ""}),
             boost::test_tools::per_element());
  check_end(controller.run({"remove", "--yes", name()}), 0);
}

BOOST_FIXTURE_TEST_CASE(a_domain_leads_to_one_node_only, stage_on_nodes) {
  add_domain(project + ".test");
  check_end(deploy("v1"), 1, {"no proxy of its own", "replicas"});
  BOOST_TEST(running() == (strings{"", "", ""}),
             boost::test_tools::per_element());
}
