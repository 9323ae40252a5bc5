// Every call of a deploy meets every fault; what the engine and the proxy have
// in the end must be either the old state or the new one.

#include "messages/naming.hpp"
#include "tests/support/deployment_fixture.hpp"

#include <boost/test/unit_test.hpp>

using namespace dw;
using namespace dw::test;
using namespace std::chrono_literals;

namespace {

/// A call on the way of a deploy, up to where it has succeeded.
struct forward_call {
  const char* call;
  deploy_phase phase;
  /// Whether a container runs whose log says something.
  bool has_log = false;
  /// Not having heard that it was done is no obstacle, for it is done.
  bool survives_loss = false;
  /// The step retries it by itself, and says at last why it waits.
  bool is_polled = false;
  /// May be broken off in the middle.
  bool interruptible = false;
};

// Of the same tag once again, which needs all calls.
constexpr forward_call forward_calls[] = {
  {"pull", deploy_phase::pulling, false, false, false, true},
  {"ensure_network", deploy_phase::preparing},
  {"list_containers", deploy_phase::preparing, false, false, false, true},
  {"list_hosts", deploy_phase::preparing, false, false, false, true},
  {"rename #1", deploy_phase::preparing, false, true},
  {"create", deploy_phase::creating},
  {"start #2", deploy_phase::starting, true},
  {"inspect #2", deploy_phase::gating, true, false, true, true},
  {"probe", deploy_phase::gating, true, false, true, true},
  {"set_route", deploy_phase::routing, true},
  {"visit", deploy_phase::verifying, true, false, true, true},
};

/// A stage where container 1 serves, and tag 1 is to be deployed again.
struct redeploy : deployment_fixture {
  redeploy() {
    publish("1");
    deploy("1");
    hosts = world.proxy().hosts();
    instance = world.engine().find(1)->instance_id();
  }

  void begin_deploy(std::chrono::milliseconds timeout = 900s) {
    auto spec = make_spec("1");
    spec.timeout = timeout;
    worker = begin({stage_action::deploy, spec, {}, false});
  }

  void check_old_serves() {
    auto& containers = world.engine().containers();
    BOOST_TEST(containers.size() == 1u);
    BOOST_TEST(containers.front().number == 1);
    BOOST_TEST(containers.front().info.name == "dw-shop-prod-1");
    BOOST_TEST(containers.front().is_running());
    BOOST_TEST((world.proxy().hosts() == hosts));
    BOOST_TEST(serving() == 1);
  }

  void check_new_serves() {
    auto& containers = world.engine().containers();
    BOOST_TEST(containers.size() == 2u);
    BOOST_TEST(containers.front().info.name
               == replaced_name("dw-shop-prod-1", instance));
    BOOST_TEST(containers.back().info.name == "dw-shop-prod-1");
    BOOST_TEST(world.proxy().hosts().size() == 1u);
    BOOST_TEST(serving() == 2);
  }

  void check_succeeded() {
    BOOST_CHECK_MESSAGE(report->outcome == deploy_outcome::deployed,
                        render(report->error));
    BOOST_TEST(report->leftovers.size() == 0u);
    check_new_serves();
    BOOST_TEST(!world.engine().find(1)->is_running());
  }

  void check_failed(const forward_call& at) {
    BOOST_TEST((report->outcome == deploy_outcome::failed));
    BOOST_TEST(report->phase == at.phase);
    BOOST_TEST(report->leftovers.size() == 0u);
    auto why = failure_of(report->error);
    BOOST_TEST(!why.operation.empty());
    BOOST_TEST(!why.object.empty());
    BOOST_TEST(!why.reply.empty());
    BOOST_TEST(why.log_tail == (at.has_log ? "listening on 8080" : ""));
    check_old_serves();
  }

  void check_cancelled() {
    BOOST_TEST((report->outcome == deploy_outcome::cancelled));
    BOOST_TEST((code_of(report->error) == errc::cancelled));
    BOOST_TEST(report->leftovers.size() == 0u);
    check_old_serves();
  }

  std::vector<proxy_host> hosts;
  std::string instance;
  deployment_actor worker;
};

/// Runs `f(fixture, call)` with a fresh stage for each call.
template <class F>
void for_each_call(F f) {
  for (const auto& at : forward_calls)
    BOOST_TEST_CONTEXT("at " << at.call) {
      redeploy stage;
      f(stage, at);
    }
}

} // namespace

namespace dw {

std::ostream& operator<<(std::ostream& out, deploy_phase x) {
  return out << to_string(x);
}

} // namespace dw

BOOST_AUTO_TEST_SUITE(deploy_faults)

// -- until it has succeeded ---------------------------------------------------

BOOST_AUTO_TEST_CASE(without_a_fault_the_deploy_makes_all_these_calls) {
  redeploy stage;
  stage.begin_deploy();
  stage.finish();
  stage.check_succeeded();
  auto calls = stage.calls();
  for (const auto& at : forward_calls) {
    auto is_it = [&](const auto& x) { return x.starts_with(at.call); };
    BOOST_TEST(std::any_of(calls.begin(), calls.end(), is_it), at.call);
  }
}

BOOST_AUTO_TEST_CASE(a_permanent_error_leaves_the_old_one_serving) {
  for_each_call([](redeploy& stage, const forward_call& at) {
    stage.world.inject({at.call, fault_kind::refuse,
                        make_error(errc::peer_failed), 0, for_ever});
    stage.begin_deploy();
    stage.finish();
    stage.check_failed(at);
    auto why = render(stage.report->error);
    BOOST_TEST(why.find("engine says no") != std::string::npos, why);
  });
}

BOOST_AUTO_TEST_CASE(a_passing_error_is_no_obstacle) {
  for_each_call([](redeploy& stage, const forward_call& at) {
    stage.world.inject(
      {at.call, fault_kind::refuse, make_error(errc::connection_refused)});
    stage.begin_deploy();
    stage.finish();
    stage.check_succeeded();
    auto is_repeat = [](const auto& x) { return x.retrying; };
    auto told
      = std::count_if(stage.events.begin(), stage.events.end(), is_repeat);
    BOOST_TEST(told == (at.is_polled ? 0 : 1));
  });
}

BOOST_AUTO_TEST_CASE(an_error_that_does_not_pass_is_given_up) {
  for_each_call([](redeploy& stage, const forward_call& at) {
    stage.world.inject({at.call, fault_kind::refuse,
                        make_error(errc::connection_refused), 0, for_ever});
    stage.begin_deploy();
    stage.finish();
    stage.check_failed(at);
    auto attempts = stage.world.count(at.call) - 1; // one in the first deploy
    if (std::string_view{at.call}.find("1") == std::string_view::npos
        && !at.is_polled)
      BOOST_TEST(attempts >= retry_policy{}.max_attempts - 1);
  });
}

BOOST_AUTO_TEST_CASE(an_image_that_was_removed_meanwhile_is_pulled_again) {
  redeploy stage;
  stage.world.inject(
    {"create", fault_kind::refuse, make_error(errc::not_found)});
  stage.begin_deploy();
  stage.finish();
  stage.check_succeeded();
  BOOST_TEST(stage.world.count("pull registry.test/shop@sha256:") == 1u);
}

BOOST_AUTO_TEST_CASE(an_image_that_is_removed_again_is_given_up) {
  redeploy stage;
  stage.world.inject(
    {"create", fault_kind::refuse, make_error(errc::not_found), 0, for_ever});
  stage.begin_deploy();
  stage.finish();
  stage.check_failed({"create", deploy_phase::creating});
  BOOST_TEST(stage.world.count("pull registry.test/shop@sha256:") == 1u);
}

BOOST_AUTO_TEST_CASE(an_answer_that_got_lost_is_no_obstacle) {
  for_each_call([](redeploy& stage, const forward_call& at) {
    stage.world.inject(
      {at.call, fault_kind::lose_answer, make_error(errc::connection_lost)});
    stage.begin_deploy();
    stage.finish();
    stage.check_succeeded();
  });
}

BOOST_AUTO_TEST_CASE(what_was_done_without_our_knowing_is_undone) {
  for_each_call([](redeploy& stage, const forward_call& at) {
    stage.world.inject({at.call, fault_kind::lose_answer,
                        make_error(errc::timed_out), 0,
                        at.survives_loss ? 1 : for_ever});
    stage.begin_deploy();
    stage.finish();
    if (at.survives_loss)
      stage.check_succeeded();
    else
      stage.check_failed(at);
  });
}

BOOST_AUTO_TEST_CASE(a_call_that_was_done_although_it_failed_is_undone) {
  for_each_call([](redeploy& stage, const forward_call& at) {
    if (at.is_polled)
      return;
    stage.world.inject(
      {at.call, fault_kind::lose_answer, make_error(errc::peer_failed)});
    stage.begin_deploy();
    stage.finish();
    stage.check_failed(at);
  });
}

BOOST_AUTO_TEST_CASE(a_call_that_is_not_answered_is_taken_back_and_repeated) {
  for_each_call([](redeploy& stage, const forward_call& at) {
    stage.world.inject({at.call, fault_kind::swallow, {}});
    stage.begin_deploy();
    stage.finish();
    stage.check_succeeded();
    auto cancel = std::string{"cancel "} + at.call;
    BOOST_TEST(stage.world.count(cancel) == 1u);
  });
}

BOOST_AUTO_TEST_CASE(a_service_that_never_answers_is_given_up) {
  for_each_call([](redeploy& stage, const forward_call& at) {
    stage.world.inject({at.call, fault_kind::swallow, {}, 0, for_ever});
    stage.begin_deploy();
    stage.finish();
    BOOST_TEST((stage.report->outcome == deploy_outcome::failed));
    // The old one's inspection is needed for the undoing of the name, which
    // was not changed.
    stage.check_failed(at);
  });
}

BOOST_AUTO_TEST_CASE(whatever_went_wrong_on_the_way_all_is_undone) {
  for (auto kind :
       {fault_kind::refuse, fault_kind::lose_answer, fault_kind::swallow})
    for_each_call([kind](redeploy& stage, const forward_call& at) {
      stage.world.inject({at.call, kind, make_error(errc::connection_lost)});
      stage.world.inject({"visit", fault_kind::refuse,
                          make_error(errc::connection_refused), 0, for_ever});
      stage.begin_deploy();
      stage.finish();
      stage.check_failed({"", deploy_phase::verifying, true});
    });
}

// -- cancellation and deadline ------------------------------------------------

BOOST_AUTO_TEST_CASE(cancelled_in_any_call_the_old_one_serves) {
  for_each_call([](redeploy& stage, const forward_call& at) {
    stage.world.inject({at.call, fault_kind::hold, {}});
    stage.begin_deploy();
    BOOST_REQUIRE(stage.world.is_holding());
    caf::anon_send(stage.worker, cancel{});
    stage.run();
    // Some are taken back, others are let finish.
    BOOST_TEST(stage.world.is_holding() != at.interruptible);
    // What visitors are sent to has a moment to finish.
    auto is_over = at.interruptible && at.phase < deploy_phase::routing;
    BOOST_TEST(bool{stage.report} == is_over);
    stage.world.release();
    stage.finish();
    stage.check_cancelled();
  });
}

BOOST_AUTO_TEST_CASE(cancelled_in_a_call_that_then_fails_it_is_cancelled) {
  for_each_call([](redeploy& stage, const forward_call& at) {
    stage.world.inject({at.call, fault_kind::hold, {}});
    stage.begin_deploy();
    caf::anon_send(stage.worker, cancel{});
    stage.run();
    stage.finish();
    stage.check_cancelled();
  });
}

BOOST_AUTO_TEST_CASE(cancelled_in_a_pause_it_is_broken_off_at_once) {
  for_each_call([](redeploy& stage, const forward_call& at) {
    if (at.is_polled)
      return;
    stage.world.inject(
      {at.call, fault_kind::refuse, make_error(errc::connection_refused)});
    stage.begin_deploy();
    BOOST_REQUIRE(!stage.report);
    caf::anon_send(stage.worker, cancel{});
    stage.run();
    BOOST_REQUIRE(bool{stage.report});
    stage.check_cancelled();
  });
}

BOOST_AUTO_TEST_CASE(out_of_time_in_any_call_the_old_one_serves) {
  for (auto answers_late : {false, true})
    for_each_call([=](redeploy& stage, const forward_call& at) {
      stage.world.inject({at.call, fault_kind::hold, {}});
      stage.begin_deploy(10s);
      stage.advance(10s);
      if (answers_late) {
        stage.world.release();
        stage.run();
      }
      stage.finish();
      BOOST_TEST((code_of(stage.report->error) == errc::timed_out));
      stage.check_failed(at);
      auto why = failure_of(stage.report->error);
      BOOST_TEST(why.reply == "not done after 10 s");
    });
}

BOOST_AUTO_TEST_CASE(cancelled_before_it_began_nothing_is_called) {
  redeploy stage;
  auto before = stage.calls().size();
  stage.worker = stage.keep(stage.sys.spawn(
    deployment, stage.world.handles(), stage.client, std::string{"d1"},
    submit_work{stage_action::deploy, stage.make_spec("1"), {}, false},
    retry_policy{}, 1u));
  caf::anon_send(stage.worker, cancel{});
  stage.finish();
  stage.check_cancelled();
  BOOST_TEST(stage.calls().size() == before);
}

BOOST_AUTO_TEST_CASE(cancelled_while_undoing_the_undoing_goes_on) {
  redeploy stage;
  stage.world.inject({"visit", fault_kind::hold, {}});
  stage.world.inject({"remove #2", fault_kind::hold, {}});
  stage.begin_deploy();
  caf::anon_send(stage.worker, cancel{});
  stage.advance(1s);
  BOOST_REQUIRE(stage.world.is_holding());
  caf::anon_send(stage.worker, cancel{});
  stage.run();
  BOOST_REQUIRE(stage.world.is_holding());
  stage.world.release();
  stage.finish();
  stage.check_cancelled();
}

BOOST_AUTO_TEST_CASE(when_nobody_is_left_to_tell_it_is_undone) {
  redeploy stage;
  stage.world.inject({"visit", fault_kind::hold, {}});
  stage.begin_deploy();
  stage.kill(stage.client);
  stage.advance(1s);
  stage.check_old_serves();
}

// -- what the container does --------------------------------------------------

BOOST_AUTO_TEST_CASE(a_container_that_ends_fails_at_once_with_its_log) {
  redeploy stage;
  stage.publish("1", {.dies_with = 3, .log = {"first", "out of ideas"}});
  stage.begin_deploy();
  stage.finish();
  BOOST_TEST((stage.report->elapsed == 0s));
  BOOST_TEST((code_of(stage.report->error) == errc::container_failed));
  auto why = failure_of(stage.report->error);
  BOOST_TEST(why.object == "dw-shop-prod-1");
  BOOST_TEST(why.reply == "it ended with exit code 3");
  BOOST_TEST(why.log_tail == "first\nout of ideas");
  stage.check_old_serves();
}

BOOST_AUTO_TEST_CASE(a_container_that_cannot_start_fails_with_its_log) {
  redeploy stage;
  stage.publish("1", {.can_start = false, .log = {"no such app"}});
  stage.begin_deploy();
  stage.finish();
  BOOST_TEST((stage.report->phase == deploy_phase::starting));
  auto why = failure_of(stage.report->error);
  BOOST_TEST(why.reply.find("not found in $PATH") != std::string::npos);
  BOOST_TEST(why.log_tail == "no such app");
  stage.check_old_serves();
}

BOOST_AUTO_TEST_CASE(an_event_tells_before_the_next_look) {
  redeploy stage;
  stage.publish("1", {.has_check = true, .health = health_status::starting});
  stage.begin_deploy();
  stage.advance(500ms);
  stage.world.engine().find(2)->info.health = health_status::unhealthy;
  stage.world.engine().find(2)->info.health_output = "503";
  stage.world.tell(engine_event_kind::unhealthy, 2);
  stage.run();
  BOOST_REQUIRE(bool{stage.report});
  BOOST_TEST((code_of(stage.report->error) == errc::unhealthy));
  stage.check_old_serves();
}

BOOST_AUTO_TEST_CASE(without_events_a_look_each_second_tells) {
  redeploy stage;
  stage.publish("1", {.has_check = true, .health = health_status::starting});
  stage.world.inject({"subscribe", fault_kind::refuse,
                      make_error(errc::connection_lost), 0, for_ever});
  stage.begin_deploy();
  stage.advance(500ms);
  stage.world.engine().find(2)->info.health = health_status::healthy;
  stage.run();
  BOOST_TEST(stage.serving() == 1);
  stage.advance(500ms);
  BOOST_TEST(stage.serving() == 2);
  stage.finish();
  stage.check_succeeded();
}

BOOST_AUTO_TEST_CASE(a_slow_engine_is_not_asked_while_it_has_yet_to_answer) {
  redeploy stage;
  stage.world.inject({"inspect #2", fault_kind::swallow, {}, 0, for_ever});
  stage.begin_deploy();
  stage.advance(20s);
  BOOST_TEST(stage.world.count("inspect #2") == 1u);
  stage.finish();
  stage.check_old_serves();
}

BOOST_AUTO_TEST_CASE(a_proxy_that_still_leads_elsewhere_is_not_believed) {
  redeploy stage;
  stage.publish("1", {.status = 500, .tells_instance = false});
  auto spec = stage.make_spec("1");
  spec.health.path.clear();
  stage.begin({stage_action::deploy, spec, {}, false});
  stage.advance(10s);
  // Its 500 is an answer, but the old workers of the proxy may still give the
  // old one's.
  BOOST_TEST(stage.phases().back() == "verifying");
  stage.advance(1s);
  BOOST_TEST(stage.phases().back() == "draining");
  stage.finish();
}

BOOST_AUTO_TEST_CASE(a_proxy_that_does_not_reach_it_is_put_back) {
  redeploy stage;
  stage.world.inject({"set_route", fault_kind::hold, {}});
  stage.begin_deploy();
  stage.world.engine().find(2)->app.status = 0; // stops listening
  stage.world.release();
  stage.finish();
  stage.check_failed({"", deploy_phase::verifying, true});
  BOOST_TEST((code_of(stage.report->error) == errc::route_unverified));
  auto why = render(stage.report->error);
  BOOST_TEST(why.find("status 502") != std::string::npos, why);
}

// -- undoing that fails -------------------------------------------------------

namespace {

struct undo_call {
  const char* call;
  /// How many such calls there are before.
  size_t skip;
  /// What is reported; empty if it does not matter.
  const char* leftover;
};

constexpr undo_call undo_calls[] = {
  {"list_hosts", 1, "the route of shop.test was not put back"},
  {"revert_route", 0, "the route of shop.test was not put back"},
  {"logs", 0, ""},
  {"remove #2", 0, "container dw-shop-prod-1 was not removed"},
  {"inspect #1", 0, "container dw-shop-prod-1 is still named"},
  {"rename #1", 1, "container dw-shop-prod-1 is still named"},
};

template <class F>
void for_each_undo_call(F f) {
  for (const auto& at : undo_calls)
    BOOST_TEST_CONTEXT("at " << at.call) {
      redeploy stage;
      stage.world.inject({"visit", fault_kind::refuse,
                          make_error(errc::connection_refused), 0, for_ever});
      f(stage, at);
      BOOST_TEST((stage.report->outcome == deploy_outcome::failed));
      BOOST_TEST((code_of(stage.report->error) == errc::route_unverified));
      BOOST_TEST((stage.report->phase == deploy_phase::verifying));
    }
}

bool is_of_route(std::string_view call) {
  return call == "list_hosts" || call == "revert_route";
}

/// Each part of the old state but the one that could not be undone, and what
/// that part needs.
void check_rest_is_undone(redeploy& stage, std::string_view call) {
  BOOST_TEST((stage.world.proxy().hosts() == stage.hosts) != is_of_route(call));
  auto is_left = call == "remove #2" || is_of_route(call);
  BOOST_TEST((stage.world.engine().find(2) != nullptr) == is_left);
  auto* old = stage.world.engine().find(1);
  BOOST_TEST(old->is_running());
  auto is_name = call == "inspect #1" || call == "rename #1" || is_left;
  BOOST_TEST((old->info.name == "dw-shop-prod-1") != is_name);
}

} // namespace

BOOST_AUTO_TEST_CASE(undoing_repeats_what_fails_in_passing) {
  for_each_undo_call([](redeploy& stage, const undo_call& at) {
    stage.world.inject({at.call, fault_kind::refuse,
                        make_error(errc::connection_refused), at.skip});
    stage.begin_deploy();
    stage.finish();
    BOOST_TEST(stage.report->leftovers.size() == 0u);
    stage.check_old_serves();
  });
}

BOOST_AUTO_TEST_CASE(undoing_repeats_what_was_done_without_its_knowing) {
  for_each_undo_call([](redeploy& stage, const undo_call& at) {
    stage.world.inject(
      {at.call, fault_kind::lose_answer, make_error(errc::timed_out), at.skip});
    stage.begin_deploy();
    stage.finish();
    BOOST_TEST(stage.report->leftovers.size() == 0u);
    stage.check_old_serves();
  });
}

BOOST_AUTO_TEST_CASE(what_cannot_be_undone_is_reported_and_the_rest_is_undone) {
  for (auto kind : {fault_kind::refuse, fault_kind::swallow})
    for_each_undo_call([kind](redeploy& stage, const undo_call& at) {
      stage.world.inject(
        {at.call, kind, make_error(errc::peer_failed), at.skip, for_ever});
      stage.begin_deploy();
      stage.finish();
      const auto& leftovers = stage.report->leftovers;
      if (*at.leftover == '\0') {
        BOOST_TEST(leftovers.size() == 0u);
        stage.check_old_serves();
        return;
      }
      BOOST_REQUIRE(!leftovers.empty());
      BOOST_TEST(leftovers.front().starts_with(at.leftover), leftovers.front());
      // A name is not free while the new container has it, and that is needed
      // while the route may lead to it.
      auto is_left
        = std::string_view{at.call} == "remove #2" || is_of_route(at.call);
      BOOST_TEST(leftovers.size() == (is_left ? 2u : 1u));
      check_rest_is_undone(stage, at.call);
    });
}

namespace {

/// The proxy is lost while the route is set, and stays so.
struct lost_proxy : redeploy {
  explicit lost_proxy(fault_kind kind) {
    auto err = make_error(kind == fault_kind::refuse ? errc::connection_refused
                                                     : errc::connection_lost);
    world.inject({"set_route", kind, err, 0, for_ever});
    // The stage is read before.
    if (kind != fault_kind::refuse)
      world.inject({"list_hosts", fault_kind::refuse,
                    make_error(errc::connection_refused), 1, for_ever});
    begin_deploy();
    finish();
    BOOST_TEST((report->outcome == deploy_outcome::failed));
    BOOST_TEST((report->phase == deploy_phase::routing));
  }
};

} // namespace

BOOST_AUTO_TEST_CASE(what_the_route_may_lead_to_goes_on_running) {
  lost_proxy stage{fault_kind::lose_answer};
  BOOST_TEST(stage.serving() == 2);
  BOOST_TEST(stage.container(1).is_running());
  BOOST_TEST(stage.container(2).is_running());
  const auto& leftovers = stage.report->leftovers;
  BOOST_REQUIRE(leftovers.size() == 2u);
  BOOST_TEST(
    leftovers[0].starts_with("the route of shop.test was not put back: "));
  BOOST_TEST(leftovers[1]
             == "container dw-shop-prod-1 still runs, for the route of "
                "shop.test may lead to it: deploy the stage again when the "
                "proxy answers, and only what serves is left");
}

BOOST_AUTO_TEST_CASE(the_next_deploy_leaves_one_of_two_that_may_serve) {
  for (auto is_routed : {true, false})
    for (const auto* tag : {"1", "2"})
      BOOST_TEST_CONTEXT(tag << (is_routed ? " after the switch" : "")) {
        lost_proxy stage{is_routed ? fault_kind::lose_answer
                                   : fault_kind::swallow};
        BOOST_TEST(stage.serving() == (is_routed ? 2 : 1));
        BOOST_TEST(stage.container(1).is_running());
        BOOST_TEST(stage.container(2).is_running());
        stage.world.forgive();
        stage.publish("2");
        stage.deploy(tag);
        BOOST_TEST(stage.serving() == 3);
        BOOST_TEST(stage.container(3).is_running());
        // The one that served is kept for a rollback.
        BOOST_TEST(stage.world.engine().containers().size() == 2u);
        BOOST_TEST(!stage.container(is_routed ? 2 : 1).is_running());
      }
}

BOOST_AUTO_TEST_CASE(what_the_route_was_never_set_to_is_removed) {
  lost_proxy stage{fault_kind::refuse};
  BOOST_TEST(stage.report->leftovers.size() == 0u);
  BOOST_TEST(stage.world.count("revert_route") == 0u);
  stage.check_old_serves();
}

// A change that nobody has told the end of may still wait for its turn.
BOOST_AUTO_TEST_CASE(the_route_is_read_behind_a_change_that_is_under_way) {
  redeploy stage;
  stage.world.inject(
    {"set_route", fault_kind::lose_answer, make_error(errc::peer_failed)});
  stage.world.inject({"revert_route", fault_kind::hold, {}, 0, 1});
  stage.begin_deploy();
  BOOST_REQUIRE(stage.world.is_holding());
  BOOST_TEST(stage.world.count("list_hosts") == 2u);
  stage.world.release();
  stage.finish();
  BOOST_TEST(stage.world.count("list_hosts") == 3u);
  stage.check_failed({"set_route", deploy_phase::routing, true});
}

BOOST_AUTO_TEST_CASE(events_tell_the_undoing) {
  redeploy stage;
  stage.world.inject({"visit", fault_kind::refuse,
                      make_error(errc::connection_refused), 0, for_ever});
  stage.begin_deploy();
  stage.finish();
  std::vector<std::string> expected{"pulling",   "preparing", "creating",
                                    "starting",  "gating",    "routing",
                                    "verifying", "undoing",   "finished"};
  BOOST_TEST(stage.phases() == expected, boost::test_tools::per_element());
  BOOST_TEST(stage.events.back().text == "failed");
}

// -- without anything there before --------------------------------------------

BOOST_AUTO_TEST_CASE(a_failed_first_deploy_leaves_nothing) {
  for (const auto& at : forward_calls) {
    auto call = std::string{at.call};
    if (call == "rename #1")
      continue;
    if (call.ends_with("#2"))
      call.back() = '1';
    BOOST_TEST_CONTEXT("at " << call) {
      deployment_fixture stage;
      stage.publish("1");
      stage.world.inject({call, fault_kind::lose_answer,
                          make_error(errc::timed_out), 0, for_ever});
      stage.run_action(stage_action::deploy, "1");
      BOOST_TEST((stage.report->outcome == deploy_outcome::failed));
      BOOST_TEST(stage.report->leftovers.size() == 0u);
      BOOST_TEST(stage.world.engine().containers().size() == 0u);
      BOOST_TEST(stage.world.proxy().hosts().size() == 0u);
    }
  }
}

// -- after it has succeeded ---------------------------------------------------

namespace {

/// A stage where container 2 serves and 1 is kept; tag 3 is to be deployed.
struct third_deploy : deployment_fixture {
  third_deploy() {
    for (const auto* tag : {"1", "2", "3"})
      publish(tag);
    deploy("1");
    deploy("2");
  }

  void check_deployed() {
    BOOST_TEST((report->outcome == deploy_outcome::deployed));
    BOOST_TEST(!report->error);
    BOOST_TEST(serving() == 3);
  }
};

} // namespace

BOOST_AUTO_TEST_CASE(a_passing_error_does_not_keep_the_old_ones) {
  for (auto kind :
       {fault_kind::refuse, fault_kind::lose_answer, fault_kind::swallow})
    for (const auto* call : {"list_containers", "stop #2", "remove #1"})
      BOOST_TEST_CONTEXT("at " << call) {
        third_deploy stage;
        auto skip = std::string{call} == "list_containers" ? 1u : 0u;
        stage.world.inject(
          {call, kind, make_error(errc::connection_lost), skip});
        stage.run_action(stage_action::deploy, "3");
        stage.check_deployed();
        BOOST_TEST(stage.report->leftovers.size() == 0u);
        BOOST_TEST(!stage.world.engine().find(1));
        BOOST_TEST(!stage.world.engine().find(2)->is_running());
      }
}

BOOST_AUTO_TEST_CASE(an_old_one_that_is_stuck_is_reported_and_keeps_no_other) {
  for (auto kind : {fault_kind::refuse, fault_kind::swallow})
    for (auto code : {errc::peer_failed, errc::connection_refused}) {
      third_deploy stage;
      stage.world.inject({"stop #2", kind, make_error(code), 0, for_ever});
      stage.run_action(stage_action::deploy, "3");
      stage.check_deployed();
      BOOST_REQUIRE(stage.report->leftovers.size() == 1u);
      BOOST_TEST(stage.report->leftovers.front().starts_with(
        "container dw-shop-prod-2 was not retired: "));
      BOOST_TEST(!stage.world.engine().find(1));
    }
}

BOOST_AUTO_TEST_CASE(old_ones_that_cannot_be_listed_are_reported) {
  third_deploy stage;
  stage.world.inject({"list_containers", fault_kind::refuse,
                      make_error(errc::peer_failed), 1, for_ever});
  stage.run_action(stage_action::deploy, "3");
  stage.check_deployed();
  BOOST_REQUIRE(stage.report->leftovers.size() == 1u);
  BOOST_TEST(
    stage.report->leftovers.front().starts_with("retiring was not finished"));
}

BOOST_AUTO_TEST_CASE(cancelled_while_it_drains_it_has_succeeded) {
  third_deploy stage;
  auto worker
    = stage.begin({stage_action::deploy, stage.make_spec("3"), {}, false});
  stage.advance(5s);
  caf::anon_send(worker, cancel{});
  stage.run();
  BOOST_REQUIRE(bool{stage.report});
  stage.check_deployed();
  BOOST_REQUIRE(stage.report->leftovers.size() == 1u);
  BOOST_TEST(stage.report->leftovers.front()
             == "container dw-shop-prod-2 still runs until it is retired");
}

BOOST_AUTO_TEST_CASE(cancelled_while_it_retires_it_says_what_still_runs) {
  third_deploy stage;
  stage.world.inject({"stop #2", fault_kind::hold, {}});
  auto worker
    = stage.begin({stage_action::deploy, stage.make_spec("3"), {}, false});
  stage.advance(31s);
  BOOST_REQUIRE(stage.world.is_holding());
  caf::anon_send(worker, cancel{});
  stage.run();
  BOOST_REQUIRE(bool{stage.report});
  stage.check_deployed();
  BOOST_REQUIRE(stage.report->leftovers.size() == 1u);
}

BOOST_AUTO_TEST_CASE(the_deadline_does_not_count_once_it_has_succeeded) {
  third_deploy stage;
  auto spec = stage.make_spec("3");
  spec.timeout = 10s;
  stage.run_work({stage_action::deploy, spec, {}, false});
  stage.check_deployed();
  BOOST_TEST(stage.report->leftovers.size() == 0u);
  BOOST_TEST((stage.report->elapsed == 30s));
}

BOOST_AUTO_TEST_CASE(a_long_grace_is_waited_for) {
  third_deploy stage;
  stage.world.inject({"stop #2", fault_kind::hold, {}});
  auto spec = stage.make_spec("3");
  spec.stop_timeout = 300s;
  stage.begin({stage_action::deploy, spec, {}, false});
  stage.advance(30s + 299s);
  BOOST_TEST(stage.world.count("stop #2") == 1u);
  BOOST_TEST(stage.world.is_holding());
  stage.world.release();
  stage.finish();
  stage.check_deployed();
}

BOOST_AUTO_TEST_SUITE_END()
