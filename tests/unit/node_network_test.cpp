#include "tests/support/node_peers.hpp"
#include "tests/support/raw_client.hpp"
#include "transports/tcp_connect.hpp"

#include <caf/binary_deserializer.hpp>
#include <caf/binary_serializer.hpp>
#include <caf/io/middleman.hpp>

#include <boost/test/unit_test.hpp>

#include <sys/wait.h>
#include <unistd.h>

#include <condition_variable>
#include <csignal>
#include <filesystem>
#include <mutex>
#include <optional>
#include <thread>

using namespace dw;
using namespace dw::test;
using namespace std::chrono_literals;

namespace {

uint16_t publish(node_peer& node) {
  auto port = publish_node(node.sys(), spawn_greeter(node), "127.0.0.1", 0);
  if (!port)
    throw std::runtime_error{render(port.error())};
  return *port;
}

std::string greet(node_peer& controller, const node_gateway_actor& gateway) {
  auto answer
    = controller.ask<node_challenge>(gateway, node_hello{"id", "nonce", "v"});
  return answer ? answer->nonce : render(answer.error());
}

std::vector<char> bytes_of(node_peer& peer, const caf::error& x) {
  std::vector<char> result;
  caf::binary_serializer sink{peer.sys(), result};
  if (auto err = sink(x))
    throw std::runtime_error{caf::to_string(err)};
  return result;
}

/// Listens, and says nothing.
class silent_server {
public:
  explicit silent_server(int backlog) : fd_{socket(AF_INET, SOCK_STREAM, 0)} {
    socklen_t size = sizeof address_;
    address_.sin_family = AF_INET;
    address_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto* generic = reinterpret_cast<sockaddr*>(&address_);
    if (bind(fd_, generic, size) != 0 || listen(fd_, backlog) != 0
        || getsockname(fd_, generic, &size) != 0)
      throw std::runtime_error{"cannot listen"};
  }

  ~silent_server() {
    for (auto x : open_)
      close(x);
    close(fd_);
  }

  silent_server(const silent_server&) = delete;
  silent_server& operator=(const silent_server&) = delete;

  uint16_t port() const {
    return ntohs(address_.sin_port);
  }

  void accept() {
    open_.push_back(::accept(fd_, nullptr, nullptr));
  }

  /// Lets connections that nobody has accepted fill its queue: what comes then
  /// gets no answer.
  void fill() {
    for (int i = 0; i < 4; ++i) {
      open_.push_back(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));
      static_cast<void>(connect(
        open_.back(), reinterpret_cast<sockaddr*>(&address_), sizeof address_));
    }
  }

private:
  int fd_;
  sockaddr_in address_{};
  std::vector<int> open_;
};

/// A node in a process of its own.
class node_process {
public:
  node_process() {
    std::array<int, 2> ends{};
    if (pipe(ends.data()) != 0)
      throw std::runtime_error{"cannot make a pipe"};
    pid_ = fork();
    if (pid_ == 0)
      run(ends[1]);
    if (read(ends[0], &port_, sizeof port_) != sizeof port_)
      throw std::runtime_error{"the node has not started"};
    close(ends[0]);
    close(ends[1]);
  }

  ~node_process() {
    kill();
  }

  node_process(const node_process&) = delete;
  node_process& operator=(const node_process&) = delete;

  uint16_t port() const {
    return port_;
  }

  void kill() {
    if (pid_ > 0) {
      ::kill(pid_, SIGKILL);
      waitpid(std::exchange(pid_, 0), nullptr, 0);
    }
  }

private:
  [[noreturn]] static void run(int port_out) {
    node_peer node;
    auto port = publish(node);
    if (write(port_out, &port, sizeof port) != sizeof port)
      _exit(1);
    for (;;)
      pause();
  }

  pid_t pid_ = 0;
  uint16_t port_ = 0;
};

/// Whether an actor has ended, from the thread of a test.
class end_of_actor {
public:
  template <class Handle>
  end_of_actor(node_peer& where, const Handle& whom) {
    where.keep(where.sys().spawn([this, whom](caf::event_based_actor* self) {
      self->monitor(whom);
      self->set_down_handler([this](const caf::down_msg&) {
        std::lock_guard guard{mutex_};
        is_down_ = true;
        changed_.notify_all();
      });
      return caf::behavior{[](caf::tick_atom) {}};
    }));
  }

  bool wait() {
    std::unique_lock lock{mutex_};
    return changed_.wait_for(lock, 20s, [this] { return is_down_; });
  }

private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_down_ = false;
};

struct fixture {
  errc code_of_dial(node_peer& controller, uint16_t port) {
    auto answer = controller.dial(port);
    BOOST_REQUIRE_MESSAGE(!answer, "was let in");
    BOOST_TEST_MESSAGE(render(answer.error()));
    BOOST_TEST(failure_of(answer.error()).object
               == "127.0.0.1:" + std::to_string(port));
    return code_of(answer.error());
  }

  std::string problem_of(tls_files files) {
    caf::actor_system_config config;
    auto err = configure(config, {std::move(files)});
    BOOST_REQUIRE(err);
    BOOST_CHECK(code_of(err) == errc::invalid_argument);
    return render(err);
  }

  static bool says(const std::string& text, const std::string& part) {
    BOOST_TEST_MESSAGE(text);
    return text.find(part) != std::string::npos;
  }
};

/// Certificates take a second to make.
struct tls_fixture : fixture {
  node_certificates files;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(plain, fixture)

BOOST_AUTO_TEST_CASE(a_controller_reaches_a_node) {
  node_peer node;
  node_peer controller;
  auto gateway = controller.dial(publish(node));
  BOOST_REQUIRE(gateway);
  BOOST_TEST(greet(controller, *gateway) == "nonce");
}

BOOST_AUTO_TEST_CASE(a_node_that_is_killed_is_missed_and_found_again) {
  node_process node; // forks, so it comes before the first thread
  auto port = node.port();
  node_peer controller;
  auto gateway = controller.dial(port);
  BOOST_REQUIRE(gateway);
  end_of_actor end{controller, *gateway};
  node.kill();
  BOOST_TEST(end.wait());
  BOOST_CHECK(code_of_dial(controller, port) == errc::connection_refused);
  node_peer again;
  BOOST_REQUIRE(
    publish_node(again.sys(), spawn_greeter(again), "127.0.0.1", port));
  gateway = controller.dial(port);
  BOOST_REQUIRE(gateway);
  BOOST_TEST(greet(controller, *gateway) == "nonce");
}

BOOST_AUTO_TEST_CASE(what_speaks_another_protocol_is_no_node) {
  node_peer node{caf::none, [](caf::actor_system_config& config) {
                   config.set("middleman.app-identifiers",
                              std::vector<std::string>{"other/1"});
                 }};
  node_peer controller;
  BOOST_CHECK(code_of_dial(controller, publish(node))
              == errc::version_mismatch);
}

BOOST_AUTO_TEST_CASE(what_has_another_interface_is_no_node) {
  node_peer node;
  auto other = caf::actor_cast<caf::actor>(spawn_greeter(node));
  auto port = node.sys().middleman().publish(other, 0, "127.0.0.1");
  BOOST_REQUIRE(port);
  node_peer controller;
  BOOST_CHECK(code_of_dial(controller, *port) == errc::version_mismatch);
}

BOOST_AUTO_TEST_CASE(a_port_that_is_taken_is_a_conflict) {
  node_peer node;
  auto port = publish(node);
  node_peer other;
  auto result
    = publish_node(other.sys(), spawn_greeter(other), "127.0.0.1", port);
  BOOST_REQUIRE(!result);
  BOOST_CHECK(code_of(result.error()) == errc::conflict);
}

BOOST_AUTO_TEST_CASE(a_black_hole_does_not_hold_the_dialer) {
  silent_server nowhere{0};
  nowhere.fill();
  node_peer controller;
  auto begin = std::chrono::steady_clock::now();
  BOOST_CHECK(code_of_dial(controller, nowhere.port()) == errc::timed_out);
  BOOST_CHECK(std::chrono::steady_clock::now() - begin < 10s);
}

BOOST_AUTO_TEST_CASE(a_name_that_is_not_known_is_told) {
  // No label of a name is that long, so no name server is asked.
  auto unknown = connect_tcp(std::string(80, 'a'), 1, 3s);
  BOOST_REQUIRE(!unknown);
  BOOST_CHECK(code_of(unknown.error()) == errc::name_not_resolved);
}

// AddressSanitizer, for which Clang is used, takes many times the stack.
#ifdef __clang__
constexpr size_t worst_message = max_node_message / 32;
#else
constexpr size_t worst_message = max_node_message;
#endif

BOOST_AUTO_TEST_CASE(errors_within_errors_overflow_no_stack) {
  enlarge_thread_stacks();
  node_peer node;
  auto innermost = bytes_of(node, caf::error{1, caf::atom("error")});
  auto level = bytes_of(
    node, caf::error{1, caf::atom("error"),
                     caf::make_message(caf::error{1, caf::atom("error")})});
  level.resize(level.size() - innermost.size());
  std::vector<char> all;
  while (all.size() + level.size() + innermost.size() <= worst_message)
    all.insert(all.end(), level.begin(), level.end());
  all.insert(all.end(), innermost.begin(), innermost.end());
  auto was_read = false;
  std::thread reader{[&] {
    caf::error result;
    caf::binary_deserializer source{node.sys(), all};
    was_read = !source(result);
  }};
  reader.join();
  BOOST_TEST(was_read);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(with_tls, tls_fixture)

BOOST_AUTO_TEST_CASE(both_sides_show_certificates) {
  node_peer node{files.for_node()};
  node_peer controller{files.for_controller()};
  auto gateway = controller.dial(publish(node));
  BOOST_REQUIRE(gateway);
  BOOST_TEST(greet(controller, *gateway) == "nonce");
}

BOOST_AUTO_TEST_CASE(a_node_of_another_authority_is_not_trusted) {
  node_certificates others;
  auto wrong = files.for_node();
  wrong.certificate = others.for_node().certificate;
  wrong.key = others.for_node().key;
  node_peer node{wrong};
  node_peer controller{files.for_controller()};
  BOOST_CHECK(code_of_dial(controller, publish(node)) == errc::tls_failed);
}

BOOST_AUTO_TEST_CASE(a_nodes_certificate_opens_no_node) {
  node_peer node{files.for_node()};
  auto stolen = files.for_node();
  stolen.ca = files.for_controller().ca;
  node_peer controller{stolen};
  BOOST_CHECK(code_of_dial(controller, publish(node)) == errc::tls_failed);
}

BOOST_AUTO_TEST_CASE(tls_and_none_do_not_meet) {
  node_peer node{files.for_node()};
  node_peer plain_node;
  node_peer controller{files.for_controller()};
  node_peer plain_controller;
  BOOST_CHECK(code_of_dial(controller, publish(plain_node))
              == errc::tls_failed);
  // Each waits for the other's first word, until one has enough.
  auto unheard = code_of_dial(plain_controller, publish(node));
  BOOST_CHECK(unheard == errc::connection_lost || unheard == errc::timed_out);
}

BOOST_AUTO_TEST_CASE(strangers_do_not_disturb_a_node) {
  node_peer node{files.for_node()};
  auto port = publish(node);
  auto silent = raw_client::to_port(port);
  auto noisy = raw_client::to_port(port);
  noisy.send("GET / HTTP/1.1\r\n\r\n");
  node_peer controller{files.for_controller()};
  auto gateway = controller.dial(port);
  BOOST_REQUIRE(gateway);
  BOOST_TEST(greet(controller, *gateway) == "nonce");
}

BOOST_AUTO_TEST_CASE(strangers_do_not_end_the_connections_of_others) {
  node_peer node{files.for_node()};
  auto port = publish(node);
  node_peer controller{files.for_controller()};
  auto gateway = controller.dial(port);
  BOOST_REQUIRE(gateway);
  for (std::string_view words : {"", "GET / HTTP/1.1\r\n\r\n"}) {
    auto stranger = raw_client::to_port(port);
    stranger.send(words);
    stranger.half_close();
    stranger.read_all();
    BOOST_TEST(greet(controller, *gateway) == "nonce");
  }
}

BOOST_AUTO_TEST_CASE(a_controller_can_end_while_it_connects) {
  silent_server somebody{8};
  node_peer controller{files.for_controller()};
  controller.begin_dial(somebody.port());
  somebody.accept();
}

BOOST_AUTO_TEST_CASE(a_node_can_end_while_a_stranger_is_silent) {
  std::optional<raw_client> stranger;
  node_peer node{files.for_node()};
  auto port = publish(node);
  stranger.emplace(raw_client::to_port(port));
  node_peer controller{files.for_controller()};
  BOOST_CHECK(controller.dial(port)); // so the stranger was accepted before
}

BOOST_AUTO_TEST_CASE(what_announces_too_much_is_cut_off) {
  node_peer node{files.for_node()};
  node_peer controller{files.for_controller()};
  auto port = publish(node);
  auto gateway = controller.dial(port);
  BOOST_REQUIRE(gateway);
  end_of_actor end{controller, *gateway};
  caf::anon_send(*gateway,
                 node_hello{std::string(max_node_message, 'x'), "", ""});
  BOOST_TEST(end.wait());
  gateway = controller.dial(port);
  BOOST_REQUIRE(gateway);
  BOOST_TEST(greet(controller, *gateway) == "nonce");
}

BOOST_AUTO_TEST_CASE(what_becomes_of_the_files_later_does_not_matter) {
  node_peer node{files.for_node()};
  node_peer controller{files.for_controller()};
  auto port = publish(node);
  for (const auto& x : {files.for_node(), files.for_controller()})
    for (const auto& path : {x.ca, x.certificate, x.key})
      std::filesystem::remove(path);
  BOOST_CHECK(controller.dial(port));
}

BOOST_AUTO_TEST_CASE(half_a_certificate_is_refused) {
  auto all = files.for_node();
  BOOST_CHECK(says(problem_of({all.ca, "", ""}), "all three"));
  BOOST_CHECK(says(problem_of({"", all.certificate, all.key}), "all three"));
  BOOST_CHECK(
    says(problem_of({all.ca, all.certificate, all.ca}), "no private key"));
  BOOST_CHECK(says(problem_of({all.ca, all.certificate, "/none"}),
                   "/none: No such file"));
  BOOST_CHECK(
    says(problem_of({all.key, all.certificate, all.key}), "no certificate"));
  BOOST_CHECK(
    says(problem_of({all.ca, all.certificate, files.for_controller().key}),
         "not the key of"));
}

BOOST_AUTO_TEST_CASE(a_key_with_a_passphrase_is_refused) {
  temp_directory dir;
  auto all = files.for_node();
  auto sealed = dir.path("sealed.key");
  auto command = "openssl ec -aes128 -passout pass:x -in " + all.key + " -out "
                 + sealed + " 2> " + dir.path("log");
  BOOST_REQUIRE(std::system(command.c_str()) == 0);
  BOOST_CHECK(
    says(problem_of({all.ca, all.certificate, sealed}), "passphrase"));
}

BOOST_AUTO_TEST_CASE(a_certificate_that_has_expired_is_refused) {
  temp_directory dir;
  auto old = dir.path("old.pem");
  auto x = files.for_node();
  auto command = "openssl x509 -days -1 -in " + x.certificate + " -signkey "
                 + x.key + " -out " + old + " 2> " + dir.path("log");
  BOOST_REQUIRE(std::system(command.c_str()) == 0);
  BOOST_CHECK(says(problem_of({x.ca, old, x.key}), "expired"));
}

BOOST_AUTO_TEST_SUITE_END()
