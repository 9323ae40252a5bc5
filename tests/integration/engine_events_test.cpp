// What a real engine tells of its containers, unasked.

#include "tests/integration/engine_fixture.hpp"

using namespace dw;
using namespace dw::test;
using namespace std::chrono_literals;

namespace {

using kind = engine_event_kind;

struct events_fixture : engine_fixture {
  /// Subscribes the test. @param id Of one container, or empty for all.
  void subscribe(const std::string& id = {}) {
    ask<done>(to.watch, as<engine_listener_actor>(), id);
  }

  /// The next event of a container; others may be told of as well.
  kind next_of(const std::string& id) {
    auto event = next<engine_event>();
    while (event.container_id != id)
      event = next<engine_event>();
    return event.kind;
  }

  void await_resync() {
    while (next<engine_event>().kind != kind::resync) {
      // nop
    }
  }
};

constexpr auto forever = "exec sleep 600";

} // namespace

BOOST_FIXTURE_TEST_SUITE(engine_events, events_fixture)

BOOST_AUTO_TEST_CASE(the_life_of_a_container_is_told) {
  auto what = script("app", forever);
  subscribe();
  auto id = create(what);
  ask<done>(to.containers, start_container{{}, id});
  auto event = next<engine_event>();
  while (event.container_id != id)
    event = next<engine_event>();
  BOOST_TEST((event.kind == kind::start));
  BOOST_TEST(event.project == project);
  BOOST_TEST(event.stage == "suite");
  BOOST_TEST(event.time_ns > 0);
  ask<done>(to.containers, restart_container{{}, id, 1s});
  BOOST_TEST((next_of(id) == kind::die));
  BOOST_TEST((next_of(id) == kind::start));
  ask<done>(to.containers, rename_container{{}, id, name("renamed")});
  BOOST_TEST((next_of(id) == kind::rename));
  ask<done>(to.containers, remove_container{{}, id, true});
  BOOST_TEST((next_of(id) == kind::die));
  BOOST_TEST((next_of(id) == kind::destroy));
}

BOOST_AUTO_TEST_CASE(a_change_of_health_is_told) {
  auto what = script("app", "sleep 1; touch /tmp/sick; exec sleep 600");
  what.healthcheck
    = health_check{{"CMD-SHELL", "test ! -e /tmp/sick"}, 200ms, 5s, 0s, 0s, 1};
  subscribe();
  auto id = run(what);
  BOOST_TEST((next_of(id) == kind::start));
  BOOST_TEST((next_of(id) == kind::healthy));
  BOOST_TEST((next_of(id) == kind::unhealthy));
}

BOOST_AUTO_TEST_CASE(a_program_that_ends_by_itself_is_told) {
  auto what = script("app", "exit 7");
  subscribe();
  auto id = run(what);
  BOOST_TEST((next_of(id) == kind::start));
  BOOST_TEST((next_of(id) == kind::die));
}

BOOST_AUTO_TEST_CASE(who_asks_for_one_container_is_told_of_no_other) {
  auto one = create(script("one", forever));
  auto two = create(script("two", forever));
  subscribe(two);
  ask<done>(to.containers, start_container{{}, one});
  ask<done>(to.containers, start_container{{}, two});
  auto event = next<engine_event>();
  while (event.kind == kind::resync)
    event = next<engine_event>();
  BOOST_TEST(event.container_id == two);
}

BOOST_AUTO_TEST_CASE(a_killed_engine_is_followed_again_when_it_is_back,
                     *boost::unit_test::precondition(needs_own_engine)) {
  auto what = script("app", forever);
  subscribe();
  await_resync();
  change_engine("kill");
  change_engine("start");
  await_resync();
  auto id = run(what);
  BOOST_TEST((next_of(id) == kind::start));
}

BOOST_AUTO_TEST_CASE(an_engine_that_hangs_is_given_up_and_followed_again,
                     *boost::unit_test::precondition(needs_own_engine)) {
  auto settings = engine_settings_of_environment();
  settings.watch.ping_interval = 200ms;
  settings.watch.ping_timeout = 300ms;
  settings.watch.reconnect_cap = 500ms;
  service_set impatient{sys, settings};
  auto what = script("app", forever);
  ask<done>(impatient.handles().watch, as<engine_listener_actor>(),
            std::string{});
  await_resync();
  {
    const frozen_engine engine;
    call short_call{500ms, 0};
    check_failure(refusal<engine_info>(to.engine, ping_engine{short_call}),
                  errc::timed_out);
  }
  await_resync();
  auto id = run(what);
  BOOST_TEST((next_of(id) == kind::start));
}

BOOST_AUTO_TEST_SUITE_END()
