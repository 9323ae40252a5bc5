#include "actors/service_gate.hpp"

#include "messages/naming.hpp"

#include <boost/test/unit_test.hpp>

using namespace dw;
using namespace std::chrono_literals;

using verdict = service_gate::verdict;

namespace {

struct fixture {
  service_gate::time_point start{1h};
  service_gate::settings settings{.name = "dw-shop-prod", .instance_id = "new"};

  service_gate make_gate() const {
    return {settings, start};
  }

  static service_task
  task(task_state state, std::string instance = "new", std::string error = {}) {
    service_task result;
    result.id = "task-of-" + instance;
    result.instance_id = std::move(instance);
    result.state = state;
    result.desired = task_state::running;
    result.error = std::move(error);
    return result;
  }

  static service_info
  service(update_state update, const std::string& instance = "new") {
    service_info result;
    result.spec.labels[label::instance_id] = instance;
    result.update = update;
    result.update_message = "as it is";
    return result;
  }

  static std::string why(const service_gate& gate) {
    return failure_of(gate.error()).reply;
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(service_gate_tests, fixture)

// -- a service of its own -----------------------------------------------------

BOOST_AUTO_TEST_CASE(a_service_is_ready_when_all_replicas_run) {
  settings.replicas = 2;
  auto gate = make_gate();
  BOOST_TEST((gate.on_tasks({}, start) == verdict::wait));
  BOOST_TEST((gate.on_tasks(
                {task(task_state::running), task(task_state::starting)}, start)
              == verdict::wait));
  BOOST_TEST((
    gate.on_tasks({task(task_state::running), task(task_state::running)}, start)
    == verdict::pass));
}

BOOST_AUTO_TEST_CASE(a_task_that_ends_fails_it_at_once) {
  for (auto state : {task_state::complete, task_state::failed,
                     task_state::rejected, task_state::orphaned}) {
    auto gate = make_gate();
    BOOST_TEST((gate.on_tasks({task(state, "new", "No such image: x")}, start)
                == verdict::fail));
    BOOST_TEST((code_of(gate.error()) == errc::container_failed));
    BOOST_TEST(why(gate)
               == "task task-of-new is " + to_string(state)
                    + ": No such image: x");
    BOOST_REQUIRE(gate.ended());
  }
}

BOOST_AUTO_TEST_CASE(tasks_that_were_there_before_say_nothing) {
  auto old = task(task_state::failed);
  old.id = "old";
  settings.former = {"old"};
  auto gate = make_gate();
  BOOST_TEST(
    (gate.on_tasks({old, task(task_state::starting)}, start) == verdict::wait));
  BOOST_TEST(
    (gate.on_tasks({old, task(task_state::running)}, start) == verdict::pass));
}

BOOST_AUTO_TEST_CASE(what_a_task_waits_for_is_told_when_the_time_is_up) {
  settings.limit = 8s;
  auto gate = make_gate();
  auto waiting = task(task_state::pending, "new", "no suitable node");
  BOOST_TEST((gate.on_tasks({waiting}, start + 7s) == verdict::wait));
  BOOST_TEST((gate.on_tasks({waiting}, start + 8s) == verdict::fail));
  BOOST_TEST((code_of(gate.error()) == errc::unhealthy));
  BOOST_TEST(why(gate)
             == "not healthy after 8 s; task task-of-new is pending: no "
                "suitable node");
}

BOOST_AUTO_TEST_CASE(a_swarm_that_does_not_answer_is_waited_for) {
  settings.limit = 8s;
  auto gate = make_gate();
  auto gone = make_failure(
    errc::connection_refused,
    {.operation = "ask", .object = "it", .reply = "nobody listens"});
  BOOST_TEST((gate.on_unseen(gone, start + 7s) == verdict::wait));
  BOOST_TEST((gate.on_unseen(gone, start + 8s) == verdict::fail));
  BOOST_TEST(why(gate).find("nobody listens") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_service_soaks_until_its_time_is_up) {
  auto gate = make_gate();
  gate.begin_soak(10s, start);
  auto good = task(task_state::running);
  BOOST_TEST((gate.on_tasks({good}, start + 9s) == verdict::wait));
  BOOST_TEST((gate.on_tasks({good}, start + 10s) == verdict::pass));
}

BOOST_AUTO_TEST_CASE(a_task_that_ends_while_it_soaks_fails_it) {
  auto gate = make_gate();
  gate.begin_soak(10s, start);
  BOOST_TEST(
    (gate.on_tasks({task(task_state::failed)}, start + 1s) == verdict::fail));
}

// -- an update ----------------------------------------------------------------

BOOST_AUTO_TEST_CASE(an_update_is_done_when_the_swarm_says_so) {
  settings.is_update = true;
  auto gate = make_gate();
  auto good = task(task_state::running);
  gate.on_service(service(update_state::none));
  BOOST_TEST((gate.on_tasks({good}, start) == verdict::wait));
  gate.on_service(service(update_state::updating));
  BOOST_TEST((gate.on_tasks({good}, start) == verdict::wait));
  gate.on_service(service(update_state::completed));
  BOOST_TEST((gate.on_tasks({good}, start) == verdict::pass));
}

BOOST_AUTO_TEST_CASE(a_completed_update_of_somebody_else_is_none_of_ours) {
  settings.is_update = true;
  auto gate = make_gate();
  gate.on_service(service(update_state::completed, "another"));
  BOOST_TEST((gate.on_tasks({task(task_state::running, "another")}, start)
              == verdict::fail));
  BOOST_TEST((code_of(gate.error()) == errc::conflict));
}

BOOST_AUTO_TEST_CASE(a_rollback_by_the_swarm_fails_an_update) {
  settings.is_update = true;
  for (auto state :
       {update_state::rollback_started, update_state::rollback_paused,
        update_state::rollback_completed, update_state::paused}) {
    auto gate = make_gate();
    gate.on_service(service(state, "old"));
    BOOST_TEST(
      (gate.on_tasks({task(task_state::complete)}, start) == verdict::fail));
    BOOST_TEST((code_of(gate.error()) == errc::container_failed));
    BOOST_TEST(why(gate).find("as it is; task task-of-new is complete")
               != std::string::npos);
  }
}

BOOST_AUTO_TEST_CASE(the_swarm_judges_a_task_that_ends_during_an_update) {
  settings.is_update = true;
  auto gate = make_gate();
  gate.on_service(service(update_state::updating));
  BOOST_TEST(
    (gate.on_tasks({task(task_state::failed)}, start) == verdict::wait));
}

BOOST_AUTO_TEST_SUITE_END()
