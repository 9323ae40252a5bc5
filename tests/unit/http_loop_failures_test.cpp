#include "tests/support/http_recorder.hpp"
#include "tests/support/scripted_server.hpp"

#include <boost/test/unit_test.hpp>

#include <unistd.h>

#include <fstream>

using namespace dw;
using namespace dw::test;
using namespace std::chrono_literals;

namespace {

struct fixture : loop_fixture {
  temp_directory dir;

  http_failure failure_at(std::string socket_path) {
    return failure(make_request(
      {.base_url = "http://docker", .socket_path = std::move(socket_path)}));
  }

  /// What follows if the server answers with `bytes` and closes.
  http_failure failure_after(std::string_view bytes) {
    scripted_server server{transport::tcp, [&](scripted_server& s) {
                             auto [connection, request] = s.accept_request();
                             connection.write(bytes);
                           }};
    return failure(make_request(server.origin()));
  }
};

/// Reads a request, writes `bytes`, and waits for the client to give up.
scripted_server::script fall_silent_after(std::string bytes) {
  return [bytes](scripted_server& s) {
    auto [connection, request] = s.accept_request();
    connection.write(bytes);
    connection.wait_for_close();
  };
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(http_loop_failures, fixture)

// -- not reached --------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_missing_socket_is_told_from_a_dead_one) {
  BOOST_TEST((failure_at(dir.path("none")).code == errc::socket_missing));
  auto origin = scripted_server{transport::unix_socket, [](auto&) {}}.origin();
  BOOST_TEST((failure_at(origin.socket_path).code == errc::socket_missing));
  BOOST_TEST((failure_at(dir.write("file", "no socket")).code
              == errc::connection_refused));
}

BOOST_AUTO_TEST_CASE(a_socket_of_a_dead_server_refuses) {
  event linked;
  scripted_server server{transport::unix_socket, [&](scripted_server& s) {
                           linked.wait();
                           s.stop_listening();
                         }};
  std::filesystem::create_hard_link(server.origin().socket_path,
                                    dir.path("stale"));
  linked.set();
  server.finish();
  auto x = failure_at(dir.path("stale"));
  BOOST_TEST((x.code == errc::connection_refused));
  BOOST_TEST(!x.hint.empty());
}

BOOST_AUTO_TEST_CASE(a_socket_of_others_is_denied,
                     *boost::unit_test::precondition([](auto) {
                       return geteuid() != 0; // root may do everything
                     })) {
  scripted_server server{transport::unix_socket,
                         [](scripted_server& s) { s.accept(); }};
  auto path = server.origin().socket_path;
  std::filesystem::permissions(path, std::filesystem::perms::none);
  BOOST_TEST((failure_at(path).code == errc::socket_denied));
}

BOOST_AUTO_TEST_CASE(a_port_where_nobody_listens_refuses) {
  scripted_server server{transport::tcp,
                         [](scripted_server& s) { s.stop_listening(); }};
  server.finish();
  auto x = failure(make_request(server.origin()));
  BOOST_TEST((x.code == errc::connection_refused));
  BOOST_TEST(x.reply.find("Connection refused") != std::string::npos, x.reply);
}

BOOST_AUTO_TEST_CASE(a_name_that_cannot_resolve_is_told) {
  // Longer than any label may be: fails without asking a server.
  auto x = failure(
    make_request({.base_url = "http://" + std::string(64, 'x') + ".invalid"}));
  BOOST_TEST((x.code == errc::name_not_resolved), x.reply);
}

BOOST_AUTO_TEST_CASE(a_full_queue_of_connections_refuses) {
  event tried;
  scripted_server server{
    transport::unix_socket, [&](scripted_server&) { tried.wait(); }, {}, 0};
  auto request = make_request(server.origin());
  request.deadlines.total = 0ms;
  start(request); // takes the one place
  auto x = failure(request);
  BOOST_TEST((x.code == errc::connection_refused), x.reply);
  tried.set();
}

// -- lost ---------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(an_answer_that_breaks_off_is_a_lost_connection) {
  for (auto* bytes :
       {"", "HTTP/1.1 200 OK\r\nContent-",
        "HTTP/1.1 200 OK\r\n"
        "Content-Length: 3\r\n\r\n12",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n12",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n12\r\n"}) {
    auto x = failure_after(bytes);
    BOOST_TEST((x.code == errc::connection_lost),
               bytes << ": " << to_string(x.code) << " " << x.reply);
  }
}

BOOST_AUTO_TEST_CASE(a_reset_is_a_lost_connection) {
  scripted_server server{transport::tcp, [](scripted_server& s) {
                           auto [connection, request] = s.accept_request();
                           connection.write("HTTP/1.1 200 OK\r\n");
                           connection.reset();
                         }};
  BOOST_TEST(
    (failure(make_request(server.origin())).code == errc::connection_lost));
}

BOOST_AUTO_TEST_CASE(what_is_not_http_is_a_bad_reply) {
  // A TLS server's alert; then something of its own.
  for (std::string_view bytes :
       {std::string_view{"\x15\x03\x01\x00\x02\x02\x46", 7},
        std::string_view{"SSH-2.0-OpenSSH\r\n"}}) {
    auto x = failure_after(bytes);
    BOOST_TEST((x.code == errc::bad_reply), to_string(x.code) << x.reply);
    BOOST_TEST(x.hint.find("TLS") != std::string::npos);
  }
}

BOOST_AUTO_TEST_CASE(a_half_closed_connection_still_brings_the_answer) {
  scripted_server server{transport::tcp, [](scripted_server& s) {
                           auto [connection, request] = s.accept_request();
                           connection.write("HTTP/1.1 200 OK\r\n"
                                            "Connection: close\r\n\r\nall");
                           connection.half_close();
                           connection.wait_for_close();
                         }};
  BOOST_TEST(exchange(make_request(server.origin())).body == "all");
  server.finish();
}

// -- deadlines ----------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_connection_that_does_not_stand_in_time_is_timed_out) {
  scripted_server server{transport::tcp, [](scripted_server& s) {
                           s.accept().wait_for_close(); // no handshake
                         }};
  auto request = make_request(server.origin());
  request.origin.base_url.insert(4, "s");
  request.deadlines.connect = 50ms;
  auto x = failure(request);
  BOOST_TEST((x.code == errc::timed_out));
  BOOST_TEST(x.reply == "no connection within 50 ms (connect deadline)");
  server.finish();
}

BOOST_AUTO_TEST_CASE(an_answer_that_does_not_begin_in_time_is_timed_out) {
  scripted_server server{transport::unix_socket, fall_silent_after("")};
  auto request = make_request(server.origin());
  request.deadlines = {.first_byte = 50ms, .idle = 10ms};
  auto x = failure(request);
  BOOST_TEST((x.code == errc::timed_out));
  BOOST_TEST(x.reply == "no answer within 50 ms (first-byte deadline)");
  server.finish();
}

BOOST_AUTO_TEST_CASE(an_answer_that_falls_silent_is_timed_out) {
  scripted_server server{
    transport::unix_socket,
    fall_silent_after("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n1")};
  auto request = make_request(server.origin());
  request.deadlines = {.first_byte = 20s, .idle = 50ms, .total = 20s};
  auto x = failure(request);
  BOOST_TEST((x.code == errc::timed_out));
  BOOST_TEST(x.reply == "the answer stopped for 50 ms (idle deadline)");
  server.finish();
}

BOOST_AUTO_TEST_CASE(an_answer_that_drips_does_not_outlive_the_total) {
  scripted_server server{transport::unix_socket, [](scripted_server& s) {
                           auto [connection, request] = s.accept_request();
                           connection.begin_chunks();
                           while (connection.write_chunk("drip")) {
                             // until the client gives up
                           }
                         }};
  auto request = make_request(server.origin());
  request.limits.body = UINT64_MAX / 2;
  request.deadlines = {.idle = 20s, .total = 50ms};
  auto x = failure(request);
  BOOST_TEST((x.code == errc::timed_out));
  BOOST_TEST(x.reply == "not finished within 50 ms (total deadline)");
  server.finish();
}

BOOST_AUTO_TEST_CASE(the_earliest_deadline_passes_first) {
  scripted_server server{transport::unix_socket, [](scripted_server& s) {
                           auto first = s.accept_request();
                           auto second = s.accept_request();
                           auto third = s.accept_request();
                           first.first.wait_for_close();
                         }};
  auto request = make_request(server.origin());
  request.deadlines.total = 20s;
  start(request);
  request.deadlines.total = 40ms;
  auto soon = start(request);
  request.deadlines.total = 80ms;
  auto later = start(request);
  BOOST_TEST((failure_of(soon).code == errc::timed_out));
  BOOST_TEST((failure_of(later).code == errc::timed_out));
  BOOST_TEST(!recorder->ended(1));
}

BOOST_AUTO_TEST_SUITE_END()
