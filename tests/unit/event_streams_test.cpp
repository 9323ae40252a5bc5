// What clients hear of what happens.

#include "main/api/event_streams.hpp"

#include "actors/deploy_supervisor.hpp"
#include "tests/support/deployment_fixture.hpp"
#include "tests/support/server_fixture.hpp"

#include <boost/test/unit_test.hpp>

using namespace dw;
using namespace dw::api;
using namespace dw::test;

namespace {

// Clients and their connections are real; the services are scripted.
struct fixture : deployment_fixture {
  fixture() {
    publish("1");
    supervisor = keep(
      sys.spawn(deploy_supervisor, world.handles(), supervisor_policy{}));
    aut = keep(sys.spawn(event_streams, supervisor));
    server.start();
    run();
  }

  ~fixture() override {
    // Its own timers and handles end before the server's sockets do.
    kill(aut);
  }

  // A reader of all events.
  raw_client follow() {
    auto reader = server.connect();
    reader.request("GET /events");
    auto x = server.requests.take();
    caf::anon_send(
      aut, follow_call{{std::move(x.request), {}, std::move(x.answer)}});
    run();
    reader.read_head();
    return reader;
  }

  // What a reader is told until an event of that type comes.
  static std::string read_until(raw_client& reader, const std::string& type) {
    std::string told;
    while (told.find("event: " + type) == std::string::npos)
      told += reader.read_chunk();
    return told;
  }

  server_fixture server;
  deploy_supervisor_impl supervisor;
  event_streams_actor aut;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(event_streams_tests, fixture)

BOOST_AUTO_TEST_CASE(tell_all_of_a_piece_of_work_to_its_end) {
  auto reader = follow();
  auto answer = request<deploy_report>(
    supervisor, submit_work{stage_action::deploy, make_spec("1")});
  wait_for(answer);
  auto told = read_until(reader, "report");
  BOOST_TEST(told.find("event: event") != std::string::npos, told);
  BOOST_TEST(told.find(R"("outcome":"deployed")") != std::string::npos, told);
}

BOOST_AUTO_TEST_CASE(tell_of_drift) {
  auto reader = follow();
  caf::anon_send(aut, drift_event{{"shop", "prod", drift_kind::not_running,
                                   "container x is exited"},
                                  drift_state::found,
                                  {}});
  run();
  auto told = read_until(reader, "drift");
  BOOST_TEST(told.find(R"("kind":"not_running")") != std::string::npos, told);
}

BOOST_AUTO_TEST_SUITE_END()
