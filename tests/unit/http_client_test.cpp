#include "messages/types.hpp"
#include "tests/support/scripted_server.hpp"
#include "transports/http_client.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <boost/test/unit_test.hpp>

#include <future>

using namespace dw;
using namespace dw::test;

namespace {

using transport = scripted_server::transport;
using answer = caf::expected<http_response>;

struct config : caf::actor_system_config {
  config() {
    dw::add_message_types(*this);
    set("scheduler.max-threads", 2u);
  }
};

/// An asker that ends with its answer, and what it got.
struct asking {
  caf::actor asker;
  std::shared_future<answer> result;

  const http_response& value() const {
    const auto& x = result.get();
    if (!x)
      BOOST_FAIL("failed: " << render(x.error()));
    return *x;
  }

  const caf::error& error() const {
    const auto& x = result.get();
    if (x)
      BOOST_FAIL("succeeded: " << x->status);
    return x.error();
  }
};

// The loop's thread sends messages, so these tests run on CAF's real scheduler,
// and wait for events of the servers.
struct fixture {
  fixture() : self{sys} {
    // nop
  }

  ~fixture() {
    caf::anon_send_exit(client, caf::exit_reason::user_shutdown);
    for (auto& x : askers)
      caf::anon_send_exit(x, caf::exit_reason::kill);
  }

  static http_request
  make_request(const scripted_server& server, uint64_t ticket = 0) {
    http_request x;
    x.ticket = ticket;
    x.operation = "inspect container";
    x.object = "web";
    x.peer = "Docker Engine";
    x.origin = server.origin();
    return x;
  }

  /// Makes a request from an actor of its own.
  template <class... Ts>
  asking ask(http_client_actor whom, Ts... xs) {
    auto promise = std::make_shared<std::promise<answer>>();
    auto asker = sys.spawn([=](caf::event_based_actor* me) {
      me->request(whom, caf::infinite, xs...)
        .then([promise](http_response& x) { promise->set_value(std::move(x)); },
              [promise](caf::error& x) { promise->set_value(std::move(x)); });
    });
    askers.push_back(asker);
    return {asker, promise->get_future().share()};
  }

  /// A consumer that passes its chunks on to `self`.
  body_consumer_actor make_consumer() {
    auto result = sys.spawn(
      [to = caf::actor{self}](
        body_consumer_actor::pointer) -> body_consumer_actor::behavior_type {
        return {[to](body_chunk& x) { caf::anon_send(to, std::move(x)); }};
      });
    askers.push_back(caf::actor_cast<caf::actor>(result));
    return result;
  }

  /// The next piece with bytes in it: the first may have none.
  body_chunk next_chunk() {
    body_chunk result;
    while (result.bytes.empty())
      self->receive([&result](body_chunk& x) { result = std::move(x); });
    return result;
  }

  config cfg;
  caf::actor_system sys{cfg};
  caf::scoped_actor self;
  http_client_actor client
    = spawn_http_client(sys, std::make_shared<http_loop>());
  std::vector<caf::actor> askers;
};

/// Accepts a request, sets `asked`, and waits until the client hangs up.
scripted_server::script hold(event& asked) {
  return [&asked](scripted_server& s) {
    auto [connection, request] = s.accept_request();
    connection.begin_chunks();
    connection.write_chunk("x");
    asked.set();
    connection.wait_for_close();
  };
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(http_client_tests, fixture)

BOOST_AUTO_TEST_CASE(an_answer_reaches_its_asker_with_its_context) {
  scripted_server server{transport::unix_socket, [](scripted_server& s) {
                           s.accept_request().first.respond(200, "{}");
                         }};
  auto x = ask(client, make_request(server));
  BOOST_TEST(x.value().status == 200);
  BOOST_TEST(x.value().body == "{}");
  BOOST_TEST(x.value().operation == "inspect container");
  BOOST_TEST(x.value().object == "web");
  BOOST_TEST(x.value().peer == "Docker Engine");
}

BOOST_AUTO_TEST_CASE(an_error_reaches_its_asker_with_its_context) {
  scripted_server server{transport::unix_socket,
                         [](scripted_server& s) { s.accept_request(); }};
  auto x = ask(client, make_request(server));
  BOOST_TEST((code_of(x.error()) == errc::connection_lost));
  BOOST_TEST(render(x.error())
             == "could not inspect container web: Docker Engine: Empty reply "
                "from server\n"
                "  Check that Docker Engine is running and was not restarted; "
                "then try again.");
}

BOOST_AUTO_TEST_CASE(advice_depends_on_the_peer) {
  for (const auto* peer : {"Docker Engine", "the server"}) {
    http_request request;
    request.operation = "ping";
    request.peer = peer;
    request.origin = {"http://localhost", "/nowhere/x.sock"};
    auto x = ask(client, request);
    auto hint = failure_of(x.error()).hint;
    BOOST_TEST((hint.find("DOCKER_HOST") != std::string::npos)
                 == (request.peer == "Docker Engine"),
               hint);
  }
}

BOOST_AUTO_TEST_CASE(answers_find_their_askers_whatever_their_order) {
  scripted_server server{transport::unix_socket, [](scripted_server& s) {
                           auto first = s.accept_request();
                           auto second = s.accept_request();
                           second.first.respond(200, second.second);
                           first.first.respond(200, first.second);
                         }};
  auto a = make_request(server);
  a.target = "/a";
  auto b = make_request(server);
  b.target = "/b";
  auto x = ask(client, a);
  auto y = ask(client, b);
  BOOST_TEST(x.value().body.substr(0, 7) == "GET /a ");
  BOOST_TEST(y.value().body.substr(0, 7) == "GET /b ");
}

BOOST_AUTO_TEST_CASE(a_request_without_an_asker_is_made) {
  event asked;
  scripted_server server{transport::unix_socket, hold(asked)};
  caf::anon_send(client, make_request(server));
  asked.wait();
}

// -- streams ------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_stream_goes_to_its_consumer_and_ends_at_its_asker) {
  event first_seen;
  scripted_server server{transport::unix_socket, [&](scripted_server& s) {
                           auto [connection, request] = s.accept_request();
                           connection.begin_chunks(201);
                           connection.write_chunk("one");
                           first_seen.wait();
                           connection.write_chunk("two");
                           connection.end_chunks();
                         }};
  auto x = ask(client, make_request(server, 42), make_consumer());
  auto chunk = next_chunk();
  BOOST_TEST(chunk.ticket == 42u);
  BOOST_TEST(chunk.status == 201);
  BOOST_TEST(chunk.bytes == "one");
  first_seen.set();
  BOOST_TEST(next_chunk().bytes == "two");
  BOOST_TEST(x.value().status == 201);
  BOOST_TEST(x.value().body.empty());
}

BOOST_AUTO_TEST_CASE(a_stream_waits_for_its_consumer_only) {
  constexpr size_t size = 1'000'000;
  scripted_server server{transport::unix_socket, [](scripted_server& s) {
                           auto [connection, request] = s.accept_request();
                           connection.respond(200, std::string(size, 'x'));
                           connection.wait_for_close();
                         }};
  scripted_server other{transport::unix_socket, [](scripted_server& s) {
                          auto connection = s.accept();
                          while (!connection.read_request().empty())
                            connection.respond(200);
                        }};
  auto request = make_request(server, 7);
  request.limits.window = 64 * 1024;
  auto consumer = make_consumer();
  auto x = ask(client, request, consumer);
  for (size_t seen = 0; seen < size;) {
    auto piece = next_chunk().bytes.size();
    // Neither the asker nor another ticket makes room.
    caf::send_as(x.asker, client, consumed{7, size});
    caf::send_as(consumer, client, consumed{8, size});
    for (auto i = 0; i < 10; ++i)
      ask(client, make_request(other)).value();
    while (self->has_next_message())
      piece += next_chunk().bytes.size();
    BOOST_REQUIRE(piece <= request.limits.window);
    caf::send_as(consumer, client, consumed{7, piece});
    seen += piece;
  }
  BOOST_TEST(x.value().status == 200);
}

BOOST_AUTO_TEST_CASE(a_stream_needs_a_ticket) {
  scripted_server server{transport::unix_socket, [](scripted_server&) {}};
  auto x = ask(client, make_request(server, 0), make_consumer());
  BOOST_TEST((code_of(x.error()) == errc::invalid_argument));
}

// -- cancellation -------------------------------------------------------------

BOOST_AUTO_TEST_CASE(the_asker_and_nobody_else_cancels_by_ticket) {
  event first_asked;
  event second_asked;
  scripted_server first{transport::unix_socket, hold(first_asked)};
  scripted_server second{transport::unix_socket, hold(second_asked)};
  auto x = ask(client, make_request(first, 1));
  auto y = ask(client, make_request(second, 1));
  first_asked.wait();
  second_asked.wait();
  caf::send_as(x.asker, client, cancel{2});
  caf::send_as(x.asker, client, cancel{1});
  BOOST_TEST((code_of(x.error()) == errc::cancelled));
  BOOST_TEST(failure_of(x.error()).object == "web");
  first.finish();
  BOOST_TEST((y.result.wait_for(std::chrono::seconds{0})
              == std::future_status::timeout));
  caf::send_as(y.asker, client, cancel{1});
  BOOST_TEST((code_of(y.error()) == errc::cancelled));
  second.finish();
}

BOOST_AUTO_TEST_CASE(an_asker_that_ends_takes_its_exchanges_along) {
  event asked;
  scripted_server server{transport::unix_socket, hold(asked)};
  auto x = ask(client, make_request(server));
  asked.wait();
  caf::anon_send_exit(x.asker, caf::exit_reason::kill);
  server.finish(); // saw the connection end
}

BOOST_AUTO_TEST_CASE(a_consumer_that_ends_takes_its_streams_along) {
  event asked;
  scripted_server server{transport::unix_socket, hold(asked)};
  auto consumer = make_consumer();
  auto x = ask(client, make_request(server, 1), consumer);
  asked.wait();
  caf::anon_send_exit(consumer, caf::exit_reason::user_shutdown);
  BOOST_TEST((code_of(x.error()) == errc::cancelled));
  server.finish();
}

// A gateway in between is not the asker.
BOOST_AUTO_TEST_CASE(a_delegated_request_belongs_to_whom_it_came_from) {
  event asked;
  scripted_server server{transport::unix_socket, hold(asked)};
  auto gateway = sys.spawn([to = client](http_client_actor::pointer me)
                             -> http_client_actor::behavior_type {
    return {
      [=](http_request& x) { return me->delegate(to, std::move(x)); },
      [=](http_request& x, body_consumer_actor& y) {
        return me->delegate(to, std::move(x), std::move(y));
      },
      [=](const consumed& x) { me->delegate(to, x); },
      [=](const cancel& x) { me->delegate(to, x); },
    };
  });
  auto x = ask(gateway, make_request(server, 3));
  asked.wait();
  caf::send_as(x.asker, gateway, cancel{3});
  BOOST_TEST((code_of(x.error()) == errc::cancelled));
  server.finish();
  caf::anon_send_exit(gateway, caf::exit_reason::user_shutdown);
}

BOOST_AUTO_TEST_CASE(a_thousand_askers_come_and_go) {
  constexpr size_t n = 1'000;
  scripted_server server{transport::unix_socket, [](scripted_server& s) {
                           std::vector<std::pair<connection, std::string>> all;
                           for (size_t i = 0; i < n; ++i)
                             all.push_back(s.accept_request());
                           for (auto& [connection, request] : all)
                             connection.respond(200);
                         }};
  auto request = make_request(server);
  request.deadlines.total = std::chrono::milliseconds{0};
  std::vector<asking> all;
  for (size_t i = 0; i < n; ++i)
    all.push_back(ask(client, request));
  for (auto& x : all)
    BOOST_REQUIRE(x.value().status == 200);
}

// -- ending -------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(however_the_client_ends_its_askers_are_told) {
  for (auto reason :
       {caf::exit_reason::user_shutdown, caf::exit_reason::kill}) {
    event asked;
    scripted_server server{transport::unix_socket, hold(asked)};
    auto mortal = spawn_http_client(sys, std::make_shared<http_loop>());
    auto x = ask(mortal, make_request(server));
    asked.wait();
    auto y = ask(mortal, make_request(server)); // not accepted by the server
    caf::anon_send_exit(mortal, reason);
    BOOST_TEST((code_of(x.error()) == errc::service_restarted));
    BOOST_TEST((code_of(y.error()) == errc::service_restarted));
    BOOST_TEST(failure_of(x.error()).object == "web");
    server.finish();
  }
}

BOOST_AUTO_TEST_CASE(a_stray_error_does_not_end_the_client) {
  scripted_server server{transport::unix_socket, [](scripted_server& s) {
                           s.accept_request().first.respond(200);
                         }};
  caf::anon_send(caf::actor_cast<caf::actor>(client),
                 make_failure(errc::conflict, {}));
  BOOST_TEST(ask(client, make_request(server)).value().status == 200);
}

BOOST_AUTO_TEST_SUITE_END()
