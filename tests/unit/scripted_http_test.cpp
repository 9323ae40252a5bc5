#include "tests/support/scripted_http.hpp"

#include <caf/typed_event_based_actor.hpp>

#include <boost/test/unit_test.hpp>

using namespace dw;
using namespace dw::test;
using namespace std::chrono_literals;

namespace {

http_request
make_request(http_method method, std::string target, uint64_t ticket = 0) {
  http_request x;
  x.ticket = ticket;
  x.operation = "inspect container";
  x.object = "web";
  x.peer = "Docker Engine";
  x.method = method;
  x.target = std::move(target);
  return x;
}

struct fixture : actor_fixture {
  body_consumer_actor make_consumer(std::string& sink) {
    return keep(sys.spawn([&sink](body_consumer_actor::pointer me)
                            -> body_consumer_actor::behavior_type {
      return {[&sink, me](const body_chunk& x) {
        sink += x.bytes;
        auto from = caf::actor_cast<caf::actor>(me->current_sender());
        me->send(caf::actor_cast<http_client_actor>(from),
                 consumed{x.ticket, x.bytes.size()});
      }};
    }));
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(scripted_http_tests, fixture)

BOOST_AUTO_TEST_CASE(a_foreseen_request_gets_its_answer) {
  scripted_http http{*this};
  http.on(http_method::get, "/_ping").answer(200, "OK");
  http_client_actor client = http.actor();
  auto answer
    = ask<http_response>(client, make_request(http_method::get, "/_ping"));
  BOOST_REQUIRE(answer);
  BOOST_TEST(answer->status == 200);
  BOOST_TEST(answer->body == "OK");
  BOOST_TEST(answer->object == "web");
}

BOOST_AUTO_TEST_CASE(an_error_carries_the_context_of_the_request) {
  scripted_http http{*this};
  http.on(http_method::post, target_begins("/containers/"))
    .fail(errc::connection_lost, "empty reply");
  auto answer = ask<http_response>(
    http.actor(), make_request(http_method::post, "/containers/web/start"));
  BOOST_REQUIRE(!answer);
  BOOST_TEST((code_of(answer.error()) == errc::connection_lost));
  BOOST_TEST(render(answer.error())
             == "could not inspect container web: Docker Engine: empty reply");
}

BOOST_AUTO_TEST_CASE(an_answer_can_be_held_back) {
  scripted_http http{*this};
  auto& held = http.on(http_method::get, "/wait");
  auto answer = request<http_response>(http.actor(),
                                       make_request(http_method::get, "/wait"));
  advance(1h);
  BOOST_TEST(held.asked());
  BOOST_TEST(!answer.ready());
  held.answer(204);
  run();
  BOOST_TEST(answer.value().status == 204);
}

BOOST_AUTO_TEST_CASE(a_stream_comes_in_pieces_and_is_acknowledged) {
  scripted_http http{*this};
  auto& pull = http.on(http_method::post, "/images/create").chunk("ab");
  std::string sink;
  auto answer = request<http_response>(
    http.actor(), make_request(http_method::post, "/images/create", 7),
    make_consumer(sink));
  run();
  BOOST_TEST(sink == "ab");
  pull.chunk("c").answer(200);
  run();
  BOOST_TEST(sink == "abc");
  BOOST_TEST(pull.acknowledged() == 3u);
  BOOST_TEST(answer.value().status == 200);
}

BOOST_AUTO_TEST_CASE(an_asker_cancels_by_message_or_by_ending) {
  scripted_http http{*this};
  auto& first = http.on(http_method::get, "/a");
  auto& second = http.on(http_method::get, "/b");
  auto a = request<http_response>(http.actor(),
                                  make_request(http_method::get, "/a", 1));
  auto b = request<http_response>(http.actor(),
                                  make_request(http_method::get, "/b", 1));
  run();
  caf::send_as(a.asker(), http.actor(), cancel{1});
  run();
  BOOST_TEST((code_of(a.error()) == errc::cancelled));
  BOOST_TEST(first.cancelled());
  BOOST_TEST(!second.cancelled());
  kill(b.asker());
  BOOST_TEST(second.cancelled());
}

BOOST_AUTO_TEST_CASE(pings_are_scripted_too) {
  scripted_http http{*this};
  http.on_ping(engine_info{.api_version = "1.41"});
  auto answer = ask<engine_info>(http.actor(), ping_engine{});
  BOOST_REQUIRE(answer);
  BOOST_TEST(answer->api_version == "1.41");
  BOOST_TEST(http.log() == std::vector<std::string>{"ping"});
}

BOOST_AUTO_TEST_CASE(time_advances_through_timers_that_renew_themselves) {
  int ticks = 0;
  keep(sys.spawn([&ticks](caf::event_based_actor* me) -> caf::behavior {
    me->delayed_send(me, 1s, caf::ok_atom_v);
    return {[&ticks, me](caf::ok_atom) {
      ++ticks;
      me->delayed_send(me, 1s, caf::ok_atom_v);
    }};
  }));
  run();
  advance(3500ms);
  BOOST_TEST(ticks == 3);
  advance(500ms);
  BOOST_TEST(ticks == 4);
}

BOOST_AUTO_TEST_SUITE_END()
