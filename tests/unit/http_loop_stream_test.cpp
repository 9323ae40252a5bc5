#include "tests/support/http_recorder.hpp"
#include "tests/support/scripted_server.hpp"

#include <boost/test/unit_test.hpp>

using namespace dw;
using namespace dw::test;
using namespace std::chrono_literals;

namespace {

constexpr size_t piece = 16 * 1024;

/// Answers one request with `size` bytes.
scripted_server::script send_bytes(size_t size) {
  return [size](scripted_server& s) {
    auto [connection, request] = s.accept_request();
    connection.begin_chunks();
    for (size_t sent = 0; sent < size; sent += piece)
      if (!connection.write_chunk(std::string(piece, 'x')))
        return;
    connection.end_chunks();
    connection.wait_for_close();
  };
}

/// Answers requests for as long as it lives.
void answer_pings(scripted_server& s) {
  auto connection = s.accept();
  while (!connection.read_request().empty())
    connection.respond(200);
}

struct fixture : loop_fixture {
  scripted_server pinged{transport::unix_socket, answer_pings};

  /// Lets the loop make many turns, in which it would do what it shall not.
  void keep_loop_busy() {
    for (auto i = 0; i < 100; ++i)
      exchange(make_request(pinged.origin()));
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(http_loop_streams, fixture)

BOOST_AUTO_TEST_CASE(a_stream_comes_as_it_is_sent) {
  event first_seen;
  scripted_server server{transport::unix_socket, [&](scripted_server& s) {
                           auto [connection, request] = s.accept_request();
                           connection.begin_chunks();
                           connection.write_chunk("one\n");
                           first_seen.wait();
                           connection.write_chunk("two\n");
                           connection.end_chunks();
                         }};
  auto id = start(make_request(server.origin()), true);
  BOOST_TEST(recorder->wait_bytes(id, 4) == "one\n");
  BOOST_TEST(!recorder->ended(id));
  first_seen.set();
  auto response = response_of(id);
  BOOST_TEST(response.status == 200);
  BOOST_TEST(response.body.empty());
  BOOST_TEST(recorder->bytes(id) == "one\ntwo\n");
  server.finish();
}

BOOST_AUTO_TEST_CASE(a_stream_stands_before_its_first_byte) {
  event seen;
  scripted_server server{transport::unix_socket, [&](scripted_server& s) {
                           auto [connection, request] = s.accept_request();
                           connection.write("HTTP/1.1 103 Early Hints\r\n\r\n");
                           connection.begin_chunks();
                           seen.wait();
                           connection.end_chunks();
                         }};
  auto id = start(make_request(server.origin()), true);
  BOOST_TEST(recorder->wait_status(id) == 200);
  BOOST_TEST(!recorder->ended(id));
  seen.set();
  BOOST_TEST(response_of(id).status == 200);
  BOOST_TEST(recorder->bytes(id).empty());
}

BOOST_AUTO_TEST_CASE(a_stream_may_be_an_error_message) {
  scripted_server server{transport::unix_socket, [](scripted_server& s) {
                           s.accept_request().first.respond(404, "no image");
                         }};
  auto id = start(make_request(server.origin()), true);
  BOOST_TEST(response_of(id).status == 404);
  BOOST_TEST(recorder->bytes(id) == "no image");
  BOOST_TEST(recorder->chunk_status(id) == 404);
}

BOOST_AUTO_TEST_CASE(no_more_than_the_window_is_on_the_way) {
  constexpr size_t size = 64 * piece;
  scripted_server server{transport::unix_socket, send_bytes(size)};
  auto request = make_request(server.origin());
  request.limits.window = 4 * piece;
  request.limits.body = 1; // does not apply
  auto id = start(request, true);
  size_t acknowledged = 0;
  while (acknowledged < size) {
    auto received = recorder->wait_bytes(id, acknowledged + 1).size();
    keep_loop_busy();
    received = recorder->bytes(id).size();
    BOOST_REQUIRE(received > acknowledged);
    BOOST_REQUIRE(received - acknowledged <= request.limits.window);
    loop->resume(id, received - acknowledged);
    acknowledged = received;
  }
  BOOST_TEST(response_of(id).status == 200);
  BOOST_TEST(recorder->bytes(id).size() == size);
}

BOOST_AUTO_TEST_CASE(a_tiny_window_lets_one_piece_through_at_a_time) {
  constexpr size_t size = 8 * piece;
  scripted_server server{transport::unix_socket, send_bytes(size)};
  auto request = make_request(server.origin());
  request.limits.window = 1;
  auto id = start(request, true);
  size_t acknowledged = 0;
  while (acknowledged < size) {
    recorder->wait_bytes(id, acknowledged + 1);
    keep_loop_busy();
    auto received = recorder->bytes(id).size();
    BOOST_REQUIRE(received - acknowledged <= piece);
    loop->resume(id, received - acknowledged);
    acknowledged = received;
  }
  response_of(id);
}

BOOST_AUTO_TEST_CASE(silence_while_the_consumer_holds_back_does_not_count) {
  constexpr size_t size = 64 * piece;
  scripted_server server{transport::unix_socket, send_bytes(size)};
  auto request = make_request(server.origin());
  request.limits.window = piece;
  request.deadlines.idle = 60ms;
  auto id = start(request, true);
  recorder->wait_bytes(id, 1);
  // A deadline of another exchange measures the time.
  scripted_server silent{transport::unix_socket, [](scripted_server& s) {
                           s.accept().wait_for_close();
                         }};
  auto measure = make_request(silent.origin());
  measure.deadlines.total = 3 * request.deadlines.idle;
  BOOST_TEST((failure(measure).code == errc::timed_out));
  BOOST_TEST(!recorder->ended(id));
  loop->resume(id, 2 * size);
  for (size_t seen = 0; !recorder->ended(id);) {
    auto now = recorder->bytes(id).size();
    loop->resume(id, now - std::exchange(seen, now));
    keep_loop_busy();
  }
  BOOST_TEST(response_of(id).status == 200);
  BOOST_TEST(recorder->bytes(id).size() == size);
}

BOOST_AUTO_TEST_CASE(silence_of_the_server_counts_again_after_a_pause) {
  scripted_server server{transport::unix_socket, [](scripted_server& s) {
                           auto [connection, request] = s.accept_request();
                           connection.begin_chunks();
                           connection.write_chunk(std::string(2 * piece, 'x'));
                           connection.wait_for_close();
                         }};
  auto request = make_request(server.origin());
  request.limits.window = piece;
  request.deadlines = {.idle = 50ms, .total = 0ms};
  auto id = start(request, true);
  auto seen = recorder->wait_bytes(id, 1).size();
  loop->resume(id, seen);
  recorder->wait_bytes(id, seen + 1);
  loop->resume(id, 2 * piece);
  BOOST_TEST(failure_of(id).reply
             == "the answer stopped for 50 ms (idle deadline)");
  server.finish();
}

BOOST_AUTO_TEST_CASE(a_stream_that_is_held_back_can_be_cancelled) {
  scripted_server server{transport::unix_socket, send_bytes(64 * piece)};
  auto request = make_request(server.origin());
  request.limits.window = piece;
  auto id = start(request, true);
  recorder->wait_bytes(id, 1);
  keep_loop_busy();
  loop->cancel(id);
  BOOST_TEST((failure_of(id).code == errc::cancelled));
  server.finish();
}

BOOST_AUTO_TEST_CASE(a_stream_that_breaks_off_brings_what_came_first) {
  scripted_server server{transport::unix_socket, [](scripted_server& s) {
                           auto [connection, request] = s.accept_request();
                           connection.begin_chunks();
                           for (auto i = 0; i < 4; ++i)
                             connection.write_chunk(std::string(piece, 'x'));
                         }};
  auto request = make_request(server.origin());
  request.limits.window = piece;
  auto id = start(request, true);
  server.finish();
  for (size_t seen = 0; !recorder->ended(id);) {
    auto now = recorder->bytes(id).size();
    loop->resume(id, now - std::exchange(seen, now));
    keep_loop_busy();
  }
  BOOST_TEST((failure_of(id).code == errc::connection_lost));
  BOOST_TEST(recorder->bytes(id).size() == 4 * piece);
}

BOOST_AUTO_TEST_CASE(a_late_acknowledgement_is_harmless) {
  scripted_server server{transport::unix_socket, [](scripted_server& s) {
                           s.accept_request().first.respond(200, "all");
                         }};
  auto id = start(make_request(server.origin()), true);
  response_of(id);
  loop->resume(id, 3);
  keep_loop_busy();
  BOOST_TEST(recorder->bytes(id) == "all");
}

BOOST_AUTO_TEST_SUITE_END()
