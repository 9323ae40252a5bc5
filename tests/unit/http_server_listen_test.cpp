#include "tests/support/server_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <fcntl.h>
#include <sys/stat.h>

#include <filesystem>
#include <system_error>

using namespace dw;
using namespace dw::test;
using namespace std::chrono_literals;

namespace {

void answer_ok(const server_request&, const responder& answer) {
  answer.answer({.body = "ok"});
}

std::string get(raw_client client) {
  client.request("GET /");
  return client.read_response().body;
}

/// Tries to listen, which has to fail.
caf::error problem_of(server_listener x) {
  auto made = http_server::start({std::move(x)}, {}, answer_ok);
  BOOST_REQUIRE(!made);
  return made.error();
}

bool can_connect(const std::string& path) {
  try {
    raw_client::to_path(path);
    return true;
  } catch (const std::system_error&) {
    return false;
  }
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(http_server_listen, server_fixture)

// -- unix sockets -------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_socket_has_the_mode_that_was_asked_for) {
  auto other = dir.path("other");
  auto made = http_server::start(
    {unix_listener{path, 0660}, unix_listener{other}}, {}, answer_ok);
  BOOST_REQUIRE(made);
  struct stat found {};
  BOOST_REQUIRE(stat(path.c_str(), &found) == 0);
  BOOST_TEST((found.st_mode & 07777) == 0660u);
  BOOST_REQUIRE(stat(other.c_str(), &found) == 0);
  BOOST_TEST((found.st_mode & 07777) == 0600u);
  BOOST_TEST(get(raw_client::to_path(path)) == "ok");
  BOOST_TEST(get(raw_client::to_path(other)) == "ok");
}

BOOST_AUTO_TEST_CASE(a_socket_is_removed_at_the_end) {
  start(answer_ok);
  BOOST_TEST(get(connect()) == "ok");
  server.reset();
  BOOST_TEST(std::filesystem::is_empty(dir.path()));
}

BOOST_AUTO_TEST_CASE(the_socket_of_a_dead_server_is_replaced) {
  auto fd = socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(&address.sun_path, path.c_str(), path.size() + 1);
  BOOST_REQUIRE(
    bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  close(fd);
  BOOST_REQUIRE(std::filesystem::is_socket(path));
  start(answer_ok);
  BOOST_TEST(get(connect()) == "ok");
}

BOOST_AUTO_TEST_CASE(the_socket_of_a_living_server_is_left_alone) {
  start(answer_ok);
  auto problem = problem_of(unix_listener{path});
  BOOST_TEST((code_of(problem) == errc::conflict));
  BOOST_TEST(render(problem)
             == "could not listen on " + path
                  + ": another server listens there\n"
                    "  Stop that server, or name another path.");
  BOOST_TEST(get(connect()) == "ok");
}

BOOST_AUTO_TEST_CASE(a_file_that_is_no_socket_is_left_alone) {
  dir.write("socket", "precious");
  auto problem = problem_of(unix_listener{path});
  BOOST_TEST((code_of(problem) == errc::conflict));
  BOOST_TEST(failure_of(problem).reply == "this file is not a socket");
  BOOST_TEST(std::filesystem::file_size(path) == 8u);
}

BOOST_AUTO_TEST_CASE(somebody_elses_socket_is_not_removed) {
  start(answer_ok);
  std::filesystem::remove(path);
  auto other = http_server::start({unix_listener{path}}, {}, answer_ok);
  BOOST_REQUIRE(other);
  server.reset();
  BOOST_TEST(get(connect()) == "ok");
}

BOOST_AUTO_TEST_CASE(a_path_has_to_be_possible) {
  auto code = [](const std::string& x) {
    return code_of(problem_of(unix_listener{x}));
  };
  BOOST_TEST((code("") == errc::invalid_argument));
  BOOST_TEST((code(dir.path(std::string(108, 'x'))) == errc::invalid_argument));
  BOOST_TEST((code(dir.path("none/socket")) == errc::not_found));
}

// -- TCP ----------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_port_may_be_any_free_one) {
  start(answer_ok);
  BOOST_TEST(server->ports().at(0) == 0u);
  BOOST_TEST(server->ports().at(1) != 0u);
  BOOST_TEST(get(connect_tcp()) == "ok");
}

BOOST_AUTO_TEST_CASE(a_port_that_is_taken_is_told) {
  start(answer_ok);
  auto port = server->ports().at(1);
  auto problem = problem_of(tcp_listener{.port = port});
  BOOST_TEST((code_of(problem) == errc::conflict));
  BOOST_TEST(render(problem)
             == "could not listen on 127.0.0.1:" + std::to_string(port)
                  + ": Address already in use");
}

BOOST_AUTO_TEST_CASE(a_port_can_be_used_again_at_once) {
  start(answer_ok);
  auto port = server->ports().at(1);
  auto client = connect_tcp();
  client.request("GET /",
                 "Connection: close\r\n"); // so the server closes first
  client.read_response();
  BOOST_TEST(client.is_closed());
  server.reset();
  auto again = http_server::start({tcp_listener{.port = port}}, {}, answer_ok);
  BOOST_REQUIRE(again);
  BOOST_TEST(get(raw_client::to_port(port)) == "ok");
}

BOOST_AUTO_TEST_CASE(an_address_is_no_name) {
  auto problem = problem_of(tcp_listener{.address = "localhost", .port = 1});
  BOOST_TEST((code_of(problem) == errc::invalid_argument));
  BOOST_TEST(failure_of(problem).object == "localhost:1");
  problem = problem_of(tcp_listener{.address = "192.0.2.1"});
  BOOST_TEST((code_of(problem) == errc::invalid_argument)); // not ours
}

BOOST_AUTO_TEST_CASE(ipv6_means_ipv4_too) {
  auto made
    = http_server::start({tcp_listener{.address = "::"}}, limits,
                         [](const auto& request, const auto& answer) {
                           answer.answer({.body = request.peer.address});
                         });
  if (!made)
    return; // this machine has no IPv6
  BOOST_TEST(get(raw_client::to_port((*made)->ports()[0])) == "127.0.0.1");
}

BOOST_AUTO_TEST_CASE(one_listener_that_fails_leaves_nothing) {
  start(answer_ok);
  auto other = dir.path("other");
  auto made = http_server::start({unix_listener{other}, unix_listener{path}},
                                 {}, answer_ok);
  BOOST_TEST(!made);
  BOOST_TEST(!std::filesystem::exists(other));
}

BOOST_AUTO_TEST_CASE(child_processes_inherit_nothing) {
  start();
  auto client = connect();
  auto remote = connect_tcp();
  client.request("GET /");
  auto x = requests.take();
  remote.request("GET /");
  auto y = requests.take();
  for (const auto& entry :
       std::filesystem::directory_iterator{"/proc/self/fd"}) {
    auto fd = std::stoi(entry.path().filename());
    std::error_code gone;
    auto target = std::filesystem::read_symlink(entry.path(), gone).string();
    if (target.starts_with("socket:"))
      BOOST_TEST((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0, target);
  }
}

// -- the end ------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(an_open_answer_is_finished_after_stop) {
  limits.grace_time = 1h;
  start();
  auto client = connect();
  client.request("GET /x");
  auto x = requests.take();
  auto streaming = connect_tcp();
  streaming.request("GET /");
  auto stream = requests.take().answer.begin_stream(200, {}).value();
  stream.write("one");
  streaming.read_head();
  auto idle = connect();
  idle.request("GET /y");
  answer_next();
  idle.read_response();
  server->stop();
  BOOST_TEST(idle.is_closed());
  BOOST_TEST(!can_connect(path));
  x.answer.answer({.body = "done"});
  auto response = client.read_response();
  BOOST_TEST(response.body == "done");
  BOOST_TEST(response.header("Connection") == "close");
  stream.write("two");
  stream.end();
  BOOST_TEST(streaming.read_chunk() == "one");
  BOOST_TEST(streaming.read_chunk() == "two");
  BOOST_TEST(streaming.read_chunk().empty());
  server.reset();
  BOOST_TEST(client.is_closed());
  BOOST_TEST(streaming.is_closed());
}

BOOST_AUTO_TEST_CASE(a_request_that_is_not_complete_is_refused_by_stop) {
  start();
  auto client = connect();
  // The server asks for the body, so it has the headers.
  client.send("POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\n"
              "Content-Length: 3\r\n\r\n");
  BOOST_TEST(client.read_response().status == 100);
  client.send("a");
  server->stop();
  BOOST_TEST(client.read_response().status == 503);
  BOOST_TEST(client.is_closed());
}

BOOST_AUTO_TEST_CASE(a_pipelined_request_is_not_begun_after_stop) {
  start();
  auto client = connect();
  client.send("GET /1 HTTP/1.1\r\nHost: h\r\n\r\n"
              "GET /2 HTTP/1.1\r\nHost: h\r\n\r\n");
  auto x = requests.take();
  server->stop();
  x.answer.answer({.body = "1"});
  BOOST_TEST(client.read_response().body == "1");
  BOOST_TEST(client.is_closed());
  BOOST_TEST(requests.empty());
}

BOOST_AUTO_TEST_CASE(an_answer_that_does_not_come_is_cut_after_the_grace_time) {
  limits.grace_time = 5ms;
  start();
  auto client = connect();
  client.request("GET /");
  auto x = requests.take();
  auto streaming = connect();
  streaming.request("GET /");
  mailbox<std::string> events;
  auto stream = requests.take().answer.begin_stream(
    200, {}, {.on_gone = [&] { events.put("gone"); }});
  BOOST_REQUIRE(stream);
  server->stop();
  BOOST_TEST(events.take() == "gone");
  BOOST_TEST(client.is_closed());
  BOOST_TEST(!streaming.read_response().complete);
  BOOST_TEST(!x.answer.answer({}));
}

BOOST_AUTO_TEST_CASE(responders_outlive_the_server) {
  limits.grace_time = {};
  start();
  auto client = connect();
  client.request("GET /");
  auto x = requests.take();
  auto streaming = connect();
  streaming.request("GET /");
  auto stream = requests.take().answer.begin_stream(200, {});
  BOOST_REQUIRE(stream);
  server.reset();
  BOOST_TEST(!x.answer.answer({}));
  BOOST_TEST(!x.answer.begin_stream(200, {}));
  BOOST_TEST((stream->write("x") == server_stream_state::gone));
  stream->end();
}

BOOST_AUTO_TEST_CASE(a_server_may_be_stopped_twice_and_without_listeners) {
  start(answer_ok);
  server->stop();
  server->stop();
  auto made = http_server::start({}, {}, answer_ok);
  BOOST_REQUIRE(made);
  (*made)->stop();
}

BOOST_AUTO_TEST_SUITE_END()
