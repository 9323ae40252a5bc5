#include "tests/support/http_recorder.hpp"
#include "tests/support/scripted_server.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdlib>

using namespace dw;
using namespace dw::test;
using namespace std::chrono_literals;

namespace {

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// Answers one request on each connection, always with the same bytes.
scripted_server::script answer_each(std::string bytes) {
  return [bytes](scripted_server& server) {
    for (;;) {
      auto [connection, request] = server.accept_request();
      connection.write(bytes);
    }
  };
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(http_loop_tests, loop_fixture)

// -- requests -----------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_request_goes_over_a_unix_socket_byte_by_byte) {
  std::string seen;
  scripted_server server{transport::unix_socket, [&](scripted_server& s) {
                           auto [connection, request] = s.accept_request();
                           seen = request;
                           connection.respond(204);
                         }};
  auto request = make_request(server.origin(), "/v1.41/info?a=%20b");
  request.headers = {{"X-Token", secret{"t0k"}}, {"X-Empty", secret{}}};
  BOOST_TEST(exchange(request).status == 204);
  server.finish();
  BOOST_TEST(seen
             == "GET /v1.41/info?a=%20b HTTP/1.1\r\nHost: docker\r\n"
                "Accept: */*\r\nX-Token: t0k\r\nX-Empty:\r\n\r\n");
}

BOOST_AUTO_TEST_CASE(an_answer_comes_whole_with_headers_in_lower_case) {
  scripted_server server{transport::tcp,
                         answer_each("HTTP/1.1 201 Created\r\n"
                                     "Content-Type: application/json\r\n"
                                     "X-Twice:  first \r\n"
                                     "x-tWICE: second\r\n"
                                     "Content-Length: 4\r\n\r\nbody")};
  auto response = exchange(make_request(server.origin()));
  BOOST_TEST(response.status == 201);
  BOOST_TEST(response.body == "body");
  BOOST_TEST(response.operation == "test");
  BOOST_TEST(response.object == "it");
  BOOST_TEST(response.peer == "server");
  BOOST_TEST(response.header("content-type") == "application/json");
  BOOST_REQUIRE(response.headers.size() == 4);
  BOOST_TEST(response.headers[1].name == "x-twice");
  BOOST_TEST(response.headers[1].value.reveal() == "first");
  BOOST_TEST(response.headers[2].name == "x-twice");
  BOOST_TEST(response.headers[2].value.reveal() == "second");
}

BOOST_AUTO_TEST_CASE(post_and_put_announce_their_length_even_without_a_body) {
  std::vector<std::string> seen;
  scripted_server server{transport::unix_socket, [&](scripted_server& s) {
                           auto connection = s.accept();
                           for (auto i = 0; i < 3; ++i) {
                             seen.push_back(connection.read_request());
                             connection.respond(200);
                           }
                         }};
  auto request = make_request(server.origin());
  request.method = http_method::post;
  exchange(request);
  request.method = http_method::put;
  exchange(request);
  request.method = http_method::post;
  request.headers = {{"content-type", secret{"application/json"}}};
  request.body = std::string(3'000'000, 'x'); // libcurl would like to ask first
  exchange(request);
  server.finish();
  BOOST_TEST(seen[0]
             == "POST / HTTP/1.1\r\nHost: docker\r\nAccept: */*\r\n"
                "Content-Length: 0\r\n\r\n");
  BOOST_TEST(seen[1]
             == "PUT / HTTP/1.1\r\nHost: docker\r\nAccept: */*\r\n"
                "Content-Length: 0\r\n\r\n");
  BOOST_TEST(!contains(seen[2], "Expect"));
  BOOST_TEST(contains(seen[2], "content-type: application/json\r\n"));
  BOOST_TEST(seen[2].size() > 3'000'000u);
}

BOOST_AUTO_TEST_CASE(nothing_of_an_exchange_shows_in_the_next_one) {
  std::vector<std::string> seen;
  scripted_server server{transport::tcp, [&](scripted_server& s) {
                           auto connection = s.accept();
                           for (auto i = 0; i < 4; ++i) {
                             seen.push_back(connection.read_request());
                             connection.write("HTTP/1.1 200 OK\r\n"
                                              "Content-Length: 2\r\n\r\n");
                             if (seen.back()[0] != 'H')
                               connection.write("ok");
                           }
                         }};
  auto plain = make_request(server.origin());
  auto post = plain;
  post.method = http_method::post;
  post.headers = {{"Authorization", secret{"Bearer x"}}};
  post.body = "{}";
  auto head = plain;
  head.method = http_method::head;
  auto del = plain;
  del.method = http_method::del;
  exchange(post);
  BOOST_TEST(exchange(head).body.empty());
  BOOST_TEST(exchange(del).body == "ok");
  BOOST_TEST(exchange(plain).body == "ok");
  server.finish();
  auto rest = " / HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(server.port())
              + "\r\nAccept: */*\r\n\r\n";
  BOOST_TEST(seen[1] == "HEAD" + rest);
  BOOST_TEST(seen[2] == "DELETE" + rest);
  BOOST_TEST(seen[3] == "GET" + rest);
}

BOOST_AUTO_TEST_CASE(targets_are_not_tidied_up) {
  std::string seen;
  scripted_server server{transport::tcp, [&](scripted_server& s) {
                           auto [connection, request] = s.accept_request();
                           seen = request;
                           connection.respond(301, {}, "Location: /b\r\n");
                         }};
  auto response = exchange(make_request(server.origin(), "//a/../b"));
  server.finish();
  BOOST_TEST(seen.substr(0, 23) == "GET //a/../b HTTP/1.1\r\n");
  BOOST_TEST(response.status == 301); // and redirects are answers
  BOOST_TEST(response.header("location") == "/b");
}

// Whoever follows it finds nobody.
BOOST_AUTO_TEST_CASE(a_redirect_takes_nothing_to_another_server) {
  scripted_server server{transport::tcp, [&](scripted_server& s) {
                           auto [connection, request] = s.accept_request();
                           connection.respond(
                             307, {}, "Location: http://127.0.0.1:1/\r\n");
                         }};
  auto request = make_request(server.origin(), "/");
  request.headers = {{"Authorization", secret{"Bearer ours"}}};
  auto response = exchange(request);
  server.finish();
  BOOST_TEST(response.status == 307);
}

BOOST_AUTO_TEST_CASE(connect_to_changes_the_way_but_not_the_name) {
  std::string seen;
  scripted_server server{transport::tcp, [&](scripted_server& s) {
                           auto [connection, request] = s.accept_request();
                           seen = request;
                           connection.respond(200);
                         }};
  auto request = make_request(server.origin());
  request.origin.base_url = "http://shop.invalid";
  request.origin.connect_to = "127.0.0.1:" + std::to_string(server.port());
  exchange(request);
  server.finish();
  BOOST_TEST(contains(seen, "\r\nHost: shop.invalid\r\n"));
}

BOOST_AUTO_TEST_CASE(proxies_of_the_environment_are_ignored) {
  setenv("http_proxy", "http://127.0.0.1:1", 1);
  setenv("ALL_PROXY", "http://127.0.0.1:1", 1);
  scripted_server server{transport::tcp, answer_each("HTTP/1.1 204 x\r\n\r\n")};
  BOOST_TEST(exchange(make_request(server.origin())).status == 204);
  unsetenv("http_proxy");
  unsetenv("ALL_PROXY");
}

BOOST_AUTO_TEST_CASE(an_interim_answer_is_not_the_answer) {
  scripted_server server{transport::tcp,
                         answer_each("HTTP/1.1 103 Early Hints\r\n"
                                     "Link: x\r\n\r\n"
                                     "HTTP/1.1 200 OK\r\n"
                                     "Transfer-Encoding: chunked\r\n\r\n"
                                     "1\r\na\r\n0\r\nTrailer: y\r\n\r\n")};
  auto response = exchange(make_request(server.origin()));
  BOOST_TEST(response.status == 200);
  BOOST_TEST(response.headers.size() == 1u);
  BOOST_TEST(response.body == "a");
}

// -- connections --------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_connection_is_used_again_unless_a_fresh_one_is_asked) {
  std::vector<int> served_by;
  scripted_server server{
    transport::unix_socket, [&](scripted_server& s) {
      auto first = s.accept();
      for (auto i = 0; i < 2; ++i) {
        first.read_request();
        served_by.push_back(1);
        first.respond(200);
      }
      auto second = s.accept();
      second.read_request();
      served_by.push_back(2);
      second.respond(200);
      second.wait_for_close(); // at once, not when the loop ends
      first.read_request();
      served_by.push_back(1);
      first.respond(200);
    }};
  auto request = make_request(server.origin());
  exchange(request);
  exchange(request);
  request.fresh_connection = true;
  exchange(request);
  request.fresh_connection = false;
  exchange(request);
  server.finish();
  BOOST_TEST(served_by == (std::vector<int>{1, 1, 2, 1}));
}

BOOST_AUTO_TEST_CASE(a_kept_connection_that_died_fails_no_exchange) {
  for (auto where : {transport::unix_socket, transport::tcp}) {
    event closed;
    scripted_server server{where, [&](scripted_server& s) {
                             s.accept_request().first.respond(200, "first");
                             closed.set(); // that connection is gone
                             s.accept_request().first.respond(200, "second");
                           }};
    auto request = make_request(server.origin());
    BOOST_TEST(exchange(request).body == "first");
    closed.wait();
    BOOST_TEST(exchange(request).body == "second");
    server.finish();
  }
}

BOOST_AUTO_TEST_CASE(a_kept_connection_that_dies_under_a_request_fails_none) {
  for (auto method : {http_method::get, http_method::post}) {
    scripted_server server{transport::unix_socket, [&](scripted_server& s) {
                             auto [first, request] = s.accept_request();
                             first.respond(200, "first");
                             first.read_request();
                             first.close();
                             auto [second, again] = s.accept_request();
                             s.require(contains(again, "body")
                                         == (method == http_method::post),
                                       "the body is sent again");
                             second.respond(200, "second");
                           }};
    auto request = make_request(server.origin());
    request.method = method;
    request.body = "body";
    BOOST_TEST(exchange(request).body == "first");
    BOOST_TEST(exchange(request).body == "second");
    server.finish();
  }
}

// The first attempt may have arrived, so this must not look like "not reached".
BOOST_AUTO_TEST_CASE(a_server_that_dies_under_a_request_is_a_lost_connection) {
  scripted_server server{transport::unix_socket, [&](scripted_server& s) {
                           auto [first, request] = s.accept_request();
                           first.respond(200);
                           first.read_request();
                           s.stop_listening();
                         }};
  auto request = make_request(server.origin());
  request.method = http_method::post;
  exchange(request);
  BOOST_TEST((failure(request).code == errc::connection_lost));
  server.finish();
}

BOOST_AUTO_TEST_CASE(connections_that_nobody_uses_are_closed) {
  loop = std::make_unique<http_loop>(20ms);
  for (auto i = 0; i < 2; ++i) {
    scripted_server server{transport::unix_socket, [](scripted_server& s) {
                             auto [connection, request] = s.accept_request();
                             connection.respond(200);
                             connection.wait_for_close();
                           }};
    exchange(make_request(server.origin()));
    server.finish();
  }
}

// -- many ---------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(two_thousand_exchanges_are_in_flight_at_once) {
  constexpr size_t n = 2'000;
  scripted_server server{
    transport::unix_socket, [](scripted_server& s) {
      std::vector<std::pair<connection, std::string>> all;
      for (size_t i = 0; i < n; ++i)
        all.push_back(s.accept_request());
      for (auto& [connection, request] : all)
        connection.respond(200, request.substr(4, request.find(' ', 4) - 4));
    }};
  std::vector<uint64_t> ids;
  for (size_t i = 0; i < n; ++i) {
    auto request = make_request(server.origin(), "/" + std::to_string(i));
    request.deadlines.total = 0s;
    ids.push_back(start(std::move(request)));
  }
  for (size_t i = 0; i < n; ++i)
    BOOST_REQUIRE(response_of(ids[i]).body == "/" + std::to_string(i));
  server.finish();
}

// -- ending -------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_cancelled_exchange_ends_at_once_with_its_connection) {
  event asked;
  scripted_server server{transport::unix_socket, [&](scripted_server& s) {
                           auto [connection, request] = s.accept_request();
                           asked.set();
                           connection.wait_for_close();
                         }};
  auto id = start(make_request(server.origin()));
  asked.wait();
  loop->cancel(id + 1); // nobody
  loop->cancel(id);
  loop->cancel(id);
  BOOST_TEST((failure_of(id).code == errc::cancelled));
  server.finish();
}

BOOST_AUTO_TEST_CASE(the_end_of_the_loop_fails_what_is_in_flight) {
  event asked;
  scripted_server server{transport::unix_socket, [&](scripted_server& s) {
                           auto [connection, request] = s.accept_request();
                           asked.set();
                           connection.wait_for_close();
                         }};
  auto first = start(make_request(server.origin()));
  asked.wait();
  auto second = start(make_request(server.origin()));
  loop.reset();
  BOOST_TEST((failure_of(first).code == errc::service_restarted));
  BOOST_TEST((failure_of(second).code == errc::service_restarted));
  server.finish();
}

// -- limits -------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_body_beyond_its_limit_is_too_large) {
  for (auto* head : {"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n",
                     "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"}) {
    scripted_server server{transport::tcp, [&](scripted_server& s) {
                             for (;;) {
                               auto [connection, request] = s.accept_request();
                               connection.write(head);
                               connection.write("123456");
                             }
                           }};
    auto request = make_request(server.origin());
    request.limits.body = 6;
    BOOST_TEST(exchange(request).body == "123456");
    request.limits.body = 5;
    auto x = failure(request);
    BOOST_TEST((x.code == errc::too_large));
    BOOST_TEST(x.reply == "the body of the answer exceeds 5 bytes");
  }
}

BOOST_AUTO_TEST_CASE(an_announced_body_beyond_its_limit_is_not_awaited) {
  scripted_server server{transport::tcp, [&](scripted_server& s) {
                           auto [connection, request] = s.accept_request();
                           connection.write("HTTP/1.1 200 OK\r\n"
                                            "Content-Length: 99\r\n\r\n1");
                           connection.wait_for_close();
                         }};
  auto request = make_request(server.origin());
  request.limits.body = 98;
  BOOST_TEST((failure(request).code == errc::too_large));
  server.finish();
}

BOOST_AUTO_TEST_CASE(headers_beyond_their_limit_are_too_large) {
  std::string many;
  for (auto i = 0; i < 1'000; ++i)
    many += "X-Header: 0123456789\r\n";
  auto one = "X-Header: " + std::string(200'000, 'x') + "\r\n";
  for (const auto& headers : {many, one}) {
    scripted_server server{transport::tcp,
                           answer_each("HTTP/1.1 200 OK\r\n" + headers
                                       + "Content-Length: 0\r\n\r\n")};
    auto request = make_request(server.origin());
    request.limits.headers = 10'000;
    BOOST_TEST((failure(request).code == errc::too_large));
  }
}

// -- arguments ----------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_request_that_cannot_be_right_is_not_sent) {
  auto origin = http_origin{.base_url = "http://127.0.0.1:1"};
  auto request = make_request(origin);
  request.headers = {{"X-Token", secret{"a\r\nX-Admin: yes"}}};
  BOOST_TEST((failure(request).code == errc::invalid_argument));
  BOOST_TEST(
    (failure(make_request(origin, "/a b")).code == errc::invalid_argument));
  origin.base_url = "ftp://127.0.0.1:1";
  BOOST_TEST((failure(make_request(origin)).code == errc::invalid_argument));
  origin = {.base_url = "http://docker", .socket_path = std::string(108, 'x')};
  auto x = failure(make_request(origin));
  BOOST_TEST((x.code == errc::invalid_argument));
  BOOST_TEST(contains(x.reply, "longer than 107 bytes"));
}

BOOST_AUTO_TEST_SUITE_END()
