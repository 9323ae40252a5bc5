#include "tests/support/server_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <unistd.h>

#include <stdexcept>
#include <thread>

using namespace dw;
using namespace dw::test;
using namespace std::chrono_literals;

namespace {

/// Answers what was asked for.
void echo(const server_request& request, const responder& answer) {
  auto text = request.method;
  for (const auto& x : request.path)
    text += "|" + x;
  for (const auto& [name, value] : request.query)
    text += "|" + name + "=" + value;
  answer.answer({.body = text + "|" + request.body});
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(http_server_tests, server_fixture)

// -- requests -----------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_request_is_handed_over_whole_and_decoded) {
  start();
  auto client = connect();
  client.send("POST /v1/a%2Fb?x=%20y HTTP/1.1\r\nHost: h\r\nX-Twice: 1\r\n"
              "AUTHORIZATION: Bearer t\r\nx-twice: 2\r\nContent-Length: 4\r\n"
              "\r\nbody");
  auto x = requests.take();
  BOOST_TEST(x.request.method == "POST");
  BOOST_TEST((x.request.path == std::vector<std::string>{"v1", "a/b"}));
  BOOST_TEST(x.request.parameter("x").value() == " y");
  BOOST_TEST(!x.request.parameter("y"));
  BOOST_TEST(x.request.header("authorization") == "Bearer t");
  BOOST_TEST(x.request.header("x-twice") == "1");
  BOOST_TEST(x.request.header("x-none").empty());
  BOOST_TEST(x.request.headers.size() == 5u);
  BOOST_TEST(x.request.body == "body");
}

BOOST_AUTO_TEST_CASE(an_answer_has_status_headers_and_body) {
  start();
  auto client = connect();
  client.request("GET /");
  auto sent = requests.take().answer.answer(
    {.status = 202,
     .headers = {{"Location", secret{"/v1/x"}}, {"X-Empty", secret{}}},
     .body = "accepted"});
  BOOST_TEST(sent);
  auto response = client.read_response();
  BOOST_TEST(response.head.starts_with("HTTP/1.1 202 Accepted\r\nDate: "));
  BOOST_TEST(response.head.ends_with("\r\nLocation: /v1/x\r\nX-Empty: \r\n"
                                     "Content-Length: 8\r\n\r\n"));
  BOOST_TEST(response.body == "accepted");
}

BOOST_AUTO_TEST_CASE(answers_are_no_pages) {
  start();
  auto client = connect();
  client.request("GET /");
  BOOST_TEST(requests.take().answer.answer({.status = 200}));
  BOOST_TEST(client.read_response().head.find(
               "GMT\r\nX-Content-Type-Options: nosniff\r\n")
             != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_chunked_body_comes_whole_without_its_trailers) {
  start();
  auto client = connect();
  client.send("PUT / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
              "3;ext=1\r\nabc\r\n2\r\nde\r\n0\r\nAuthorization: late\r\n\r\n");
  auto x = requests.take();
  BOOST_TEST(x.request.body == "abcde");
  BOOST_TEST(x.request.header("authorization").empty());
}

BOOST_AUTO_TEST_CASE(a_request_may_come_byte_by_byte) {
  start(echo);
  auto client = connect();
  for (auto c : std::string{"POST /a HTTP/1.1\r\nHost: h\r\n"
                            "Transfer-Encoding: chunked\r\n\r\n"
                            "3\r\nabc\r\n1\r\nd\r\n0\r\n\r\n"})
    client.send({&c, 1});
  BOOST_TEST(client.read_response().body == "POST|a|abcd");
}

BOOST_AUTO_TEST_CASE(a_client_that_asks_first_is_told_to_go_on) {
  start(echo);
  auto client = connect();
  client.send("POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-Continue\r\n"
              "Content-Length: 2\r\n\r\n");
  BOOST_TEST(client.read_response().head == "HTTP/1.1 100 Continue\r\n\r\n");
  client.send("ok");
  BOOST_TEST(client.read_response().body == "POST||ok");
  // Not if there is nothing to wait for.
  client.request("GET /", "Expect: 100-continue\r\n");
  BOOST_TEST(client.read_response().status == 200);
}

BOOST_AUTO_TEST_CASE(clients_say_who_they_are) {
  start();
  auto local = connect();
  local.request("GET /");
  auto x = requests.take();
  BOOST_TEST((x.request.peer.uid == geteuid()));
  BOOST_TEST(x.request.peer.address.empty());
  auto remote = connect_tcp();
  remote.request("GET /");
  auto y = requests.take();
  BOOST_TEST(!y.request.peer.uid);
  BOOST_TEST(y.request.peer.address == "127.0.0.1");
  BOOST_TEST(y.request.peer.port != 0u);
  BOOST_TEST(!y.request.peer.tls);
}

// -- connections --------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_connection_serves_thousands_of_requests) {
  start(echo);
  auto client = connect_tcp();
  for (auto i = 0; i < 5'000; ++i) {
    client.request("GET /" + std::to_string(i));
    auto response = client.read_response();
    BOOST_REQUIRE(response.body == "GET|" + std::to_string(i) + "|");
  }
}

BOOST_AUTO_TEST_CASE(pipelined_requests_are_answered_in_order) {
  start(echo);
  auto client = connect();
  std::thread sender{[&client] {
    for (auto i = 0; i < 2'000; ++i)
      client.send("POST /" + std::to_string(i)
                  + " HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\nx");
  }};
  auto wrong = 0;
  for (auto i = 0; i < 2'000; ++i)
    if (client.read_response().body != "POST|" + std::to_string(i) + "|x")
      ++wrong;
  sender.join();
  BOOST_TEST(wrong == 0);
}

BOOST_AUTO_TEST_CASE(a_request_waits_for_the_answer_of_the_one_before) {
  start();
  auto client = connect();
  client.send("GET /1 HTTP/1.1\r\nHost: h\r\n\r\n"
              "GET /2 HTTP/1.1\r\nHost: h\r\n\r\n");
  auto first = requests.take();
  auto other = connect(); // which is served meanwhile
  other.request("GET /3");
  auto third = requests.take();
  BOOST_TEST(third.request.path.back() == "3");
  BOOST_TEST(requests.empty());
  first.answer.answer({.body = "1"});
  answer_next();
  BOOST_TEST(client.read_response().body == "1");
  BOOST_TEST(client.read_response().body == "2");
}

BOOST_AUTO_TEST_CASE(empty_lines_between_requests_are_skipped) {
  start(echo);
  auto client = connect();
  client.send("\r\nGET /1 HTTP/1.1\r\nHost: h\r\n\r\n\r\n\r\n");
  BOOST_TEST(client.read_response().body == "GET|1|");
  client.request("GET /2");
  BOOST_TEST(client.read_response().body == "GET|2|");
}

BOOST_AUTO_TEST_CASE(a_client_that_wants_to_close_is_let_go) {
  start(echo);
  auto client = connect();
  client.request("GET /", "Connection: close\r\n");
  auto response = client.read_response();
  BOOST_TEST(response.header("Connection") == "close");
  BOOST_TEST(response.body == "GET||");
  BOOST_TEST(client.is_closed());
}

BOOST_AUTO_TEST_CASE(a_client_that_has_said_all_gets_all_its_answers) {
  start(echo);
  auto client = connect_tcp();
  client.send("GET /1 HTTP/1.1\r\nHost: h\r\n\r\n"
              "GET /2 HTTP/1.1\r\nHost: h\r\n\r\n");
  client.half_close();
  BOOST_TEST(client.read_response().body == "GET|1|");
  BOOST_TEST(client.read_response().body == "GET|2|");
  BOOST_TEST(client.is_closed());
}

BOOST_AUTO_TEST_CASE(http_1_0_closes_unless_asked_not_to) {
  start(echo);
  auto client = connect();
  client.send("GET /1 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  auto first = client.read_response();
  BOOST_TEST(first.header("Connection") == "keep-alive");
  BOOST_TEST(first.body == "GET|1|");
  client.send("GET /2 HTTP/1.0\r\n\r\n");
  BOOST_TEST(client.read_response().body == "GET|2|");
  BOOST_TEST(client.is_closed());
}

// -- answers ------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(head_gets_the_headers_of_get) {
  start(echo);
  auto client = connect();
  client.request("HEAD /abc");
  auto response = client.read_response(true);
  BOOST_TEST(response.header("Content-Length") == "9");
  client.request("GET /"); // nothing is in between
  BOOST_TEST(client.read_response().body == "GET||");
}

BOOST_AUTO_TEST_CASE(some_answers_have_no_body) {
  start();
  auto client = connect();
  for (auto status : {204, 304}) {
    client.request("GET /");
    requests.take().answer.answer({.status = status, .body = "not sent"});
    auto response = client.read_response();
    BOOST_TEST(response.status == status);
    BOOST_TEST(response.header("Content-Length").empty());
  }
  client.request("GET /x");
  answer_next();
  BOOST_TEST(client.read_response().body == "x");
}

BOOST_AUTO_TEST_CASE(a_large_answer_comes_whole) {
  start();
  auto client = connect_tcp();
  client.request("GET /");
  std::string large(20'000'000, 'x');
  requests.take().answer.answer({.body = large});
  BOOST_TEST((client.read_response().body == large));
}

BOOST_AUTO_TEST_CASE(a_request_that_is_dropped_is_answered_by_500) {
  start();
  auto client = connect();
  client.request("GET /");
  requests.take();
  auto response = client.read_response();
  BOOST_TEST(response.status == 500);
  BOOST_TEST(response.header("Content-Type") == "application/problem+json");
  BOOST_TEST(response.body.find(R"("status":500)") != std::string::npos);
  client.request("GET /x"); // the connection goes on
  answer_next();
  BOOST_TEST(client.read_response().status == 200);
}

BOOST_AUTO_TEST_CASE(a_handler_that_throws_answers_500) {
  start([](const auto&, const auto&) { throw std::runtime_error{"x"}; });
  auto client = connect();
  client.request("GET /");
  BOOST_TEST(client.read_response().status == 500);
}

BOOST_AUTO_TEST_CASE(the_first_answer_counts) {
  start();
  auto client = connect();
  client.request("GET /");
  auto x = requests.take();
  auto copy = x.answer;
  BOOST_TEST(copy.answer({.body = "first"}));
  BOOST_TEST(!x.answer.answer({.body = "second"}));
  BOOST_TEST(!x.answer.begin_stream(200, {}));
  BOOST_TEST(client.read_response().body == "first");
}

BOOST_AUTO_TEST_CASE(an_answer_cannot_break_the_framing) {
  start();
  auto client = connect();
  for (const auto& bad : std::vector<server_response>{
         {.status = 199},
         {.status = 600},
         {.headers = {{"X", secret{"a\r\nSet-Cookie: b"}}}},
         {.headers = {{"X: a\r\nY", secret{"b"}}}},
         {.headers = {{"", secret{"b"}}}}}) {
    client.request("GET /");
    requests.take().answer.answer(bad);
    auto response = client.read_response();
    BOOST_TEST(response.status == 500);
    BOOST_TEST(response.header("Set-Cookie").empty());
  }
  client.request("GET /");
  requests.take().answer.answer(
    {.headers = {{"content-length", secret{"99"}},
                 {"Transfer-Encoding", secret{"chunked"}}},
     .body = "ok"});
  auto response = client.read_response();
  BOOST_TEST(response.body == "ok");
  BOOST_TEST(response.head.find("99") == std::string::npos);
  client.request("GET /");
  BOOST_TEST(!requests.take().answer.begin_stream(0, {}));
  BOOST_TEST(client.read_response().status == 500);
}

BOOST_AUTO_TEST_CASE(answers_may_come_from_many_threads) {
  start();
  std::vector<raw_client> clients;
  std::vector<std::thread> threads;
  for (auto i = 0; i < 16; ++i) {
    clients.push_back(connect());
    clients.back().request("GET /" + std::to_string(i));
    threads.emplace_back(
      [x = requests.take()] { x.answer.answer({.body = x.request.path[0]}); });
  }
  for (auto i = 0; i < 16; ++i)
    BOOST_TEST(clients[static_cast<size_t>(i)].read_response().body
               == std::to_string(i));
  for (auto& x : threads)
    x.join();
}

BOOST_AUTO_TEST_SUITE_END()
