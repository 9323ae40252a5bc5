// What clients hear of the work that they ask for.

#include "main/api/work_tracker.hpp"

#include "actors/deploy_supervisor.hpp"
#include "tests/support/deployment_fixture.hpp"
#include "tests/support/scripted_journal.hpp"
#include "tests/support/server_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>

using namespace dw;
using namespace dw::api;
using namespace dw::test;

namespace {

// Clients and their connections are real; journal and services are scripted.
struct fixture : deployment_fixture {
  fixture() {
    publish("1");
    publish("2");
    auto svc = world.handles();
    svc.journal = journal.handle();
    supervisor = keep(sys.spawn(deploy_supervisor, svc, supervisor_policy{}));
    aut = keep(sys.spawn(work_tracker, supervisor, svc.journal,
                         "unix://" + server.path));
    server.start();
    run();
  }

  ~fixture() override {
    // Its own timers and handles end before the server's sockets do.
    kill(aut);
  }

  // Asks for a deploy, and runs all that this sets in motion.
  raw_client deploy(const std::string& tag, const std::string& key = {}) {
    auto asker = server.connect();
    asker.request("POST /" + tag,
                  key.empty() ? "" : "Idempotency-Key: " + key + "\r\n");
    auto x = server.requests.take();
    x.request.body = tag;
    caf::anon_send(aut, submit_call{{std::move(x.request),
                                     {},
                                     std::move(x.answer),
                                     "token ci",
                                     scope::deploy},
                                    {stage_action::deploy, make_spec(tag)}});
    run();
    return asker;
  }

  // Asks whether the server has sent something, which needs no time to pass:
  // what it sends is there when the actor has handed it over and the next
  // request of another connection is answered.
  bool is_answered(raw_client& asker) {
    auto other = server.connect();
    other.request("GET /ping");
    server.answer_next();
    other.read_response();
    return asker.has_bytes();
  }

  scripted_journal journal{*this};
  server_fixture server;
  deploy_supervisor_impl supervisor;
  work_tracker_actor aut;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(a_work_tracker, fixture)

BOOST_AUTO_TEST_CASE(accepts_work_when_it_is_recorded) {
  journal.holds = true;
  auto asker = deploy("1");
  BOOST_TEST(!is_answered(asker));
  journal.release_one();
  BOOST_TEST(asker.read_response().status == 202);
}

BOOST_AUTO_TEST_CASE(answers_a_repeated_request_when_the_first_is_recorded) {
  journal.holds = true;
  auto first = deploy("1", "k1");
  auto second = deploy("1", "k1");
  BOOST_TEST(!is_answered(second));
  journal.release_one();
  auto answer = first.read_response();
  BOOST_TEST(answer.status == 202);
  BOOST_TEST(second.read_response().body == answer.body);
  BOOST_TEST(deploy("1", "k1").read_response().body == answer.body);
  BOOST_TEST(journal.entries.front() == "accepted deploy");
  BOOST_TEST(std::count(journal.entries.begin(), journal.entries.end(),
                        "accepted deploy")
             == 1);
}

BOOST_AUTO_TEST_CASE(refuses_repeated_requests_with_the_first) {
  journal.holds = true;
  auto first = deploy("1", "k1");
  auto second = deploy("1", "k1");
  journal.fail_one();
  BOOST_TEST(first.read_response().status == 500);
  BOOST_TEST(second.read_response().status == 500);
  // What was refused may be asked for again.
  journal.holds = false;
  BOOST_TEST(deploy("1", "k1").read_response().status == 202);
}

BOOST_AUTO_TEST_CASE(refuses_a_key_that_stands_for_something_else) {
  BOOST_TEST(deploy("1", "k1").read_response().status == 202);
  BOOST_TEST(deploy("2", "k1").read_response().status == 422);
}

BOOST_AUTO_TEST_CASE(refuses_more_work_than_anybody_can_wait_for) {
  journal.holds = true;
  std::vector<raw_client> accepted;
  while (accepted.size() < 100)
    accepted.push_back(deploy("1"));
  auto refused = deploy("1").read_response();
  BOOST_TEST(refused.status == 503);
  BOOST_TEST(refused.header("Retry-After") == "1");
  journal.holds = false;
  for (auto& x : accepted) {
    journal.release_one();
    BOOST_TEST(x.read_response().status == 202);
  }
}

BOOST_AUTO_TEST_CASE(knows_work_of_before_a_restart_by_its_key) {
  journal.refused = "accepted deploy";
  journal.refusal = errc::conflict;
  journal.known.work = {stage_action::deploy, make_spec("1")};
  BOOST_TEST(deploy("1", "k1").read_response().status == 202);
  BOOST_TEST(deploy("2", "k2").read_response().status == 422);
}

BOOST_AUTO_TEST_CASE(keeps_other_processes_off_what_runs_for_nobody) {
  auto is_free = [&] {
    return stage_lock::take("unix://" + server.path, make_spec("1")).engaged();
  };
  BOOST_TEST(is_free());
  auto answer = request<deploy_report>(
    supervisor, submit_work{stage_action::deploy, make_spec("1")});
  run();
  BOOST_TEST(!is_free());
  wait_for(answer);
  BOOST_TEST(is_free());
}

BOOST_AUTO_TEST_CASE(work_of_our_own_and_other_processes_keep_off_each_other) {
  auto engine = "unix://" + server.path;
  submit_work repair{stage_action::repair, make_spec("1")};
  {
    auto other = stage_lock::take(engine, repair.spec);
    BOOST_REQUIRE(other);
    auto refused = ask<deploy_report>(aut, repair);
    BOOST_TEST((code_of(refused.error()) == errc::stage_busy));
  }
  world.inject({.call = "list_containers", .kind = fault_kind::hold});
  auto answer = request<deploy_report>(aut, repair);
  run();
  BOOST_REQUIRE(world.is_holding());
  BOOST_TEST(!stage_lock::take(engine, repair.spec));
  world.release();
  run();
  BOOST_TEST((answer.value().outcome == deploy_outcome::deployed));
  BOOST_TEST(bool{stage_lock::take(engine, repair.spec)});
}

BOOST_AUTO_TEST_SUITE_END()
