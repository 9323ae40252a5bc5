#include "actors/supervised.hpp"

#include "actors/harden.hpp"
#include "tests/support/actor_fixture.hpp"
#include "transports/obligation.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <boost/test/unit_test.hpp>

#include <stdexcept>
#include <string>
#include <vector>

using namespace dw;
using namespace dw::test;
using namespace std::chrono_literals;

namespace {

/// What a service and its test share.
struct notes {
  /// How many services were spawned.
  int spawned = 0;
  /// How many spawn attempts throw.
  int spawn_failures = 0;
  /// The service that runs, or ran last.
  engine_gateway_actor service;
  /// Who sent the one-way messages.
  std::vector<caf::actor_addr> senders;
  std::vector<uint64_t> cancelled;
};

struct service_state {
  std::vector<obligation<http_response>> owed;
};

/// Answers every request at once, except those to "/hold", which it keeps, and
/// those to "/poison", which kill it.
engine_gateway_actor::behavior_type
service(engine_gateway_actor::stateful_pointer<service_state> self,
        notes* shared) {
  harden(self);
  auto take = [self](const http_request& x) -> caf::result<http_response> {
    if (x.target == "/poison")
      throw std::runtime_error("poisoned");
    auto promise = self->make_response_promise<http_response>();
    self->state.owed.emplace_back(promise);
    if (x.target != "/hold")
      self->state.owed.back().settle(http_response{.object = x.target});
    return promise;
  };
  return {
    take,
    [take](const http_request& x, const body_consumer_actor& consumer) {
      BOOST_CHECK(consumer);
      return take(x);
    },
    [](const consumed&) {},
    [self, shared](const cancel& x) {
      shared->senders.push_back(
        caf::actor_cast<caf::actor_addr>(self->current_sender()));
      shared->cancelled.push_back(x.ticket);
    },
    [](const ping_engine&) { return engine_info{.api_version = "1.41"}; },
  };
}

http_request to(std::string target) {
  http_request result;
  result.target = std::move(target);
  return result;
}

struct fixture : actor_fixture {
  fixture() {
    run();
  }

  engine_gateway_actor spawn(restart_policy policy = {}) {
    auto result = keep(spawn_supervised<engine_gateway_actor>(
      sys, "test service",
      [this](caf::actor_system& x) {
        if (shared.spawn_failures > 0) {
          --shared.spawn_failures;
          throw std::runtime_error("no thread");
        }
        ++shared.spawned;
        shared.service = x.spawn(service, &shared);
        return shared.service;
      },
      policy));
    run();
    return result;
  }

  /// Kills the service that runs.
  void crash() {
    auto victim = std::move(shared.service);
    shared.service = nullptr;
    kill(victim);
  }

  static bool is_restart(const caf::error& err) {
    return code_of(err) == errc::service_restarted && is_transient(err);
  }

  notes shared;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(supervised_tests, fixture)

BOOST_AUTO_TEST_CASE(requests_are_handed_on_and_answered) {
  auto front = spawn();
  auto one = ask<http_response>(front, to("/one"));
  BOOST_REQUIRE(one);
  BOOST_TEST(one->object == "/one");
  auto info = ask<engine_info>(front, ping_engine{});
  BOOST_REQUIRE(info);
  BOOST_TEST(info->api_version == "1.41");
}

BOOST_AUTO_TEST_CASE(a_request_may_have_two_arguments) {
  auto front = spawn();
  auto consumer = keep(sys.spawn(
    [](body_consumer_actor::pointer) -> body_consumer_actor::behavior_type {
      return {[](const body_chunk&) {}};
    }));
  auto two = ask<http_response>(front, to("/two"), consumer);
  BOOST_REQUIRE(two);
  BOOST_TEST(two->object == "/two");
}

BOOST_AUTO_TEST_CASE(one_way_messages_keep_their_sender) {
  auto front = spawn();
  auto asker = request<http_response>(front, to("/hold"));
  run();
  caf::send_as(asker.asker(), front, cancel{7});
  run();
  BOOST_REQUIRE(shared.senders.size() == 1u);
  BOOST_TEST((shared.senders[0] == asker.asker().address()));
  BOOST_TEST(shared.cancelled == std::vector<uint64_t>{7});
}

BOOST_AUTO_TEST_CASE(messages_without_a_sender_are_handed_on) {
  auto front = spawn();
  caf::anon_send(front, cancel{8});
  run();
  BOOST_TEST(shared.cancelled == std::vector<uint64_t>{8});
}

BOOST_AUTO_TEST_CASE(a_crashed_service_is_restarted) {
  auto front = spawn();
  crash();
  BOOST_TEST(shared.spawned == 2);
  BOOST_CHECK(ask<http_response>(front, to("/again")));
}

BOOST_AUTO_TEST_CASE(requests_in_flight_fail_with_the_service) {
  auto front = spawn();
  auto held = request<http_response>(front, to("/hold"));
  run();
  BOOST_TEST(!held.ready());
  crash();
  BOOST_TEST(is_restart(held.error()));
}

BOOST_AUTO_TEST_CASE(requests_in_the_services_mailbox_fail_with_it) {
  auto front = spawn();
  auto queued = request<http_response>(front, to("/hold"));
  BOOST_REQUIRE(has_mail(shared.service));
  caf::anon_send(shared.service, cancel{1}); // behind the request
  caf::anon_send<caf::message_priority::high>(
    caf::actor_cast<caf::actor>(shared.service),
    caf::exit_msg{shared.service.address(), caf::exit_reason::kill});
  run();
  BOOST_TEST(is_restart(queued.error()));
  BOOST_TEST(shared.cancelled.empty());
}

BOOST_AUTO_TEST_CASE(a_request_between_crash_and_restart_fails_at_once) {
  auto front = spawn();
  auto victim = std::move(shared.service);
  caf::anon_send_exit(victim, caf::exit_reason::kill);
  BOOST_REQUIRE(has_mail(victim));
  sched.run_once(); // it dies; the front does not know yet
  auto late = request<http_response>(front, to("/late"));
  run();
  BOOST_TEST(is_restart(late.error()));
  BOOST_TEST(shared.spawned == 2);
}

BOOST_AUTO_TEST_CASE(a_message_that_kills_the_service_is_not_repeated) {
  auto front = spawn();
  auto poison = request<http_response>(front, to("/poison"));
  auto bystander = request<http_response>(front, to("/hold"));
  run();
  BOOST_TEST(shared.spawned == 2);
  BOOST_TEST((code_of(poison.error()) == errc::internal));
  BOOST_TEST(!is_transient(poison.error()));
  BOOST_TEST(is_restart(bystander.error()));
  BOOST_CHECK(ask<http_response>(front, to("/well")));
}

BOOST_AUTO_TEST_CASE(too_many_crashes_make_the_restart_wait) {
  auto front = spawn({.burst = 2, .window = 10s, .pause = 1s});
  crash();
  crash();
  BOOST_TEST(shared.spawned == 3);
  crash();
  BOOST_TEST(shared.spawned == 3);
  auto meanwhile = ask<http_response>(front, to("/down"));
  BOOST_REQUIRE(!meanwhile);
  BOOST_TEST(is_restart(meanwhile.error()));
  BOOST_TEST(failure_of(meanwhile.error()).object == "test service");
  advance(999ms);
  BOOST_TEST(shared.spawned == 3);
  advance(1ms);
  BOOST_TEST(shared.spawned == 4);
  BOOST_CHECK(ask<http_response>(front, to("/up")));
}

BOOST_AUTO_TEST_CASE(crashes_are_forgotten_with_time) {
  auto front = spawn({.burst = 1, .window = 10s, .pause = 1h});
  crash();
  BOOST_TEST(shared.spawned == 2);
  advance(10'001ms);
  crash();
  BOOST_TEST(shared.spawned == 3);
  advance(9s);
  crash();
  BOOST_TEST(shared.spawned == 3);
}

BOOST_AUTO_TEST_CASE(one_way_messages_to_a_service_that_is_down_are_dropped) {
  auto front = spawn({.burst = 0});
  crash();
  auto asker = keep(sys.spawn([](caf::event_based_actor* me) -> caf::behavior {
    me->set_error_handler(
      [](caf::error&) { BOOST_ERROR("an answer that nobody asked for"); });
    return {[](caf::ok_atom) {}};
  }));
  run();
  caf::send_as(asker, front, cancel{1});
  run();
  BOOST_TEST(shared.cancelled.empty());
}

BOOST_AUTO_TEST_CASE(a_service_that_cannot_be_spawned_is_tried_again) {
  shared.spawn_failures = 2;
  auto front = spawn({.pause = 1s});
  BOOST_TEST(shared.spawned == 0);
  auto early = ask<http_response>(front, to("/early"));
  BOOST_REQUIRE(!early);
  BOOST_TEST(is_restart(early.error()));
  advance(1s);
  BOOST_TEST(shared.spawned == 0);
  advance(1s);
  BOOST_TEST(shared.spawned == 1);
  BOOST_CHECK(ask<http_response>(front, to("/up")));
}

BOOST_AUTO_TEST_CASE(an_orderly_exit_of_the_front_ends_the_service) {
  auto front = spawn();
  auto held = request<http_response>(front, to("/hold"));
  run();
  caf::anon_send_exit(front, caf::exit_reason::user_shutdown);
  run();
  BOOST_TEST(is_restart(held.error()));
  auto after = ask<http_response>(shared.service, to("/after"));
  BOOST_REQUIRE(!after);
  BOOST_TEST(shared.spawned == 1);
}

BOOST_AUTO_TEST_CASE(killing_the_front_ends_the_service) {
  auto front = spawn();
  kill(front);
  BOOST_CHECK(!ask<http_response>(shared.service, to("/after")));
  BOOST_TEST(shared.spawned == 1);
}

BOOST_AUTO_TEST_CASE(an_orderly_exit_of_the_service_ends_the_front) {
  auto front = spawn();
  caf::anon_send_exit(shared.service, caf::exit_reason::user_shutdown);
  run();
  BOOST_TEST(shared.spawned == 1);
  auto after = ask<http_response>(front, to("/after"));
  BOOST_REQUIRE(!after);
  BOOST_TEST((after.error() == caf::sec::request_receiver_down));
}

BOOST_AUTO_TEST_SUITE_END()
