#include "tests/support/server_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <thread>

using namespace dw;
using namespace dw::test;
using namespace std::chrono_literals;

namespace {

using state = server_stream_state;

struct fixture : server_fixture {
  /// What the server told.
  mailbox<std::string> events;

  ~fixture() {
    server.reset(); // which may tell something
  }

  /// Begins a stream as the answer to the next request.
  server_stream begin_stream() {
    return requests.take()
      .answer
      .begin_stream(200, {{"Content-Type", secret{"text/event-stream"}}},
                    {.on_gone = [this] { events.put("gone"); },
                     .on_room = [this] { events.put("room"); }})
      .value();
  }

  /// Writes until the stream takes no more. @returns how many bytes it took.
  static size_t fill(const server_stream& stream) {
    const std::string piece(1'000, 'x');
    size_t result = 0;
    while (stream.write(piece) == state::taken)
      result += piece.size();
    return result;
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(http_server_stream, fixture)

BOOST_AUTO_TEST_CASE(a_stream_comes_piece_by_piece) {
  start();
  auto client = connect();
  client.request("GET /");
  auto stream = begin_stream();
  auto head = client.read_head();
  BOOST_TEST(head.status == 200);
  BOOST_TEST(head.header("Content-Type") == "text/event-stream");
  BOOST_TEST(head.header("Transfer-Encoding") == "chunked");
  BOOST_TEST(head.header("Content-Length").empty());
  for (const auto* piece : {"one", "two"}) {
    BOOST_TEST((stream.write(piece) == state::taken));
    BOOST_TEST(client.read_chunk() == piece);
  }
  BOOST_TEST((stream.write("") == state::taken)); // which is not the end
  stream.end();
  BOOST_TEST((stream.write("three") == state::gone));
  BOOST_TEST(client.read_chunk().empty());
  client.request("GET /x"); // the connection goes on
  answer_next();
  BOOST_TEST(client.read_response().body == "x");
  BOOST_TEST(events.empty());
}

BOOST_AUTO_TEST_CASE(a_stream_may_be_over_before_it_is_sent) {
  start();
  auto client = connect();
  client.request("GET /");
  auto stream = begin_stream();
  stream.write("all");
  stream.end();
  auto response = client.read_response();
  BOOST_TEST(response.body == "all");
  BOOST_TEST(response.complete);
}

BOOST_AUTO_TEST_CASE(over_http_1_0_the_end_of_the_connection_is_the_end) {
  start();
  auto client = connect();
  client.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  auto stream = begin_stream();
  stream.write("one");
  stream.write("two");
  stream.end();
  auto response = client.read_response();
  BOOST_TEST(response.header("Connection") == "close");
  BOOST_TEST(response.header("Transfer-Encoding").empty());
  BOOST_TEST(response.body == "onetwo");
}

BOOST_AUTO_TEST_CASE(head_wants_none_of_a_stream) {
  start();
  auto client = connect();
  client.request("HEAD /");
  auto stream = begin_stream();
  BOOST_TEST(events.take() == "gone");
  BOOST_TEST((stream.write("x") == state::gone));
  BOOST_TEST(client.read_response(true).status == 200);
  client.request("GET /x");
  answer_next();
  BOOST_TEST(client.read_response().body == "x");
}

BOOST_AUTO_TEST_CASE(a_reader_that_never_reads_costs_a_buffer) {
  limits.stream_buffer = 10'000;
  start();
  auto client = connect();
  client.request("GET /");
  auto stream = begin_stream();
  auto taken = fill(stream);
  BOOST_TEST(taken >= 10'000u);
  // The system's own buffer may still take some of it.
  auto writes = 1;
  while (stream.write(std::string(9'001, 'x')) != state::full && writes < 1'000)
    ++writes;
  BOOST_TEST(writes < 1'000);
  auto other = connect(); // nobody else waits for it
  other.request("GET /x");
  answer_next();
  BOOST_TEST(other.read_response().body == "x");
}

BOOST_AUTO_TEST_CASE(a_reader_that_catches_up_gets_all_that_was_taken) {
  limits.stream_buffer = 10'000;
  start();
  auto client = connect();
  client.request("GET /");
  auto stream = begin_stream();
  std::string body;
  size_t taken = 0;
  std::thread reader;
  for (auto i = 0; i < 20; ++i) {
    taken += fill(stream);
    if (!reader.joinable())
      reader = std::thread{[&] { body = client.read_response().body; }};
    BOOST_TEST(events.take() == "room");
  }
  stream.end();
  reader.join();
  BOOST_TEST(body.size() == taken);
}

BOOST_AUTO_TEST_CASE(a_piece_may_exceed_an_empty_buffer) {
  limits.stream_buffer = 10;
  start();
  auto client = connect();
  client.request("GET /");
  auto stream = begin_stream();
  std::string piece(1'000'000, 'x');
  BOOST_TEST((stream.write(piece) == state::taken));
  BOOST_TEST((stream.write("y") == state::full));
  client.read_head();
  BOOST_TEST((client.read_chunk() == piece));
  BOOST_TEST(events.take() == "room");
  BOOST_TEST((stream.write("y") == state::taken));
  BOOST_TEST(client.read_chunk() == "y");
}

BOOST_AUTO_TEST_CASE(a_reader_that_takes_nothing_is_given_up) {
  limits.write_time = 5ms;
  limits.stream_buffer = 1'000'000;
  start();
  auto client = connect();
  client.request("GET /");
  auto stream = begin_stream();
  stream.write(std::string(10'000'000, 'x'));
  BOOST_TEST(events.take() == "gone");
  BOOST_TEST((stream.write("x") == state::gone));
}

BOOST_AUTO_TEST_CASE(the_owner_is_told_when_the_client_goes) {
  start();
  for (auto i = 0; i < 3; ++i) {
    auto client = connect_tcp();
    client.request("GET /");
    auto stream = begin_stream();
    stream.write("x");
    client.read_head();
    if (i == 0)
      client.close();
    else if (i == 1)
      client.reset();
    else
      client.half_close();
    BOOST_TEST(events.take() == "gone");
    BOOST_TEST((stream.write("x") == state::gone));
  }
}

BOOST_AUTO_TEST_CASE(a_client_that_went_before_its_stream_begins_is_gone) {
  start();
  auto client = connect();
  client.request("GET /");
  auto x = requests.take();
  client.close();
  // A request behind it is seen later.
  auto stream = x.answer.begin_stream(
    200, {}, {.on_gone = [this] { events.put("gone"); }});
  if (stream)
    BOOST_TEST(events.take() == "gone");
  else
    BOOST_TEST(events.empty());
}

BOOST_AUTO_TEST_CASE(a_stream_that_is_dropped_is_not_taken_for_complete) {
  start();
  auto client = connect();
  client.request("GET /");
  {
    auto stream = begin_stream();
    stream.write("half");
  }
  BOOST_TEST(!client.read_response().complete);
  BOOST_TEST(events.empty());
}

BOOST_AUTO_TEST_CASE(events_may_call_back) {
  start();
  auto client = connect();
  client.request("GET /");
  auto answer = requests.take().answer;
  mailbox<server_stream> streams;
  mailbox<state> states;
  auto on_gone = [&] {
    auto stream = streams.take();
    stream.end();
    states.put(stream.write("x"));
  };
  streams.put(answer.begin_stream(200, {}, {.on_gone = on_gone}).value());
  client.close();
  BOOST_TEST((states.take() == state::gone));
}

BOOST_AUTO_TEST_CASE(many_threads_may_write) {
  start();
  auto client = connect_tcp();
  client.request("GET /");
  auto stream = begin_stream();
  std::vector<std::thread> threads;
  for (auto i = 0; i < 4; ++i)
    threads.emplace_back([stream] {
      for (auto j = 0; j < 1'000;)
        if (stream.write("0123456789") == state::taken)
          ++j;
    });
  std::thread ending{[&] {
    for (auto& x : threads)
      x.join();
    stream.end();
  }};
  auto body = client.read_response().body;
  ending.join();
  BOOST_TEST(body.size() == 40'000u);
  for (size_t i = 0; i < body.size(); i += 10)
    BOOST_REQUIRE(body.substr(i, 10) == "0123456789");
}

BOOST_AUTO_TEST_SUITE_END()
