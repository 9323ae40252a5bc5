#include "tests/support/http_recorder.hpp"
#include "tests/support/server_fixture.hpp"
#include "tests/support/tls.hpp"

#include <boost/test/unit_test.hpp>

using namespace dw;
using namespace dw::test;
using namespace std::chrono_literals;

namespace {

const certificates& ours() {
  static const certificates instance;
  return instance;
}

server_tls files() {
  return {ours().file("server.pem"), ours().file("server.key")};
}

struct fixture : loop_fixture {
  temp_directory dir;
  server_limits limits;
  std::unique_ptr<http_server> server;

  void start(http_server::handler serve) {
    auto made = http_server::start({tcp_listener{.tls = files()}}, limits,
                                   std::move(serve));
    if (!made)
      throw std::runtime_error{render(made.error())};
    server = std::move(*made);
  }

  http_request make_tls_request(std::string target = "/") const {
    auto port = std::to_string(server->ports().at(0));
    return make_request({.base_url = "https://localhost:" + port,
                         .connect_to = "127.0.0.1:" + port,
                         .tls = ours().anonymous()},
                        std::move(target));
  }
};

/// One connection of OpenSSL with whatever versions a test allows.
class tls_client {
public:
  tls_client(uint16_t port, int max_version)
    : fd_{socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)},
      context_{SSL_CTX_new(TLS_client_method()), &SSL_CTX_free} {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    if (::connect(fd_, reinterpret_cast<const sockaddr*>(&address),
                  sizeof address)
        != 0)
      throw std::runtime_error{"cannot connect"};
    SSL_CTX_set_security_level(context_.get(), 0); // old versions need it
    SSL_CTX_set_min_proto_version(context_.get(), 0);
    SSL_CTX_set_max_proto_version(context_.get(), max_version);
    ssl_.reset(SSL_new(context_.get()));
    SSL_set_fd(ssl_.get(), fd_);
  }

  tls_client(const tls_client&) = delete;
  tls_client& operator=(const tls_client&) = delete;

  ~tls_client() {
    ssl_.reset();
    close(fd_);
  }

  bool shake_hands() {
    return SSL_connect(ssl_.get()) == 1;
  }

  void send(std::string_view bytes) {
    SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size()));
  }

  /// Reads to the end. @returns whether the server has said that it is one.
  bool read_all(std::string& out) {
    std::array<char, 4096> piece{};
    for (;;) {
      auto n = SSL_read(ssl_.get(), piece.data(), piece.size());
      if (n <= 0)
        return SSL_get_error(ssl_.get(), n) == SSL_ERROR_ZERO_RETURN;
      out.append(piece.data(), static_cast<size_t>(n));
    }
  }

private:
  int fd_;
  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_;
  std::unique_ptr<SSL, decltype(&SSL_free)> ssl_{nullptr, &SSL_free};
};

void echo(const server_request& request, const responder& answer) {
  answer.answer({.body = (request.peer.tls ? "tls " : "") + request.path[0]
                         + request.body});
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(http_server_tls, fixture)

BOOST_AUTO_TEST_CASE(requests_come_over_tls) {
  start(echo);
  for (auto i = 0; i < 100; ++i)
    BOOST_TEST(exchange(make_tls_request("/" + std::to_string(i))).body
               == "tls " + std::to_string(i));
}

BOOST_AUTO_TEST_CASE(large_bodies_go_both_ways) {
  limits.body_bytes = 10'000'000;
  start(echo);
  auto request = make_tls_request("/x");
  request.method = http_method::post;
  request.body = std::string(5'000'000, 'y');
  BOOST_TEST((exchange(request).body == "tls x" + request.body));
}

BOOST_AUTO_TEST_CASE(a_stream_comes_over_tls) {
  mailbox<std::string> events;
  mailbox<server_stream> streams;
  start([&](const auto&, const auto& answer) {
    streams.put(
      answer.begin_stream(200, {}, {.on_gone = [&] { events.put("gone"); }})
        .value());
  });
  auto id = this->loop_fixture::start(make_tls_request(), true);
  auto stream = streams.take();
  stream.write("one");
  BOOST_TEST(recorder->wait_bytes(id, 3) == "one");
  loop->cancel(id);
  BOOST_TEST(events.take() == "gone");
}

BOOST_AUTO_TEST_CASE(the_end_of_a_connection_is_said) {
  start(echo);
  for (auto version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    tls_client client{server->ports().at(0), version};
    BOOST_REQUIRE(client.shake_hands());
    client.send("GET /x HTTP/1.0\r\n\r\n");
    std::string all;
    BOOST_TEST(client.read_all(all)); // so nobody can cut it unnoticed
    BOOST_TEST(all.ends_with("\r\n\r\ntls x"));
  }
}

BOOST_AUTO_TEST_CASE(versions_before_1_2_are_refused) {
  start(echo);
  tls_client client{server->ports().at(0), TLS1_1_VERSION};
  BOOST_TEST(!client.shake_hands());
}

BOOST_AUTO_TEST_CASE(what_is_no_tls_is_closed) {
  start(echo);
  auto client = raw_client::to_port(server->ports().at(0));
  client.request("GET /");
  client.read_all(); // an alert, perhaps
  BOOST_TEST(exchange(make_tls_request("/x")).body == "tls x");
}

BOOST_AUTO_TEST_CASE(a_client_that_does_not_shake_hands_is_closed) {
  limits.header_time = 5ms;
  start(echo);
  BOOST_TEST(raw_client::to_port(server->ports().at(0)).is_closed());
}

BOOST_AUTO_TEST_CASE(too_many_connections_are_closed) {
  limits.connections = 1;
  start(echo);
  BOOST_TEST(exchange(make_tls_request("/x")).body == "tls x"); // and is kept
  BOOST_TEST(raw_client::to_port(server->ports().at(0)).is_closed());
}

BOOST_AUTO_TEST_CASE(an_open_answer_is_finished_after_stop) {
  limits.grace_time = 1h;
  mailbox<responder> answers;
  start([&](const auto&, const auto& answer) { answers.put(answer); });
  auto id = this->loop_fixture::start(make_tls_request());
  auto answer = answers.take();
  server->stop();
  answer.answer({.body = "done"});
  BOOST_TEST(response_of(id).body == "done");
  server.reset();
}

BOOST_AUTO_TEST_CASE(files_that_cannot_be_used_are_told) {
  auto problem_of = [](server_tls x) {
    auto made
      = http_server::start({tcp_listener{.tls = std::move(x)}}, {}, echo);
    BOOST_REQUIRE(!made);
    BOOST_TEST((code_of(made.error()) == errc::tls_failed));
    return dw::failure_of(made.error());
  };
  BOOST_TEST(problem_of({dir.path("none"), files().key}).object
             == dir.path("none"));
  auto empty = dir.write("empty", "");
  BOOST_TEST(problem_of({empty, files().key}).object == empty);
  BOOST_TEST(problem_of({files().certificate, empty}).object == empty);
  // The key of another certificate.
  auto other = ours().file("client.key");
  BOOST_TEST(problem_of({files().certificate, other}).object == other);
}

BOOST_AUTO_TEST_CASE(a_key_with_a_passphrase_is_told_without_asking) {
  auto locked = dir.path("locked.key");
  auto command = "openssl ec -aes128 -passout pass:x -in " + files().key
                 + " -out " + locked + " 2> /dev/null";
  BOOST_REQUIRE(std::system(command.c_str()) == 0);
  auto made = http_server::start(
    {tcp_listener{.tls = server_tls{files().certificate, locked}}}, {}, echo);
  BOOST_REQUIRE(!made);
  BOOST_TEST(dw::failure_of(made.error()).object == locked);
}

BOOST_AUTO_TEST_SUITE_END()
