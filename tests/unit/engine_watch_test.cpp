#include "actors/engine_watch.hpp"

#include "tests/support/actor_fixture.hpp"
#include "tests/support/engine_answers.hpp"
#include "tests/support/scripted_http.hpp"

#include <boost/test/unit_test.hpp>

#include <memory>
#include <string>
#include <vector>

using namespace dw;
using namespace dw::test;
using namespace std::chrono_literals;

using kind = engine_event_kind;
using kinds = std::vector<kind>;

namespace {

struct audience {
  engine_listener_actor who;
  std::shared_ptr<std::vector<engine_event>> heard
    = std::make_shared<std::vector<engine_event>>();

  kinds heard_kinds() const {
    kinds result;
    for (const auto& x : *heard)
      result.push_back(x.kind);
    return result;
  }
};

struct fixture : actor_fixture {
  fixture() {
    watch = keep(engine_watch_actor{
      sys.spawn(engine_watch, http.actor(), watch_policy{})});
  }

  scripted_exchange& on_events() {
    return http.on(http_method::get, target_begins("/events?"));
  }

  /// An event stream that stands.
  scripted_exchange& on_standing() {
    return on_events().chunk("");
  }

  void on_good_ping() {
    http.on_ping(engine_info{.api_version = "1.41"});
  }

  audience listen() {
    audience result;
    result.who
      = keep(sys.spawn([heard = result.heard](engine_listener_actor::pointer)
                         -> engine_listener_actor::behavior_type {
          return {[heard](const engine_event& x) { heard->push_back(x); }};
        }));
    return result;
  }

  pending<done> subscribe(const audience& x, std::string id = {}) {
    return request<done>(watch, x.who, std::move(id));
  }

  static std::string event(const std::string& action, char container,
                           const std::string& time_ns = "1767225600000000001") {
    return R"({"Type":"container","Action":")" + action + R"(","Actor":{"ID":")"
           + full_id(container) + R"(","Attributes":{}},"timeNano":)" + time_ns
           + "}\n";
  }

  static bool replays(const scripted_exchange& x) {
    return x.request().target.find("since=") != std::string::npos;
  }

  scripted_http http{*this};
  engine_watch_actor watch;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(engine_watch_tests, fixture)

// -- subscribing --------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_subscriber_is_answered_when_the_stream_stands) {
  auto& stream = on_events();
  auto listener = listen();
  auto answer = subscribe(listener);
  advance(5s);
  BOOST_TEST(!answer.ready());
  BOOST_TEST(!replays(stream));
  // There is an answer, but no event yet.
  stream.chunk("");
  run();
  BOOST_CHECK(answer.get());
  BOOST_CHECK((listener.heard_kinds() == kinds{kind::resync}));
}

BOOST_AUTO_TEST_CASE(the_first_event_says_that_the_stream_stands) {
  on_events().chunk(event("start", 'a'));
  auto listener = listen();
  auto answer = subscribe(listener);
  run();
  BOOST_CHECK(answer.get());
  BOOST_CHECK((listener.heard_kinds() == kinds{kind::resync, kind::start}));
}

BOOST_AUTO_TEST_CASE(all_subscribers_share_one_stream) {
  auto& stream = on_events();
  auto one = listen();
  auto two = listen();
  auto three = listen();
  auto first = subscribe(one);
  auto second = subscribe(two);
  run();
  stream.chunk("");
  run();
  BOOST_CHECK(first.get());
  BOOST_CHECK(second.get());
  auto third = subscribe(three);
  run();
  BOOST_CHECK(third.get());
  BOOST_TEST(http.log().size() == 1u);
}

BOOST_AUTO_TEST_CASE(who_subscribes_again_is_told_once) {
  auto& stream = on_standing();
  auto listener = listen();
  subscribe(listener);
  run();
  auto again = subscribe(listener);
  run();
  BOOST_CHECK(again.get());
  stream.chunk(event("start", 'a'));
  run();
  BOOST_CHECK((listener.heard_kinds() == kinds{kind::resync, kind::start}));
}

BOOST_AUTO_TEST_CASE(events_go_to_those_who_asked_for_the_container) {
  auto& stream = on_standing();
  auto all = listen();
  auto a = listen();
  auto b = listen();
  subscribe(all);
  subscribe(a, full_id('a'));
  subscribe(b, full_id('b'));
  run();
  stream.chunk(event("start", 'a') + event("die", 'b')
               + event("health_status: healthy", 'a'));
  run();
  BOOST_CHECK((all.heard_kinds()
               == kinds{kind::resync, kind::start, kind::die, kind::healthy}));
  BOOST_CHECK(
    (a.heard_kinds() == kinds{kind::resync, kind::start, kind::healthy}));
  BOOST_CHECK((b.heard_kinds() == kinds{kind::resync, kind::die}));
  BOOST_TEST(b.heard->back().container_id == full_id('b'));
}

BOOST_AUTO_TEST_CASE(every_byte_is_acknowledged) {
  auto bytes = event("start", 'a');
  auto& stream
    = on_standing().chunk(bytes.substr(0, 20)).chunk(bytes.substr(20));
  auto listener = listen();
  subscribe(listener);
  run();
  BOOST_TEST(stream.acknowledged() == bytes.size());
  BOOST_TEST(listener.heard->size() == 2u);
}

BOOST_AUTO_TEST_CASE(a_subscriber_is_told_that_the_engine_is_down) {
  on_events().fail(errc::socket_missing, "no such file");
  auto listener = listen();
  auto answer = subscribe(listener);
  run();
  BOOST_TEST((code_of(answer.error()) == errc::socket_missing));
  advance(1h);
  BOOST_TEST(http.log().size() == 1u); // nobody waits, nobody tries
  on_standing();
  auto again = subscribe(listener);
  run();
  BOOST_CHECK(again.get());
}

BOOST_AUTO_TEST_CASE(a_subscriber_is_told_what_the_engine_answered) {
  on_events()
    .chunk("", 400)
    .chunk(R"({"message":"invalid )", 400)
    .chunk(R"(filter"})", 400)
    .answer(400, {}, json_headers());
  auto listener = listen();
  auto answer = subscribe(listener);
  run();
  BOOST_TEST((code_of(answer.error()) == errc::rejected));
  BOOST_TEST(failure_of(answer.error()).reply == "invalid filter");
}

BOOST_AUTO_TEST_CASE(after_an_engines_replacement_the_version_is_agreed_again) {
  on_events()
    .chunk(R"({"message":"client version 1.52 is too new. )"
           R"(Maximum supported API version is 1.41"})",
           400)
    .answer(400, {}, json_headers());
  on_good_ping();
  auto listener = listen();
  auto answer = subscribe(listener);
  run();
  BOOST_TEST((code_of(answer.error()) == errc::version_mismatch));
}

// -- reconnecting -------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_lost_stream_is_taken_up_where_it_was) {
  auto& stream = on_standing().chunk(event("start", 'a'));
  auto listener = listen();
  subscribe(listener);
  run();
  stream.fail(errc::connection_lost);
  run();
  auto& second = on_standing();
  advance(199ms);
  BOOST_TEST(!second.asked());
  advance(1ms);
  BOOST_TEST(second.request().target.find("since=1767225600.000000001")
             != std::string::npos);
  second.chunk(event("die", 'a', "1767225601000000000"));
  run();
  BOOST_CHECK((listener.heard_kinds()
               == kinds{kind::resync, kind::start, kind::resync, kind::die}));
}

BOOST_AUTO_TEST_CASE(who_subscribes_again_meanwhile_stays_subscribed) {
  auto& stream = on_standing();
  auto listener = listen();
  subscribe(listener);
  run();
  stream.fail(errc::connection_lost);
  run();
  auto again = subscribe(listener);
  run();
  BOOST_CHECK(again.get());
  on_events().fail(errc::connection_refused);
  advance(200ms);
  on_standing();
  advance(400ms);
  BOOST_CHECK((listener.heard_kinds() == kinds{kind::resync, kind::resync}));
}

BOOST_AUTO_TEST_CASE(a_stream_that_the_engine_closes_is_taken_up_too) {
  auto& stream = on_standing();
  auto listener = listen();
  subscribe(listener);
  run();
  stream.answer(200);
  run();
  auto& second = on_standing();
  advance(200ms);
  BOOST_TEST(second.asked());
}

BOOST_AUTO_TEST_CASE(the_pauses_grow_up_to_a_cap) {
  auto& stream = on_standing();
  auto listener = listen();
  subscribe(listener);
  run();
  stream.fail(errc::connection_lost);
  run();
  for (auto pause : {200ms, 400ms, 800ms, 1600ms, 3200ms, 5000ms, 5000ms}) {
    auto& next = on_events().fail(errc::connection_refused);
    advance(pause - 1ms);
    BOOST_TEST(!next.asked());
    advance(1ms);
    BOOST_TEST(next.asked());
  }
}

BOOST_AUTO_TEST_CASE(a_stream_that_stands_for_a_while_ends_the_growth) {
  auto listener = listen();
  auto* stream = &on_standing();
  subscribe(listener);
  run();
  // Streams that end at once are failures like any other.
  for (auto pause : {200ms, 400ms}) {
    stream->answer(200);
    run();
    stream = &on_standing();
    advance(pause - 1ms);
    BOOST_TEST(!stream->asked());
    advance(1ms);
    BOOST_TEST(stream->asked());
  }
  on_good_ping();
  advance(10s);
  stream->answer(200);
  run();
  stream = &on_standing();
  advance(200ms);
  BOOST_TEST(stream->asked());
}

BOOST_AUTO_TEST_CASE(
  one_who_subscribes_meanwhile_is_told_how_the_attempt_ends) {
  auto& stream = on_standing();
  auto one = listen();
  auto two = listen();
  auto three = listen();
  subscribe(one);
  run();
  stream.fail(errc::connection_lost);
  run();
  auto second = subscribe(two);
  run();
  BOOST_TEST(!second.ready());
  on_events().fail(errc::connection_refused);
  advance(200ms);
  BOOST_TEST((code_of(second.error()) == errc::connection_refused));
  auto third = subscribe(three);
  on_standing();
  advance(400ms);
  BOOST_CHECK(third.get());
  BOOST_TEST(two.heard->empty());
}

BOOST_AUTO_TEST_CASE(a_stream_that_makes_no_sense_is_begun_anew) {
  auto& stream = on_standing();
  auto listener = listen();
  subscribe(listener);
  run();
  stream.chunk("<html>\n");
  run();
  BOOST_TEST(stream.cancelled());
  auto& second = on_standing();
  advance(200ms);
  second.chunk(event("start", 'a'));
  run();
  BOOST_CHECK((listener.heard->back().kind == kind::start));
}

// -- the watchdog -------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_quiet_engine_is_pinged) {
  auto& stream = on_standing();
  auto listener = listen();
  subscribe(listener);
  run();
  advance(9999ms);
  BOOST_TEST(http.log().size() == 1u);
  on_good_ping();
  advance(1ms);
  BOOST_TEST(http.log().size() == 2u);
  on_good_ping();
  advance(10s);
  BOOST_TEST(http.log().size() == 3u);
  BOOST_TEST(!stream.cancelled());
}

BOOST_AUTO_TEST_CASE(a_silent_engine_loses_its_stream) {
  auto& stream = on_standing();
  auto listener = listen();
  subscribe(listener);
  run();
  http.on_ping(make_failure(errc::timed_out, {.operation = "ping"}));
  advance(10s);
  BOOST_TEST(stream.cancelled());
  auto& second = on_standing();
  advance(200ms);
  BOOST_TEST(second.asked());
  BOOST_CHECK((listener.heard_kinds() == kinds{kind::resync, kind::resync}));
}

BOOST_AUTO_TEST_CASE(a_lost_stream_takes_its_watchdog_along) {
  auto& stream = on_standing();
  auto listener = listen();
  subscribe(listener);
  advance(9s);
  stream.answer(200);
  run();
  on_standing();
  advance(200ms);
  // The first stream's ping would be due by now.
  advance(2s);
  BOOST_TEST(http.log().size() == 2u);
  on_good_ping();
  advance(8s);
  BOOST_TEST(http.log().size() == 3u);
}

// -- its end ------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(the_last_listeners_death_stops_the_stream) {
  auto& stream = on_standing();
  auto one = listen();
  auto two = listen();
  subscribe(one);
  subscribe(two);
  run();
  kill(one.who);
  BOOST_TEST(!stream.cancelled());
  kill(two.who);
  BOOST_TEST(stream.cancelled());
  advance(1h);
  BOOST_TEST(http.log().size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_listeners_death_stops_a_stream_that_does_not_stand_yet) {
  auto& stream = on_events();
  auto listener = listen();
  subscribe(listener);
  run();
  kill(listener.who);
  BOOST_TEST(stream.cancelled());
}

BOOST_AUTO_TEST_CASE(a_listeners_death_ends_the_attempts) {
  auto& stream = on_standing();
  auto listener = listen();
  subscribe(listener);
  run();
  stream.fail(errc::connection_lost);
  run();
  kill(listener.who);
  advance(1h);
  BOOST_TEST(http.log().size() == 1u);
}

BOOST_AUTO_TEST_CASE(old_events_are_not_replayed_to_new_listeners) {
  on_standing().chunk(event("die", 'a'));
  auto one = listen();
  subscribe(one);
  run();
  kill(one.who);
  auto& second = on_standing();
  auto two = listen();
  subscribe(two);
  run();
  BOOST_TEST(!replays(second));
}

BOOST_AUTO_TEST_CASE(who_waits_for_a_stream_is_told_when_it_ends) {
  on_events();
  auto listener = listen();
  auto answer = subscribe(listener);
  run();
  kill(watch);
  BOOST_TEST((code_of(answer.error()) == errc::service_restarted));
}

BOOST_AUTO_TEST_SUITE_END()
