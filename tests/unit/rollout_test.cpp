#include "actors/deploy_supervisor.hpp"
#include "actors/harden.hpp"
#include "messages/error.hpp"
#include "tests/support/actor_fixture.hpp"
#include "transports/obligation.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <boost/test/unit_test.hpp>

#include <map>
#include <string>
#include <vector>

using namespace dw;
using namespace dw::test;
using namespace std::chrono_literals;

namespace {

/// A node as a test makes it behave.
struct fake_node {
  node_status status;
  bool had_instance = true;
  /// What it was asked to do, in order: "deploy", "rollback", "remove".
  std::vector<submit_work> work;
  deploy_listener_actor listener;
  std::vector<std::string> cancelled;
};

/// Its link, and how its work ends: the test says so.
using fake_link_actor = node_link_actor::extend_with<
  caf::typed_actor<caf::reacts_to<deploy_report>>>;

struct fake_link_state {
  std::map<std::string, obligation<deploy_report>> owed;
};

fake_link_actor::behavior_type
fake_link(fake_link_actor::stateful_pointer<fake_link_state> self,
          fake_node* node) {
  harden(self);
  auto unused = make_failure(errc::internal, {.reply = "not for this test"});
  return {
    [=](const submit_work& x,
        const deploy_listener_actor& listener) -> caf::result<deploy_report> {
      node->work.push_back(x);
      node->listener = listener;
      auto promise = self->make_response_promise<deploy_report>();
      self->state.owed[x.deploy_id] = obligation{promise};
      return promise;
    },
    [=](const cancel_work& x) {
      node->cancelled.push_back(x.deploy_id);
      return done{};
    },
    [=](const ask_node&) { return node->status; },
    [=](const ping_engine&) -> caf::result<engine_info> { return unused; },
    [=](const list_containers&) -> caf::result<std::vector<container_summary>> {
      if (node->status.state != node_state::connected)
        return node->status.problem;
      return std::vector<container_summary>(node->had_instance ? 1 : 0);
    },
    [=](const read_logs&) -> caf::result<std::vector<log_line>> {
      return unused;
    },
    [=](const read_logs&, const log_listener_actor&) -> caf::result<done> {
      return unused;
    },
    [](const look_after&) {},
    [=](const list_drift&) -> caf::result<std::vector<drift>> {
      return unused;
    },
    [=](const deploy_report& x) { self->state.owed.at(x.deploy_id).settle(x); },
  };
}

struct fixture : actor_fixture {
  fixture() {
    for (const char* name : {"web1", "web2", "web3"}) {
      auto& node = nodes[name];
      node.status.name = name;
      node.status.state = node_state::connected;
      node_service service;
      auto link = keep(sys.spawn(fake_link, &node));
      links.emplace(name, link);
      service.link = link;
      service.publish_on = "10.0.0.2";
      svc.nodes.emplace(name, service);
      work.spec.place.nodes.emplace_back(name);
    }
    work.deploy_id = "0123456789ab";
    work.spec.project = "shop";
    work.spec.stage = "prod";
    work.spec.image = "registry.example.com/shop";
    work.spec.tag = "v2";
    supervisor = keep(deploy_supervisor_actor{
      sys.spawn(deploy_supervisor, svc, supervisor_policy{})});
  }

  ~fixture() override {
    for (auto& [name, x] : nodes)
      x.listener = nullptr;
  }

  void begin() {
    answer.emplace(request<deploy_report>(supervisor, work));
    run();
  }

  /// The work that a node does now, or did last.
  const submit_work& work_of(const std::string& node) {
    BOOST_REQUIRE_MESSAGE(!nodes.at(node).work.empty(), node + " has no work");
    return nodes.at(node).work.back();
  }

  void tell(const std::string& node, deploy_phase phase) {
    deploy_event event;
    event.deploy_id = work_of(node).deploy_id;
    event.phase = phase;
    event.node = node;
    self->send(nodes.at(node).listener, event);
    run();
  }

  void
  end(const std::string& node, deploy_outcome outcome, caf::error why = {}) {
    deploy_report report;
    report.outcome = outcome;
    report.tag = "v2";
    report.error = std::move(why);
    end(node, report);
  }

  void end(const std::string& node, deploy_report report) {
    report.deploy_id = work_of(node).deploy_id;
    self->send(links.at(node), std::move(report));
    run();
  }

  void fail(const std::string& node) {
    end(node, deploy_outcome::failed,
        make_failure(errc::unhealthy, {.operation = "start container",
                                       .object = "dw-shop-prod-v2",
                                       .reply = "it did not get healthy"}));
  }

  const deploy_report& report() {
    return answer->value();
  }

  std::map<std::string, fake_node> nodes;
  std::map<std::string, fake_link_actor> links;
  services svc;
  submit_work work;
  deploy_supervisor_actor supervisor;
  std::optional<pending<deploy_report>> answer;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(rollout_tests, fixture)

BOOST_AUTO_TEST_CASE(nodes_get_it_one_after_the_other) {
  begin();
  BOOST_TEST(work_of("web1").spec.publish_on == "10.0.0.2");
  BOOST_TEST(nodes["web2"].work.empty());
  end("web1", deploy_outcome::deployed);
  BOOST_TEST(nodes["web2"].work.size() == 1u);
  BOOST_TEST(nodes["web3"].work.empty());
  end("web2", deploy_outcome::deployed);
  end("web3", deploy_outcome::deployed);
  BOOST_TEST((report().outcome == deploy_outcome::deployed));
  BOOST_TEST(report().deploy_id == work.deploy_id);
  BOOST_TEST(report().nodes.size() == 3u);
}

BOOST_AUTO_TEST_CASE(the_next_node_does_not_wait_for_the_drain) {
  begin();
  end("web1", deploy_outcome::deployed);
  tell("web2", deploy_phase::verifying);
  BOOST_TEST(nodes["web3"].work.empty());
  tell("web2", deploy_phase::draining);
  BOOST_TEST(nodes["web3"].work.size() == 1u);
  end("web3", deploy_outcome::deployed);
  BOOST_TEST(!answer->ready());
  end("web2", deploy_outcome::deployed);
  BOOST_TEST((report().outcome == deploy_outcome::deployed));
}

BOOST_AUTO_TEST_CASE(all_nodes_get_what_the_tag_stood_for_at_the_first) {
  begin();
  BOOST_TEST(work_of("web1").spec.digest.empty());
  tell("web1", deploy_phase::draining);
  BOOST_TEST(nodes["web2"].work.empty());
  deploy_report first;
  first.outcome = deploy_outcome::deployed;
  first.digest = "sha256:1234";
  end("web1", first);
  BOOST_TEST(work_of("web2").spec.digest == "sha256:1234");
}

BOOST_AUTO_TEST_CASE(a_failure_of_the_first_touches_no_other) {
  begin();
  fail("web1");
  BOOST_TEST((report().outcome == deploy_outcome::failed));
  BOOST_TEST(nodes["web2"].work.empty());
  BOOST_TEST(nodes["web1"].work.size() == 1u);
  BOOST_TEST(failure_of(report().error).object
             == "dw-shop-prod-v2 on node web1");
}

BOOST_AUTO_TEST_CASE(a_failure_takes_the_others_back) {
  begin();
  end("web1", deploy_outcome::deployed);
  fail("web2");
  BOOST_TEST((work_of("web1").action == stage_action::rollback));
  BOOST_TEST(!answer->ready());
  end("web1", deploy_outcome::deployed);
  BOOST_TEST((report().outcome == deploy_outcome::failed));
  BOOST_TEST(report().nodes[0].was_undone);
  BOOST_TEST(report().leftovers.empty());
  BOOST_TEST(nodes["web3"].work.empty());
}

BOOST_AUTO_TEST_CASE(what_was_not_there_before_is_removed) {
  nodes["web1"].had_instance = false;
  begin();
  end("web1", deploy_outcome::deployed);
  fail("web2");
  BOOST_TEST((work_of("web1").action == stage_action::remove));
}

BOOST_AUTO_TEST_CASE(what_cannot_be_taken_back_is_told) {
  begin();
  end("web1", deploy_outcome::deployed);
  fail("web2");
  fail("web1");
  BOOST_TEST((report().outcome == deploy_outcome::failed));
  BOOST_TEST(!report().nodes[0].was_undone);
  BOOST_REQUIRE(report().leftovers.size() == 1u);
  BOOST_TEST(report().leftovers[0].find("web1 keeps the new version")
             != std::string::npos);
}

BOOST_AUTO_TEST_CASE(nothing_is_begun_while_a_node_is_lost) {
  nodes["web3"].status.state = node_state::unknown;
  nodes["web3"].status.problem
    = make_failure(errc::connection_lost, {.object = "node web3"});
  begin();
  BOOST_TEST((report().outcome == deploy_outcome::failed));
  BOOST_TEST((code_of(report().error) == errc::connection_lost));
  for (const auto& [name, x] : nodes)
    BOOST_TEST(x.work.empty());
}

BOOST_AUTO_TEST_CASE(domains_need_a_proxy_on_each_of_several_nodes) {
  work.spec.domains = {"shop.example.com"};
  begin();
  BOOST_TEST((code_of(report().error) == errc::invalid_argument));
  BOOST_TEST(failure_of(report().error).reply.find("proxy of its own")
             != std::string::npos);
  for (auto& [name, x] : nodes)
    x.status.has_proxy = true;
  begin();
  BOOST_TEST(nodes["web1"].work.size() == 1u);
}

BOOST_AUTO_TEST_CASE(cancelling_takes_back_what_has_succeeded) {
  begin();
  end("web1", deploy_outcome::deployed);
  cancel_work request;
  request.deploy_id = work.deploy_id;
  ask<done>(supervisor, request);
  BOOST_REQUIRE(nodes["web2"].cancelled.size() == 1u);
  BOOST_TEST(nodes["web2"].cancelled[0] == work_of("web2").deploy_id);
  end("web2", deploy_outcome::cancelled,
      make_failure(errc::cancelled, {.reply = "cancelled"}));
  BOOST_TEST((work_of("web1").action == stage_action::rollback));
  end("web1", deploy_outcome::deployed);
  BOOST_TEST((report().outcome == deploy_outcome::cancelled));
}

BOOST_AUTO_TEST_CASE(a_controller_that_ends_cancels_nothing) {
  begin();
  caf::anon_send_exit(supervisor, caf::exit_reason::user_shutdown);
  run();
  BOOST_TEST(nodes["web1"].cancelled.empty());
}

BOOST_AUTO_TEST_CASE(a_stop_goes_to_all_at_once) {
  work.action = stage_action::stop;
  begin();
  for (const auto& [name, x] : nodes)
    BOOST_TEST(x.work.size() == 1u);
  fail("web2");
  end("web1", deploy_outcome::deployed);
  end("web3", deploy_outcome::deployed);
  BOOST_TEST((report().outcome == deploy_outcome::failed));
  BOOST_TEST(report().nodes.size() == 3u);
}

BOOST_AUTO_TEST_CASE(replicas_are_on_as_many_nodes) {
  work.spec.replicas = 1;
  begin();
  size_t count = 0;
  for (const auto& [name, x] : nodes)
    count += x.work.size();
  BOOST_TEST(count == 1u);
}

BOOST_AUTO_TEST_CASE(a_node_that_is_not_configured_is_an_error) {
  work.spec.place.nodes = {"web9"};
  begin();
  BOOST_TEST(failure_of(report().error).reply == "there is no node web9");
}

BOOST_AUTO_TEST_SUITE_END()
