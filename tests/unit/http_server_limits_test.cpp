#include "tests/support/server_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <random>

using namespace dw;
using namespace dw::test;
using namespace std::chrono_literals;

namespace {

struct fixture : server_fixture {
  /// Sends bytes on a connection of its own. The server has to answer with that
  /// status, say why in a problem document, and close.
  void expect_refusal(const std::string& bytes, int status) {
    auto client = connect_tcp();
    client.send(bytes);
    expect_refusal(client, status);
  }

  static void expect_refusal(raw_client& client, int status) {
    auto response = client.read_response();
    BOOST_TEST(response.status == status);
    BOOST_TEST(response.header("Connection") == "close");
    BOOST_TEST(response.header("Content-Type") == "application/problem+json");
    BOOST_TEST(response.complete);
    BOOST_TEST(client.is_closed());
  }
};

const std::string head = "POST / HTTP/1.1\r\nHost: h\r\n";

} // namespace

BOOST_FIXTURE_TEST_SUITE(http_server_limits, fixture)

// -- what is no HTTP ----------------------------------------------------------

BOOST_AUTO_TEST_CASE(garbage_is_refused) {
  start();
  for (const auto& x : std::vector<std::string>{
         "hello\r\n\r\n",
         "\x16\x03\x01\x02\x01\x01\xfc\x03\x03 TLS, for example",
         "GET / HTTP/2.0\r\nHost: h\r\n\r\n",
         "GET  / HTTP/1.1\r\nHost: h\r\n\r\n",
         "GET / HTTP/1.1\r\nHost: h\r\nX Y: z\r\n\r\n",
         "GET / HTTP/1.1\r\nHost: h\r\nX : z\r\n\r\n",
         "GET / HTTP/1.1\nHost: h\n\n", head + "Content-Length: x\r\n\r\n",
         head + "Content-Length: -1\r\n\r\n",
         head + "Content-Length: 1\r\nContent-Length: 2\r\n\r\nab",
         head + "Transfer-Encoding: chunked\r\n\r\nxyz\r\n",
         head + "Transfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n"})
    expect_refusal(x, 400);
  BOOST_TEST(requests.empty());
}

BOOST_AUTO_TEST_CASE(a_body_has_one_length) {
  start();
  // Two servers could see two different requests.
  expect_refusal(
    head + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n", 400);
  expect_refusal(
    head + "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n", 400);
  expect_refusal("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400);
  expect_refusal(head + "Transfer-Encoding: gzip\r\n\r\n", 501);
  expect_refusal(head + "Transfer-Encoding: gzip, chunked\r\n\r\n", 501);
  expect_refusal(head
                   + "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n"
                     "\r\n",
                 501);
  BOOST_TEST(requests.empty());
}

BOOST_AUTO_TEST_CASE(a_request_names_one_host_and_a_path) {
  start();
  expect_refusal("GET / HTTP/1.1\r\n\r\n", 400);
  expect_refusal("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400);
  expect_refusal("GET /%00 HTTP/1.1\r\nHost: h\r\n\r\n", 400);
  expect_refusal("CONNECT example.com:443 HTTP/1.1\r\nHost: h\r\n\r\n", 400);
  expect_refusal(head + "Expect: miracles\r\n\r\n", 417);
  BOOST_TEST(requests.empty());
}

BOOST_AUTO_TEST_CASE(garbage_behind_a_request_does_not_hurt_its_answer) {
  start();
  auto client = connect_tcp();
  client.send("GET /x HTTP/1.1\r\nHost: h\r\n\r\ngarbage\r\n\r\n");
  answer_next();
  BOOST_TEST(client.read_response().body == "x");
  expect_refusal(client, 400);
}

BOOST_AUTO_TEST_CASE(damaged_requests_do_no_harm) {
  start([](const auto&, const auto& answer) { answer.answer({}); });
  const auto good = "GET /a%20b?c=d HTTP/1.1\r\nHost: h\r\n\r\n" + head
                    + "Transfer-Encoding: chunked\r\n\r\n"
                      "3;x=y\r\nabc\r\n0\r\nX: y\r\n\r\n"
                    + head + "Content-Length: 3\r\n\r\nabc";
  std::mt19937 random{1};
  auto below = [&random](size_t limit) { return random() % limit; };
  for (auto i = 0; i < 2'000; ++i) {
    auto bad = good;
    for (auto damages = 1 + below(3); damages > 0; --damages) {
      auto at = below(bad.size());
      auto removed = below(3);
      auto added = below(3);
      bad.replace(at, removed, added, static_cast<char>(below(256)));
    }
    auto client = connect();
    client.send(bad);
    client.half_close();
    client.read_all();
  }
  auto client = connect();
  client.send(good);
  for (auto i = 0; i < 3; ++i)
    BOOST_TEST(client.read_response().status == 200);
}

// -- sizes --------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(headers_have_a_limit) {
  limits.header_bytes = 1'000;
  start();
  auto line = "X: " + std::string(100, 'x') + "\r\n";
  auto many = line;
  while (many.size() < 2'000)
    many += line;
  expect_refusal(head + many + "\r\n", 431);
  expect_refusal("GET /" + std::string(2'000, 'x'), 431);
  expect_refusal(head + "X: " + std::string(2'000, 'x'), 431);
  auto client = connect();
  client.request("GET /x", many.substr(0, 8 * line.size()));
  answer_next();
  BOOST_TEST(client.read_response().status == 200);
}

BOOST_AUTO_TEST_CASE(headers_that_come_line_by_line_have_the_same_limit) {
  limits.header_bytes = 1'000;
  limits.linger_time = 5ms;
  start();
  auto client = connect();
  client.send(head);
  while (client.send("X: y\r\n")) {
    // The server counts them all, although each is short.
  }
  expect_refusal(client, 431);
}

BOOST_AUTO_TEST_CASE(a_body_has_a_limit) {
  limits.body_bytes = 10;
  start();
  expect_refusal(head + "Content-Length: 11\r\n\r\n", 413);
  expect_refusal(head + "Content-Length: 18446744073709551615\r\n\r\n", 413);
  // Nobody is told to go on first.
  expect_refusal(head + "Expect: 100-continue\r\nContent-Length: 11\r\n\r\n",
                 413);
  expect_refusal(head
                   + "Transfer-Encoding: chunked\r\n\r\n6\r\nabcdef\r\n"
                     "5\r\nghijk\r\n",
                 413);
  BOOST_TEST(requests.empty());
  auto client = connect();
  client.send(head + "Content-Length: 10\r\n\r\n0123456789");
  BOOST_TEST(requests.take().request.body == "0123456789");
}

BOOST_AUTO_TEST_CASE(a_body_that_is_refused_does_not_reset_the_connection) {
  start();
  auto client = connect_tcp();
  client.send(head + "Content-Length: 4000000\r\n\r\n");
  client.send(std::string(4'000'000, 'x')); // more than the kernel buffers
  expect_refusal(client, 413);
}

BOOST_AUTO_TEST_CASE(the_framing_of_chunks_has_a_limit) {
  limits.header_bytes = 1'000;
  start();
  auto chunked = head + "Transfer-Encoding: chunked\r\n\r\n";
  expect_refusal(chunked + "1;x=" + std::string(2'000, 'x'), 400);
  expect_refusal(chunked + "0\r\nX: " + std::string(2'000, 'x'), 400);
}

BOOST_AUTO_TEST_CASE(too_many_connections_are_told_to_come_back) {
  limits.connections = 2;
  start([](const auto&, const auto& answer) { answer.answer({}); });
  auto first = connect_tcp();
  auto second = connect_tcp();
  for (auto* x : {&first, &second}) {
    x->request("GET /");
    BOOST_TEST(x->read_response().status == 200);
  }
  auto third = connect_tcp();
  auto response = third.read_response(); // without having asked
  BOOST_TEST(response.status == 503);
  BOOST_TEST(response.header("Retry-After") == "1");
  BOOST_TEST(third.is_closed());
  auto local = connect(); // where there are none
  local.request("GET /");
  BOOST_TEST(local.read_response().status == 200);
  second.close();
  auto status = 503; // until the server has noticed
  while (status == 503) {
    auto fourth = connect_tcp();
    fourth.request("GET /");
    status = fourth.read_response().status;
  }
  BOOST_TEST(status == 200);
}

// -- time ---------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(slow_headers_are_not_waited_for) {
  limits.header_time = 5ms;
  start();
  auto client = connect();
  client.send("GET / HTTP/1.1\r\nHost");
  expect_refusal(client, 408);
}

BOOST_AUTO_TEST_CASE(a_client_that_keeps_sending_headers_is_not_waited_for) {
  limits.header_time = 20ms;
  limits.linger_time = 5ms;
  limits.header_bytes = 1'000'000'000;
  start();
  auto client = connect();
  client.send(head);
  while (client.send("X: y\r\n")) {
    // Each line is progress, but the end is what counts.
  }
  expect_refusal(client, 408);
}

BOOST_AUTO_TEST_CASE(a_slow_body_is_not_waited_for) {
  limits.body_time = 5ms;
  start();
  auto client = connect();
  client.send(head + "Content-Length: 10\r\n\r\nabc");
  expect_refusal(client, 408);
  auto asking = connect();
  asking.send(head + "Expect: 100-continue\r\nContent-Length: 10\r\n\r\n");
  BOOST_TEST(asking.read_response().status == 100);
  expect_refusal(asking, 408);
  BOOST_TEST(requests.empty());
}

BOOST_AUTO_TEST_CASE(a_client_that_says_nothing_is_closed_without_a_word) {
  limits.header_time = 5ms;
  start();
  BOOST_TEST(connect().is_closed());
}

BOOST_AUTO_TEST_CASE(an_idle_connection_is_closed_without_a_word) {
  limits.idle_time = 5ms;
  start();
  auto client = connect();
  client.request("GET /x");
  answer_next();
  BOOST_TEST(client.read_response().body == "x");
  BOOST_TEST(client.is_closed());
}

BOOST_AUTO_TEST_CASE(a_client_that_does_not_close_is_not_waited_for) {
  limits.linger_time = 5ms;
  start();
  auto client = connect_tcp();
  client.send("garbage\r\n\r\n");
  BOOST_TEST(client.read_response().status == 400);
  while (client.send("more")) {
    // Until the server has had enough.
  }
}

BOOST_AUTO_TEST_CASE(an_answer_that_nobody_takes_is_given_up) {
  limits.write_time = 5ms;
  limits.grace_time = 1h;
  start();
  auto client = connect();
  client.request("GET /");
  requests.take().answer.answer({.body = std::string(50'000'000, 'x')});
  server.reset(); // which waits for the end of that
  auto response = client.read_response();
  BOOST_TEST(response.status == 200);
  BOOST_TEST(!response.complete);
}

// -- clients that go ----------------------------------------------------------

BOOST_AUTO_TEST_CASE(connections_that_are_cut_anywhere_do_no_harm) {
  start();
  auto request = head + "Content-Length: 3\r\n\r\nabc";
  for (size_t i = 0; i < request.size(); ++i) {
    auto client = connect_tcp();
    client.send({request.data(), i});
    if (i % 2 == 0)
      client.reset();
  }
  auto client = connect_tcp();
  client.send(request);
  auto x = requests.take();
  BOOST_TEST(x.request.body == "abc");
  client.reset(); // while it is served
  auto other = connect();
  other.request("GET /x");
  answer_next();
  BOOST_TEST(other.read_response().body == "x");
}

BOOST_AUTO_TEST_CASE(an_answer_to_a_client_that_has_gone_says_so) {
  start();
  auto client = connect_tcp();
  client.request("GET /");
  auto x = requests.take();
  client.reset();
  auto stream = x.answer.begin_stream(200, {});
  while (stream && stream->write("x") != server_stream_state::gone) {
    // The kernel tells when it has noticed.
  }
  BOOST_TEST(!x.answer.answer({}));
}

BOOST_AUTO_TEST_SUITE_END()
