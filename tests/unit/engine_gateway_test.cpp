#include "actors/engine_gateway.hpp"

#include "tests/support/actor_fixture.hpp"
#include "tests/support/engine_answers.hpp"
#include "tests/support/scripted_http.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

using namespace dw;
using namespace dw::test;
using namespace std::chrono_literals;

using log_type = std::vector<std::string>;

namespace {

http_request to(std::string target, uint64_t ticket = 0) {
  http_request result;
  result.ticket = ticket;
  result.operation = "inspect container";
  result.object = "web";
  result.peer = "Docker Engine";
  result.target = std::move(target);
  return result;
}

struct fixture : actor_fixture {
  engine_gateway_actor spawn(std::string pinned = {}) {
    engine_endpoint endpoint;
    endpoint.origin.base_url = "http://localhost";
    endpoint.origin.socket_path = "/run/engine.sock";
    endpoint.pinned_api_version = std::move(pinned);
    endpoint.display = "unix:///run/engine.sock";
    return keep(
      sys.spawn(engine_gateway, endpoint, http_client_actor{http.actor()}));
  }

  scripted_exchange& on_get(std::string target) {
    return http.on(http_method::get, std::move(target));
  }

  scripted_exchange& on_ping(const std::string& api_version = "1.41") {
    return answer_ping(on_get("/_ping"), api_version);
  }

  body_consumer_actor make_consumer() {
    return keep(sys.spawn([this](body_consumer_actor::pointer me)
                            -> body_consumer_actor::behavior_type {
      return {[this, me](const body_chunk& x) {
        streamed += x.bytes;
        auto from = caf::actor_cast<caf::actor>(me->current_sender());
        me->send(caf::actor_cast<http_client_actor>(from),
                 consumed{x.ticket, x.bytes.size()});
      }};
    }));
  }

  scripted_http http{*this};
  std::string streamed;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(engine_gateway_tests, fixture)

// -- negotiation --------------------------------------------------------------

BOOST_AUTO_TEST_CASE(the_version_is_negotiated_once_however_many_wait) {
  auto gateway = spawn();
  auto& ping = on_get("/_ping");
  std::vector<pending<http_response>> answers;
  for (auto name : {"/a", "/b", "/c"}) {
    on_get("/v1.41" + std::string{name}).answer(200, name);
    answers.push_back(request<http_response>(gateway, to(name)));
  }
  run();
  BOOST_TEST(http.log() == log_type{"GET /_ping"});
  answer_ping(ping);
  run();
  BOOST_TEST(http.log()
             == (log_type{"GET /_ping", "GET /v1.41/a", "GET /v1.41/b",
                          "GET /v1.41/c"}));
  BOOST_TEST(answers[0].value().body == "/a");
  BOOST_TEST(answers[2].value().body == "/c");
}

BOOST_AUTO_TEST_CASE(later_requests_go_straight_on) {
  auto gateway = spawn();
  on_ping();
  on_get("/v1.41/a").answer(200);
  on_get("/v1.41/b").answer(200);
  ask<http_response>(gateway, to("/a"));
  ask<http_response>(gateway, to("/b"));
  BOOST_TEST(http.log().size() == 3u);
}

BOOST_AUTO_TEST_CASE(requests_say_where_the_engine_is) {
  auto gateway = spawn();
  auto& ping = on_ping();
  auto& get = on_get("/v1.41/a").answer(200);
  ask<http_response>(gateway, to("/a"));
  for (const auto* x : {&ping.request(), &get.request()}) {
    BOOST_TEST(x->origin.socket_path == "/run/engine.sock");
    BOOST_TEST(x->peer == "Docker Engine at unix:///run/engine.sock");
  }
}

BOOST_AUTO_TEST_CASE(the_smaller_of_both_newest_versions_is_spoken) {
  auto gateway = spawn();
  on_ping("1.99");
  on_get("/v1.52/a").answer(200);
  BOOST_CHECK(ask<http_response>(gateway, to("/a")));
}

BOOST_AUTO_TEST_CASE(a_pinned_version_is_not_negotiated) {
  auto gateway = spawn("1.44");
  on_get("/v1.44/a").answer(200);
  BOOST_CHECK(ask<http_response>(gateway, to("/a")));
  BOOST_TEST(http.log() == log_type{"GET /v1.44/a"});
}

BOOST_AUTO_TEST_CASE(an_absent_engine_fails_all_who_wait_and_is_tried_again) {
  auto gateway = spawn();
  auto& ping = on_get("/_ping");
  auto first = request<http_response>(gateway, to("/a"));
  auto second = request<http_response>(gateway, to("/b"));
  run();
  ping.fail(errc::socket_missing, "no such file");
  run();
  for (const auto* x : {&first, &second}) {
    BOOST_TEST((code_of(x->error()) == errc::socket_missing));
    auto context = failure_of(x->error());
    // What the asker wanted, not what we did for it.
    BOOST_TEST(context.operation == "inspect container");
    BOOST_TEST(context.object == "web");
    BOOST_TEST(context.peer == "Docker Engine at unix:///run/engine.sock");
    BOOST_TEST(context.reply == "no such file");
  }
  on_ping();
  on_get("/v1.41/c").answer(200);
  BOOST_CHECK(ask<http_response>(gateway, to("/c")));
}

BOOST_AUTO_TEST_CASE(something_else_than_an_engine_is_refused) {
  auto gateway = spawn();
  on_get("/_ping").answer(200, "<html>");
  auto answer = ask<http_response>(gateway, to("/a"));
  BOOST_REQUIRE(!answer);
  BOOST_TEST((code_of(answer.error()) == errc::bad_reply));
}

BOOST_AUTO_TEST_CASE(an_engine_too_old_is_refused) {
  auto gateway = spawn();
  on_ping("1.24");
  auto answer = ask<http_response>(gateway, to("/a"));
  BOOST_REQUIRE(!answer);
  BOOST_TEST((code_of(answer.error()) == errc::version_mismatch));
}

// -- ping ---------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_ping_tells_who_the_engine_is) {
  auto gateway = spawn();
  on_ping();
  answer_json(on_get("/v1.41/version"), 200,
              R"({"ApiVersion":"1.41","Version":"20.10.24","Os":"linux",)"
              R"("Arch":"amd64"})");
  auto info = ask<engine_info>(gateway, ping_engine{});
  BOOST_REQUIRE(info);
  BOOST_TEST(info->api_version == "1.41");
  BOOST_TEST(info->max_api_version == "1.41");
  BOOST_TEST(info->release == "20.10.24");
  BOOST_TEST(info->os == "linux");
  BOOST_TEST(info->arch == "amd64");
}

BOOST_AUTO_TEST_CASE(a_ping_succeeds_although_the_release_is_not_told) {
  auto gateway = spawn();
  on_ping().always();
  on_get("/v1.41/version").answer(500, "oops");
  auto info = ask<engine_info>(gateway, ping_engine{});
  BOOST_REQUIRE(info);
  BOOST_TEST(info->api_version == "1.41");
  BOOST_TEST(info->release == "");
  on_get("/v1.41/version").fail(errc::connection_lost);
  BOOST_CHECK(ask<engine_info>(gateway, ping_engine{}));
}

BOOST_AUTO_TEST_CASE(a_failed_ping_says_so) {
  auto gateway = spawn();
  on_get("/_ping").fail(errc::timed_out);
  auto info = ask<engine_info>(gateway, ping_engine{});
  BOOST_REQUIRE(!info);
  BOOST_TEST((code_of(info.error()) == errc::timed_out));
}

BOOST_AUTO_TEST_CASE(a_ping_keeps_its_deadline) {
  auto gateway = spawn();
  auto& ping = on_ping();
  auto& version = on_get("/v1.41/version").answer(500);
  ping_engine hasty;
  hasty.options.timeout = 700ms;
  ask<engine_info>(gateway, hasty);
  BOOST_TEST((ping.request().deadlines.total == 700ms));
  BOOST_TEST((version.request().deadlines.total == 700ms));
}

BOOST_AUTO_TEST_CASE(pings_at_once_share_one_negotiation) {
  auto gateway = spawn();
  auto& ping = on_get("/_ping");
  auto first = request<engine_info>(gateway, ping_engine{});
  auto second = request<engine_info>(gateway, ping_engine{});
  run();
  on_get("/v1.41/version").answer(500);
  answer_ping(ping);
  run();
  BOOST_TEST(first.value().api_version == "1.41");
  BOOST_TEST(second.value().api_version == "1.41");
}

BOOST_AUTO_TEST_CASE(a_ping_during_the_previous_ones_end_negotiates_anew) {
  auto gateway = spawn();
  on_ping();
  auto& slow = on_get("/v1.41/version");
  auto first = request<engine_info>(gateway, ping_engine{});
  run();
  on_get("/_ping").fail(errc::connection_lost);
  auto second = request<engine_info>(gateway, ping_engine{});
  run();
  BOOST_TEST((code_of(second.error()) == errc::connection_lost));
  BOOST_TEST(!first.ready());
  slow.answer(500);
  run();
  BOOST_TEST(first.value().api_version == "1.41");
}

BOOST_AUTO_TEST_CASE(a_ping_after_an_engines_replacement_changes_the_version) {
  auto gateway = spawn();
  on_ping("1.41");
  on_get("/v1.41/a").answer(200);
  ask<http_response>(gateway, to("/a"));
  on_ping("1.44");
  on_get("/v1.44/version").answer(500);
  auto info = ask<engine_info>(gateway, ping_engine{});
  BOOST_REQUIRE(info);
  BOOST_TEST(info->api_version == "1.44");
  on_get("/v1.44/a").answer(200);
  BOOST_CHECK(ask<http_response>(gateway, to("/a")));
}

BOOST_AUTO_TEST_CASE(a_failed_ping_leaves_the_version_as_it_was) {
  auto gateway = spawn();
  on_ping();
  on_get("/v1.41/a").answer(200);
  ask<http_response>(gateway, to("/a"));
  on_get("/_ping").fail(errc::connection_refused);
  BOOST_CHECK(!ask<engine_info>(gateway, ping_engine{}));
  on_get("/v1.41/b").answer(200);
  BOOST_CHECK(ask<http_response>(gateway, to("/b")));
}

BOOST_AUTO_TEST_CASE(a_ping_tells_the_pinned_version) {
  auto gateway = spawn("1.40");
  on_ping("1.41");
  on_get("/v1.40/version").answer(500);
  auto info = ask<engine_info>(gateway, ping_engine{});
  BOOST_REQUIRE(info);
  BOOST_TEST(info->api_version == "1.40");
  BOOST_TEST(info->max_api_version == "1.41");
}

// -- streams ------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_stream_goes_to_the_consumer_who_acknowledges_it) {
  auto gateway = spawn();
  on_ping();
  auto& stream = on_get("/v1.41/logs").chunk("one ").chunk("two").answer(200);
  auto answer = ask<http_response>(gateway, to("/logs", 3), make_consumer());
  BOOST_CHECK(answer);
  BOOST_TEST(streamed == "one two");
  BOOST_TEST(stream.acknowledged() == 7u);
}

BOOST_AUTO_TEST_CASE(an_acknowledgement_sent_to_the_gateway_keeps_its_sender) {
  auto gateway = spawn("1.41");
  auto& stream = on_get("/v1.41/logs").chunk("four");
  // Acknowledges by way of the gateway, as the services do.
  auto consumer = keep(sys.spawn([gateway](body_consumer_actor::pointer me)
                                   -> body_consumer_actor::behavior_type {
    return {[gateway, me](const body_chunk& x) {
      me->send(gateway, consumed{x.ticket, x.bytes.size()});
    }};
  }));
  auto answer = request<http_response>(gateway, to("/logs", 3), consumer);
  run();
  BOOST_TEST(stream.acknowledged() == 4u);
}

// -- cancellation -------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_waiting_request_can_be_cancelled) {
  auto gateway = spawn();
  auto& ping = on_get("/_ping");
  auto mine = request<http_response>(gateway, to("/mine", 5));
  auto other = request<http_response>(gateway, to("/other", 5));
  run();
  caf::send_as(mine.asker(), gateway, cancel{5});
  run();
  BOOST_TEST((code_of(mine.error()) == errc::cancelled));
  BOOST_TEST(!other.ready());
  on_get("/v1.41/other").answer(200);
  answer_ping(ping);
  run();
  BOOST_TEST(other.value().status == 200);
}

BOOST_AUTO_TEST_CASE(requests_without_a_ticket_are_not_cancelled) {
  auto gateway = spawn();
  auto& ping = on_get("/_ping");
  auto answer = request<http_response>(gateway, to("/a"));
  run();
  caf::send_as(answer.asker(), gateway, cancel{0});
  run();
  BOOST_TEST(!answer.ready());
  on_get("/v1.41/a").answer(200);
  answer_ping(ping);
  run();
  BOOST_TEST(answer.ready());
}

BOOST_AUTO_TEST_CASE(an_exchange_in_flight_can_be_cancelled) {
  auto gateway = spawn("1.41");
  auto& slow = on_get("/v1.41/slow");
  auto answer = request<http_response>(gateway, to("/slow", 9));
  run();
  caf::send_as(answer.asker(), gateway, cancel{9});
  run();
  BOOST_TEST(slow.cancelled());
  BOOST_TEST((code_of(answer.error()) == errc::cancelled));
}

BOOST_AUTO_TEST_CASE(the_http_client_knows_the_asker) {
  auto gateway = spawn("1.41");
  auto& slow = on_get("/v1.41/slow");
  auto answer = request<http_response>(gateway, to("/slow"));
  run();
  kill(answer.asker());
  BOOST_TEST(slow.cancelled());
}

// -- its end ------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(all_who_wait_are_told_when_it_ends) {
  auto gateway = spawn();
  on_get("/_ping");
  auto waiting = request<http_response>(gateway, to("/a"));
  auto ping = request<engine_info>(gateway, ping_engine{});
  run();
  kill(gateway);
  BOOST_TEST((code_of(waiting.error()) == errc::service_restarted));
  BOOST_TEST(failure_of(waiting.error()).object == "web");
  BOOST_TEST((code_of(ping.error()) == errc::service_restarted));
}

BOOST_AUTO_TEST_CASE(a_ping_that_asks_for_the_release_is_told_too) {
  auto gateway = spawn();
  on_ping();
  on_get("/v1.41/version");
  auto ping = request<engine_info>(gateway, ping_engine{});
  run();
  kill(gateway);
  BOOST_TEST((code_of(ping.error()) == errc::service_restarted));
}

BOOST_AUTO_TEST_SUITE_END()
