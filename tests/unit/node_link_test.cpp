#include "actors/harden.hpp"
#include "actors/node_link.hpp"
#include "actors/node_proof.hpp"
#include "messages/error.hpp"
#include "tests/support/actor_fixture.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <boost/test/unit_test.hpp>

#include <map>
#include <optional>
#include <string>
#include <vector>

using namespace dw;
using namespace dw::test;
using namespace std::chrono_literals;

namespace {

const secret token{"dw_0123abcd_c2VjcmV0"};

/// A node as a test makes it behave, and what it was told.
struct fake_node {
  /// Why it cannot be dialled; none if it can.
  caf::error unreachable;
  /// What it knows of the token.
  secret key = key_of_token(token)->key;
  /// Gateways that were dialled, the newest last.
  std::vector<node_gateway_actor> gateways;
  int dialled = 0;
  bool takes_work = true;
  /// By id; what it did is in the report.
  std::map<std::string, work_record> records;
  std::vector<std::string> submitted;
  std::vector<std::string> cancelled;
  deploy_listener_actor listener;
  std::optional<look_after> stages;
};

struct gateway_state {
  std::string controller_nonce;
};

const node_pass pass{secret{"let me in"}};

node_gateway_actor::behavior_type
fake_gateway(node_gateway_actor::stateful_pointer<gateway_state> self,
             fake_node* node) {
  harden(self);
  auto check = [](const node_pass& x) { BOOST_CHECK(x == pass); };
  return {
    [=](const node_hello& x) {
      BOOST_CHECK(x.token_id == "0123abcd");
      self->state.controller_nonce = x.nonce;
      auto nonce = make_nonce();
      return node_challenge{"web1", "0.9", nonce,
                            prove(node_party::node, node->key, x.nonce, nonce)};
    },
    [=](const node_login& x) {
      BOOST_CHECK(is_proof(x.proof, node_party::controller, node->key,
                           self->state.controller_nonce, x.nonce));
      return node_welcome{pass, false};
    },
    [=](const node_pass& p, const submit_work& x) -> caf::result<done> {
      check(p);
      node->submitted.push_back(x.deploy_id);
      if (!node->takes_work)
        return make_failure(errc::conflict, {.reply = "no"});
      node->records[x.deploy_id].work = x;
      return done{};
    },
    [=](const node_pass& p, const cancel_work& x) {
      check(p);
      node->cancelled.push_back(x.deploy_id);
      return done{};
    },
    [=](const node_pass& p, const read_work& x) -> caf::result<work_record> {
      check(p);
      auto i = node->records.find(x.deploy_id);
      if (i == node->records.end())
        return make_failure(errc::not_found, {.object = x.deploy_id});
      return i->second;
    },
    [=](const node_pass& p, const deploy_listener_actor& x) {
      check(p);
      node->listener = x;
      return done{};
    },
    [=](const node_pass& p, const look_after& x) {
      check(p);
      node->stages = x;
      return done{};
    },
    [=](const node_pass&, const list_drift&) { return std::vector<drift>{}; },
    [=](const node_pass&, const lent_proxy_actor&, const node_pass&) {
      return done{};
    },
    [=](const node_pass& p, const ping_engine&) {
      check(p);
      return engine_info{.release = "20.10.24"};
    },
    [=](const node_pass&, const list_containers&) {
      return std::vector<container_summary>{};
    },
    [=](const node_pass&, const read_logs&) { return std::vector<log_line>{}; },
    [=](const node_pass&, const read_logs&, const log_listener_actor&) {
      return done{};
    },
  };
}

node_dialer_actor::behavior_type
fake_dialer(node_dialer_actor::pointer self, fake_node* node) {
  return {
    [=](const dial_node& x) -> caf::result<node_gateway_actor> {
      BOOST_CHECK(x.host == "10.0.0.2");
      BOOST_CHECK(x.port == 7420);
      ++node->dialled;
      if (node->unreachable)
        return node->unreachable;
      node_gateway_actor result = self->system().spawn(fake_gateway, node);
      node->gateways.push_back(result);
      return result;
    },
  };
}

/// Hears of the work that a test submits.
struct heard {
  std::vector<deploy_event> events;
};

deploy_listener_actor::behavior_type
listen(deploy_listener_actor::pointer, heard* to) {
  return {
    [=](const deploy_event& x) { to->events.push_back(x); },
    [](const deploy_report&) {},
  };
}

struct fixture : actor_fixture {
  ~fixture() override {
    node.listener = nullptr;
    for (const auto& x : node.gateways)
      caf::anon_send_exit(x, caf::exit_reason::kill);
    node.gateways.clear();
  }

  void start(secret with = token) {
    node_endpoint endpoint;
    endpoint.name = "web1";
    endpoint.host = "10.0.0.2";
    endpoint.port = 7420;
    endpoint.token = std::move(with);
    auto dialer = keep(sys.spawn(fake_dialer, &node));
    link = keep(sys.spawn(node_link, endpoint, node_link_policy{}, dialer,
                          lent_proxy_grant{}, std::string{"1.0"}));
    run();
  }

  node_status status() {
    return *ask<node_status>(node_link_actor{link}, ask_node{});
  }

  /// Breaks the connection, as CAF tells it.
  void lose() {
    node.listener = nullptr;
    kill(node.gateways.back());
  }

  pending<deploy_report> submit(const std::string& id = "0123456789ab") {
    submit_work work;
    work.deploy_id = id;
    work.spec.project = "shop";
    work.spec.stage = "prod";
    auto result = request<deploy_report>(node_link_actor{link}, work,
                                         keep(sys.spawn(listen, &told)));
    run();
    return result;
  }

  deploy_report report_of(const std::string& id = "0123456789ab") {
    deploy_report result;
    result.deploy_id = id;
    result.outcome = deploy_outcome::deployed;
    return result;
  }

  fake_node node;
  heard told;
  node_link_impl link;
};

const auto refused
  = make_failure(errc::connection_refused, {.reply = "nobody listens"});

} // namespace

BOOST_FIXTURE_TEST_SUITE(node_link_tests, fixture)

BOOST_AUTO_TEST_CASE(it_connects_and_tells_so) {
  start();
  auto x = status();
  BOOST_TEST((x.state == node_state::connected));
  BOOST_TEST(!x.problem);
  BOOST_TEST(x.version == "0.9");
  BOOST_TEST(x.address == "10.0.0.2:7420");
  auto engine = ask<engine_info>(node_link_actor{link}, ping_engine{});
  BOOST_REQUIRE(engine);
  BOOST_TEST(engine->release == "20.10.24");
}

BOOST_AUTO_TEST_CASE(a_node_that_does_not_know_the_token_is_refused) {
  node.key = secret{"another"};
  start();
  auto x = status();
  BOOST_TEST((x.state == node_state::refused));
  BOOST_TEST((code_of(x.problem) == errc::unauthorized));
  BOOST_TEST(failure_of(x.problem).object == "node web1 at 10.0.0.2:7420");
  auto work = submit();
  BOOST_TEST((code_of(work.error()) == errc::unauthorized));
  BOOST_TEST(node.submitted.empty());
}

BOOST_AUTO_TEST_CASE(what_is_no_token_is_not_even_tried) {
  start(secret{"hunter2"});
  BOOST_TEST((status().state == node_state::refused));
  BOOST_TEST(node.dialled == 0);
}

BOOST_AUTO_TEST_CASE(it_tries_again_less_and_less_often) {
  node.unreachable = refused;
  start();
  BOOST_TEST((status().state == node_state::connecting));
  auto at_once = node.dialled;
  advance(60s);
  BOOST_TEST(node.dialled > at_once + 5);
  BOOST_TEST(node.dialled < at_once + 12);
  node.unreachable = caf::none;
  advance(10s);
  BOOST_TEST((status().state == node_state::connected));
}

BOOST_AUTO_TEST_CASE(work_waits_for_a_node_that_is_about_to_come) {
  node.unreachable = refused;
  start();
  auto work = submit();
  advance(5s);
  node.unreachable = caf::none;
  advance(10s);
  BOOST_TEST(node.submitted.size() == 1u);
  BOOST_TEST(!work.ready());
}

BOOST_AUTO_TEST_CASE(work_fails_if_the_node_does_not_come) {
  node.unreachable = refused;
  start();
  auto work = submit();
  advance(25s);
  BOOST_TEST(!work.ready());
  advance(20s);
  BOOST_TEST((code_of(work.error()) == errc::connection_refused));
}

BOOST_AUTO_TEST_CASE(the_work_ends_when_the_node_says_so) {
  start();
  auto work = submit();
  deploy_event event;
  event.deploy_id = "0123456789ab";
  event.phase = deploy_phase::pulling;
  self->send(node.listener, event);
  self->send(node.listener, report_of());
  run();
  BOOST_TEST((work.value().outcome == deploy_outcome::deployed));
  BOOST_REQUIRE(told.events.size() == 1u);
  BOOST_TEST(told.events[0].node == "web1");
}

BOOST_AUTO_TEST_CASE(what_the_node_refuses_fails) {
  node.takes_work = false;
  start();
  auto work = submit();
  BOOST_TEST((code_of(work.error()) == errc::conflict));
}

BOOST_AUTO_TEST_CASE(a_lost_node_is_unknown_until_it_is_back) {
  start();
  auto work = submit();
  node.unreachable = refused;
  lose();
  BOOST_TEST((status().state == node_state::unknown));
  BOOST_REQUIRE(told.events.size() == 1u);
  BOOST_TEST(told.events[0].text.find("unknown") != std::string::npos);
  BOOST_TEST(told.events[0].retrying);
  auto engine = ask<engine_info>(node_link_actor{link}, ping_engine{});
  BOOST_TEST((code_of(engine.error()) == errc::connection_refused
              || code_of(engine.error()) == errc::connection_lost));
  node.unreachable = caf::none;
  advance(10s);
  BOOST_TEST((status().state == node_state::connected));
  BOOST_TEST(!work.ready());
  BOOST_TEST(node.submitted.size() == 1u);
  self->send(node.listener, report_of());
  run();
  BOOST_TEST(work.ready());
}

BOOST_AUTO_TEST_CASE(what_ended_meanwhile_is_learnt_afterwards) {
  start();
  auto work = submit();
  lose();
  node.records["0123456789ab"].report = report_of();
  advance(10s);
  BOOST_TEST((work.value().outcome == deploy_outcome::deployed));
}

BOOST_AUTO_TEST_CASE(work_that_the_node_never_heard_of_is_asked_for_again) {
  start();
  auto work = submit();
  node.records.clear();
  lose();
  advance(10s);
  BOOST_TEST(node.submitted.size() == 2u);
}

BOOST_AUTO_TEST_CASE(work_of_a_former_process_that_has_ended_is_learnt) {
  node.records["0123456789ab"].report = report_of();
  node.takes_work = true;
  start();
  // The gateway knows the work and so does not do it again.
  auto kept = node.records;
  auto work = submit();
  node.records = kept;
  lose();
  advance(10s);
  BOOST_TEST(work.ready());
}

BOOST_AUTO_TEST_CASE(a_node_that_stays_lost_leaves_the_outcome_unknown) {
  start();
  auto work = submit();
  node.unreachable = refused;
  lose();
  advance(590s);
  BOOST_TEST(!work.ready());
  advance(30s);
  BOOST_TEST((work.value().outcome == deploy_outcome::unknown));
  BOOST_TEST((code_of(work.value().error) == errc::connection_refused));
}

BOOST_AUTO_TEST_CASE(cancelling_reaches_the_node_also_after_it_was_lost) {
  start();
  auto work = submit();
  node.unreachable = refused;
  lose();
  cancel_work request;
  request.deploy_id = "0123456789ab";
  ask<done>(node_link_actor{link}, request);
  BOOST_TEST(node.cancelled.empty());
  node.unreachable = caf::none;
  advance(10s);
  BOOST_TEST(node.cancelled.size() == 1u);
}

BOOST_AUTO_TEST_CASE(cancelled_work_that_nobody_has_is_cancelled_at_once) {
  node.unreachable = refused;
  start();
  auto work = submit();
  cancel_work request;
  request.deploy_id = "0123456789ab";
  ask<done>(node_link_actor{link}, request);
  BOOST_TEST((work.value().outcome == deploy_outcome::cancelled));
  node.unreachable = caf::none;
  advance(20s);
  BOOST_TEST(node.submitted.empty());
}

BOOST_AUTO_TEST_CASE(stages_are_looked_after_by_each_new_connection) {
  start();
  look_after stages;
  stages.stages.emplace_back();
  self->send(node_link_actor{link}, stages);
  run();
  BOOST_REQUIRE(node.stages);
  node.stages.reset();
  lose();
  advance(10s);
  BOOST_TEST(node.stages.has_value());
}

BOOST_AUTO_TEST_SUITE_END()
