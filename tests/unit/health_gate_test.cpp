#include "actors/health_gate.hpp"

#include <boost/test/unit_test.hpp>

using namespace dw;
using namespace std::chrono_literals;

using verdict = health_gate::verdict;

namespace {

struct fixture {
  health_gate::time_point start{1h};
  health_spec spec;
  container_info info;

  fixture() {
    info.state = container_state::running;
  }

  health_gate make_gate(bool is_http = true) const {
    return {"dw-shop-prod-1", spec, is_http, start};
  }

  void set_check(health_status health, std::string output = {}) {
    info.healthcheck = health_check{};
    info.healthcheck->retries = 3;
    info.health = health;
    info.health_output = std::move(output);
  }

  static std::string why(const health_gate& gate) {
    return failure_of(gate.error()).reply;
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(health_gate_tests, fixture)

BOOST_AUTO_TEST_CASE(a_container_that_ended_fails_at_once) {
  auto gate = make_gate();
  info.state = container_state::exited;
  info.exit_code = 137;
  info.oom_killed = true;
  BOOST_TEST((gate.on_info(info, start) == verdict::fail));
  BOOST_TEST((code_of(gate.error()) == errc::container_failed));
  BOOST_TEST(why(gate)
             == "it ended with exit code 137, killed because it ran out of "
                "memory");
  BOOST_TEST(failure_of(gate.error()).hint.find("resources.memory")
             != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_container_that_the_engine_restarted_fails_at_once) {
  auto gate = make_gate();
  info.restart_count = 1;
  BOOST_TEST((gate.on_info(info, start) == verdict::fail));
  BOOST_TEST(why(gate) == "it ended and was restarted");
}

BOOST_AUTO_TEST_CASE(between_two_restarts_the_exit_code_is_known) {
  auto gate = make_gate();
  info.restart_count = 2;
  info.state = container_state::restarting;
  info.exit_code = 7;
  BOOST_TEST((gate.on_info(info, start) == verdict::fail));
  BOOST_TEST(why(gate) == "it ended with exit code 7, 2 times by now");
}

BOOST_AUTO_TEST_CASE(an_engine_that_went_away_is_named) {
  spec.timeout = 8s;
  auto gate = make_gate();
  gate.on_info(info, start);
  auto gone
    = make_failure(errc::connection_refused, {.reply = "nobody listens"});
  BOOST_TEST((gate.on_unseen(gone, start + 1s) == verdict::wait));
  BOOST_TEST((gate.on_unseen(gone, start + 8s) == verdict::fail));
  BOOST_TEST(why(gate)
             == "not healthy after 8 s; the engine does not say how it is: "
                "nobody listens");
}

BOOST_AUTO_TEST_CASE(a_healthcheck_decides_where_there_is_one) {
  auto gate = make_gate();
  set_check(health_status::starting);
  BOOST_TEST((gate.on_info(info, start) == verdict::wait));
  BOOST_TEST(!gate.wants_probe());
  set_check(health_status::healthy);
  BOOST_TEST((gate.on_info(info, start + 1s) == verdict::pass));
}

BOOST_AUTO_TEST_CASE(what_an_unhealthy_check_printed_is_one_line) {
  auto gate = make_gate();
  set_check(health_status::unhealthy, "wget: server returned 503\r\n");
  info.failing_streak = 3;
  BOOST_TEST((gate.on_info(info, start) == verdict::fail));
  BOOST_TEST((code_of(gate.error()) == errc::unhealthy));
  BOOST_TEST(why(gate)
             == "its health check failed 3 times: wget: server returned 503");
}

BOOST_AUTO_TEST_CASE(a_path_must_answer_well_also_with_a_healthcheck) {
  spec.path = "/healthz";
  auto gate = make_gate();
  set_check(health_status::healthy);
  BOOST_TEST((gate.on_info(info, start) == verdict::wait));
  BOOST_TEST(gate.wants_probe());
  BOOST_TEST((gate.on_probe(503, start) == verdict::wait));
  BOOST_TEST((gate.on_probe(204, start) == verdict::pass));
}

BOOST_AUTO_TEST_CASE(without_a_check_it_must_run_for_a_while_and_answer) {
  auto gate = make_gate();
  BOOST_TEST((gate.on_info(info, start) == verdict::wait));
  BOOST_TEST((gate.on_probe(404, start) == verdict::wait));
  BOOST_TEST((gate.on_info(info, start + spec.stable - 1ms) == verdict::wait));
  BOOST_TEST((gate.on_info(info, start + spec.stable) == verdict::pass));
}

BOOST_AUTO_TEST_CASE(without_a_port_running_is_enough) {
  auto gate = make_gate(false);
  BOOST_TEST((gate.on_info(info, start) == verdict::wait));
  BOOST_TEST(!gate.wants_probe());
  BOOST_TEST((gate.on_info(info, start + spec.stable) == verdict::pass));
}

BOOST_AUTO_TEST_CASE(the_end_of_the_time_says_what_was_missing) {
  spec.path = "/healthz";
  spec.timeout = 20s;
  auto gate = make_gate();
  gate.on_info(info, start);
  gate.on_probe(503, start + 1s);
  BOOST_TEST((gate.on_time(start + 19s) == verdict::wait));
  BOOST_TEST((gate.on_time(start + 20s) == verdict::fail));
  BOOST_TEST(why(gate)
             == "not healthy after 20 s; GET /healthz: HTTP status 503");
}

BOOST_AUTO_TEST_CASE(a_slow_healthcheck_gets_the_time_it_needs_to_fail) {
  auto gate = make_gate();
  set_check(health_status::starting, "not yet\n");
  info.healthcheck->interval = 60s;
  info.healthcheck->timeout = 10s;
  gate.on_info(info, start);
  BOOST_TEST((gate.on_time(start + 219s) == verdict::wait));
  BOOST_TEST((gate.on_time(start + 220s) == verdict::fail));
  BOOST_TEST(why(gate)
             == "not healthy after 220 s; its health check says starting: not "
                "yet");
}

BOOST_AUTO_TEST_SUITE_END()
