// What becomes of work that the end of the program has interrupted.

#include "actors/recovery.hpp"

#include "actors/deploy_supervisor.hpp"
#include "actors/journal.hpp"
#include "tests/support/deployment_fixture.hpp"
#include "tests/support/journal_file.hpp"
#include "tests/support/temp_directory.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <stdexcept>

using namespace dw;
using namespace dw::test;
using namespace std::chrono_literals;

namespace {

// A stage whose orchestrator dies without a word and is started again. The
// engine, the proxy and the journal live on.
struct killed_world : deployment_fixture {
  killed_world() {
    for (const auto* tag : {"1", "2", "3"})
      publish(tag);
    svc = world.handles();
    svc.journal = keep(sys.spawn(
      journal, open_store(directory.path("journal.db")), caf::make_timestamp));
    run();
  }

  submit_work make_work(stage_action action, const std::string& tag) {
    submit_work result{action, make_spec(tag)};
    result.deploy_id = "killed";
    result.spec.soak = soak;
    result.spec.env = {{"COLOR", secret{"blue"}}};
    if (!has_domain) {
      result.spec.domains.clear();
      result.spec.verify_url.clear();
    }
    return result;
  }

  // Deploys without a journal, as something that was there before.
  void deploy_before(const std::string& tag) {
    auto spec = make_work(stage_action::deploy, tag).spec;
    const auto& result = run_work({stage_action::deploy, spec});
    if (result.outcome != deploy_outcome::deployed)
      throw std::runtime_error{render(result.error)};
    report.reset();
  }

  // Begins work and kills it when it makes a call, before or after that is
  // done.
  // @returns whether it made the call.
  bool kill_at(const submit_work& work, const std::string& call, size_t skip,
               fault_kind kind) {
    ask<done>(svc.journal, work_accepted{work});
    auto victim = keep(sys.spawn(deployment, svc, client, work.deploy_id, work,
                                 retry_policy{}, 1u));
    world.inject({.call = call,
                  .kind = kind,
                  .error = make_error(errc::connection_lost),
                  .skip = skip});
    auto first = world.calls().size();
    auto is_made = [&] {
      const auto& calls = world.calls();
      auto matches
        = std::count_if(calls.begin() + static_cast<std::ptrdiff_t>(first),
                        calls.end(),
                        [&](const auto& x) { return x.starts_with(call); });
      return static_cast<size_t>(matches) > skip;
    };
    run();
    for (auto waited = 0ms; !is_made() && !report && waited < 10min; waited
                                                                     += 100ms)
      advance(100ms);
    auto result = is_made();
    kill(victim);
    return result;
  }

  // Makes calls until the fault has met one.
  void use_up_fault() {
    for (int i = 0; i < 50; ++i) {
      request<std::vector<container_summary>>(svc.containers,
                                              list_containers{});
      run();
    }
  }

  // Starts the supervisor again and lets it finish.
  void recover() {
    aut = keep(sys.spawn(deploy_supervisor, svc, supervisor_policy{}));
    ask<uint32_t>(aut, resume_work{});
    for (auto waited = 0s; waited < 1h; waited += 1s) {
      advance(1s);
      if (ask<std::vector<deploy_event>>(aut, list_work{})->empty())
        break;
    }
    BOOST_TEST(ask<std::vector<unfinished_work>>(svc.journal, list_unfinished{})
                 ->empty());
  }

  int running() {
    int result = 0;
    for (int i = 1; i < 20; ++i)
      if (const auto* x = world.engine().find(i); x && x->is_running())
        ++result;
    return result;
  }

  std::string running_tag() {
    std::string result;
    for (int i = 1; i < 20; ++i)
      if (const auto* x = world.engine().find(i); x && x->is_running())
        result += x->info.labels.at("docker-watcher.tag");
    return result;
  }

  std::string serving_tag() {
    auto number = serving();
    return number == 0 ? "none"
                       : container(number).info.labels.at("docker-watcher.tag");
  }

  work_record record() {
    return *ask<work_record>(svc.journal, read_work{"killed"});
  }

  temp_directory directory;
  services svc;
  deploy_supervisor_impl aut;
  bool has_domain = true;
  std::chrono::milliseconds soak{0};
};

// Kills a deploy of "2" at each of its calls, before it is done and after, and
// has `check` look at what recovery makes of it.
template <class Prepare, class Check>
void kill_everywhere(stage_action action, Prepare prepare, Check check) {
  for (auto kind : {fault_kind::swallow, fault_kind::lose_answer})
    for (size_t call = 0;; ++call) {
      killed_world x;
      prepare(x);
      if (!x.kill_at(x.make_work(action, "2"), {}, call, kind)) {
        BOOST_TEST(call > 5u);
        x.use_up_fault();
        break;
      }
      BOOST_TEST_CONTEXT("killed at call " << call << ", "
                                           << x.world.calls().back()) {
        x.recover();
        check(x);
      }
    }
}

} // namespace

BOOST_AUTO_TEST_SUITE(recovery_of)

BOOST_AUTO_TEST_CASE(a_first_deploy_deploys_wherever_it_was_killed) {
  kill_everywhere(
    stage_action::deploy, [](killed_world&) {},
    [](killed_world& x) {
      BOOST_TEST(x.serving_tag() == "2");
      BOOST_TEST(x.running() == 1);
      BOOST_TEST((x.record().report->outcome == deploy_outcome::deployed));
    });
}

BOOST_AUTO_TEST_CASE(a_later_deploy_deploys_wherever_it_was_killed) {
  kill_everywhere(
    stage_action::deploy, [](killed_world& x) { x.deploy_before("1"); },
    [](killed_world& x) {
      BOOST_TEST(x.serving_tag() == "2");
      BOOST_TEST(x.running() == 1);
      BOOST_TEST((x.record().report->outcome == deploy_outcome::deployed));
    });
}

BOOST_AUTO_TEST_CASE(a_deploy_that_soaks_deploys_wherever_it_was_killed) {
  kill_everywhere(
    stage_action::deploy,
    [](killed_world& x) {
      x.soak = 5s;
      x.deploy_before("1");
    },
    [](killed_world& x) {
      BOOST_TEST(x.serving_tag() == "2");
      BOOST_TEST(x.running() == 1);
      BOOST_TEST((x.record().report->outcome == deploy_outcome::deployed));
    });
}

BOOST_AUTO_TEST_CASE(a_deploy_without_a_domain_deploys_as_well) {
  kill_everywhere(
    stage_action::deploy,
    [](killed_world& x) {
      x.has_domain = false;
      x.deploy_before("1");
    },
    [](killed_world& x) {
      BOOST_TEST(x.running_tag() == "2");
      BOOST_TEST((x.record().report->outcome == deploy_outcome::deployed));
    });
}

BOOST_AUTO_TEST_CASE(a_rollback_goes_back_and_not_forth_again) {
  kill_everywhere(
    stage_action::rollback,
    [](killed_world& x) {
      x.deploy_before("1");
      x.deploy_before("2");
    },
    [](killed_world& x) {
      BOOST_TEST(x.serving_tag() == "1");
      BOOST_TEST(x.running() == 1);
    });
}

BOOST_AUTO_TEST_CASE(a_deploy_that_fails_later_leaves_the_old_version) {
  kill_everywhere(
    stage_action::deploy,
    [](killed_world& x) {
      x.deploy_before("1");
      x.publish("2", {.dies_with = 1});
    },
    [](killed_world& x) {
      BOOST_TEST(x.serving_tag() == "1");
      BOOST_TEST(x.running() == 1);
      BOOST_TEST((x.record().report->outcome == deploy_outcome::failed));
    });
}

BOOST_AUTO_TEST_CASE(a_first_deploy_that_fails_leaves_nothing) {
  kill_everywhere(
    stage_action::deploy,
    [](killed_world& x) { x.publish("2", {.dies_with = 1}); },
    [](killed_world& x) {
      BOOST_TEST(x.running() == 0);
      BOOST_TEST(!x.world.proxy().find("shop.test"));
      BOOST_TEST((x.record().report->outcome == deploy_outcome::failed));
    });
}

// Nothing reaches the new container, so its deploy takes the route back.
BOOST_AUTO_TEST_CASE(an_undoing_that_was_interrupted_is_finished) {
  for (auto kind : {fault_kind::swallow, fault_kind::lose_answer})
    for (const auto* call : {"revert_route", "remove #2"}) {
      killed_world x;
      x.deploy_before("1");
      x.world.inject({.call = "visit shop.test",
                      .error = make_error(errc::connection_refused),
                      .times = for_ever});
      BOOST_REQUIRE(
        x.kill_at(x.make_work(stage_action::deploy, "2"), call, 0, kind));
      BOOST_TEST_CONTEXT("killed at " << call) {
        x.recover();
        BOOST_TEST(x.serving_tag() == "1");
        BOOST_TEST(x.running_tag() == "1");
        BOOST_TEST((x.record().report->outcome == deploy_outcome::failed));
      }
    }
}

BOOST_AUTO_TEST_CASE(a_stop_whose_undoing_was_interrupted_serves_again) {
  killed_world x;
  x.deploy_before("1");
  x.world.inject(
    {.call = "stop #1", .error = make_error(errc::peer_failed), .times = 4});
  BOOST_REQUIRE(x.kill_at(x.make_work(stage_action::stop, "1"), "set_route", 1,
                          fault_kind::swallow));
  BOOST_TEST(x.serving_tag() == "none");
  x.recover();
  BOOST_TEST(x.serving_tag() == "1");
  BOOST_TEST((x.record().report->outcome == deploy_outcome::failed));
}

BOOST_AUTO_TEST_CASE(damaged_work_is_closed_and_says_what_to_do) {
  unfinished_work x;
  x.work.deploy_id = "d1";
  x.work.spec.project = "shop";
  x.work.spec.stage = "prod";
  x.phase = deploy_phase::routing;
  x.container_id = "c1";
  x.problem = make_failure(errc::storage_failed, {.reply = "not JSON"});
  x.is_damaged = true;
  auto plan = plan_recovery(x);
  BOOST_TEST(plan.work.empty());
  BOOST_REQUIRE(plan.verdict);
  BOOST_TEST((plan.verdict->outcome == deploy_outcome::failed));
  auto told = render(plan.verdict->error);
  for (const auto* part : {"shop/prod", "not JSON", "Deploy the stage again"})
    BOOST_TEST(told.find(part) != std::string::npos, told);
}

BOOST_AUTO_TEST_CASE(work_whose_secrets_are_lost_is_not_taken_up) {
  unfinished_work x;
  x.work.deploy_id = "d1";
  x.work.spec.project = "shop";
  x.work.spec.stage = "prod";
  x.phase = deploy_phase::starting;
  x.container_id = "c1";
  x.problem = make_failure(errc::storage_failed, {.reply = "another key"});
  auto plan = plan_recovery(x);
  BOOST_REQUIRE(plan.verdict);
  BOOST_TEST(render(plan.verdict->error).find("another key")
             != std::string::npos);
  BOOST_REQUIRE(plan.work.size() == 1u); // the container is removed
  BOOST_TEST((plan.work.front().action == stage_action::remove));
  BOOST_TEST(plan.work.front().not_serving == "c1");
}

BOOST_AUTO_TEST_SUITE_END()
