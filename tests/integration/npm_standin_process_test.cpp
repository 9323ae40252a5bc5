// Starting, stopping and dying, of the stand-in and of its nginx.

#include "tests/support/npm_session.hpp"

#include <boost/test/unit_test.hpp>

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <thread>

using namespace dw::test;

namespace {

/// Waits for the end of a process that need not be a child of ours.
class process_end {
public:
  explicit process_end(pid_t pid)
    : handle_(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))) {
    // nop
  }
  process_end(const process_end&) = delete;
  process_end& operator=(const process_end&) = delete;
  ~process_end() {
    ::close(handle_);
  }

  bool comes() const {
    constexpr int patience_ms = 20'000;
    pollfd x{handle_, POLLIN, 0};
    return ::poll(&x, 1, patience_ms) == 1;
  }

private:
  int handle_;
};

struct directory : temp_directory {
  npm_standin_options options() const {
    return {.directory = path()};
  }
};

std::uint16_t port_of(const std::string& url) {
  return static_cast<std::uint16_t>(
    std::stoi(url.substr(url.find(':', url.find("//")) + 1)));
}

/// Sends bytes to the API's port and returns what comes back.
std::string send_raw(const npm_standin_process& to, const std::string& bytes) {
  const auto descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port_of(to.api_url()));
  BOOST_TEST_REQUIRE(::connect(descriptor,
                               reinterpret_cast<sockaddr*>(&address),
                               sizeof(address))
                     == 0);
  ::send(descriptor, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  ::shutdown(descriptor, SHUT_WR);
  std::string out;
  char next = 0;
  while (::recv(descriptor, &next, 1, 0) == 1)
    out += next;
  ::close(descriptor);
  return out;
}

} // namespace

BOOST_AUTO_TEST_CASE(it_stops_cleanly_and_takes_its_nginx_along) {
  npm_standin_process standin;
  const process_end nginx{standin.nginx_pid()};
  const auto directory = standin.directory();
  BOOST_TEST(standin.visit("any.test").status == 200);
  BOOST_TEST(standin.stop() == 0);
  BOOST_TEST(nginx.comes());
  BOOST_TEST(!std::filesystem::exists(directory));
}

BOOST_AUTO_TEST_CASE(two_of_them_do_not_touch_each_other) {
  npm_standin_process one;
  npm_standin_process two;
  npm_session{one}.create_host("a.test", 1);
  BOOST_TEST(
    npm_session{two}.ask("GET", "/nginx/proxy-hosts").body.items().empty());
  one.stop();
  BOOST_TEST(two.visit("any.test").status == 200);
}

BOOST_AUTO_TEST_CASE(nginx_ends_when_the_program_is_killed) {
  npm_standin_process standin;
  const process_end nginx{standin.nginx_pid()};
  ::kill(standin.pid(), SIGKILL);
  BOOST_TEST(nginx.comes());
}

BOOST_AUTO_TEST_CASE(it_ends_with_the_thread_that_started_it) {
  std::unique_ptr<npm_standin_process> standin;
  std::thread{[&] {
    standin = std::make_unique<npm_standin_process>();
  }}.join();
  BOOST_TEST(process_end{standin->pid()}.comes());
  BOOST_TEST(standin->stop() == 0);
}

BOOST_AUTO_TEST_CASE(a_delayed_request_does_not_delay_the_end) {
  npm_standin_process standin;
  standin.fail_next(R"({"path":"/","delay-ms":3600000})");
  std::thread visitor{[&] { exchange({"GET", standin.api_url() + "/"}); }};
  while (standin.control("GET", "/control/counters").find("GET /")
         == std::string::npos) {
    // The request is on its way.
  }
  BOOST_TEST(standin.stop() == 0);
  visitor.join();
}

BOOST_FIXTURE_TEST_CASE(a_restart_keeps_hosts_tokens_and_traffic, directory) {
  npm_standin_process first{options()};
  const npm_session admin{first};
  admin.create_host("a.test", 1);
  const auto token = admin.token();
  first.stop();
  npm_standin_process second{options()};
  const auto listed = exchange({"GET",
                                second.api_url() + "/nginx/proxy-hosts",
                                {{"Authorization", "Bearer " + token}}});
  BOOST_TEST(listed.status == 200);
  BOOST_TEST(listed.body.find("a.test") != std::string::npos);
  BOOST_TEST(second.visit("a.test").status == 502);
}

BOOST_FIXTURE_TEST_CASE(hosts_are_served_again_after_nginx_lost_its_files,
                        directory) {
  {
    npm_standin_process first{options()};
    npm_session{first}.create_host("a.test", 1);
  }
  std::filesystem::remove_all(path("data/nginx"));
  npm_standin_process second{options()};
  second.settle();
  BOOST_TEST(second.visit("a.test").status == 502);
}

BOOST_FIXTURE_TEST_CASE(lost_keys_make_every_token_a_server_error, directory) {
  std::string token;
  {
    npm_standin_process first{options()};
    token = npm_session{first}.token();
  }
  std::filesystem::remove(path("data/keys.json"));
  npm_standin_process second{options()};
  BOOST_TEST(exchange({"GET",
                       second.api_url() + "/tokens",
                       {{"Authorization", "Bearer " + token}}})
               .status
             == 500);
  BOOST_TEST(npm_session{second}.ask("GET", "/tokens").status == 200);
}

BOOST_AUTO_TEST_CASE(garbage_is_refused_and_forgotten) {
  npm_standin_process standin;
  const std::string requests[] = {
    "garbage\r\n\r\n",
    std::string(100'000, '\xff'),
    "GET /api/ HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
    "POST /api/tokens HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n{",
    "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
  };
  for (const auto& bytes : requests)
    BOOST_TEST(send_raw(standin, bytes).starts_with("HTTP/1.1 400"));
  BOOST_TEST(send_raw(standin, "GET /api/ HT").find("200 OK")
             == std::string::npos);
  BOOST_TEST(exchange({"GET", standin.api_url() + "/"}).status == 200);
}
