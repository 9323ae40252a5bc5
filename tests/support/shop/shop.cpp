/// @file
/// The web shop that the integration tests and the demo deploy: a small HTTP
/// server that says who it is, can be slow on request, and drains on SIGTERM.
///
///   GET /             200, "shop VERSION"
///   GET /healthz      200, or 503 while it is not healthy
///   GET /slow?SECONDS 200 after that time; for requests in flight
///
/// Every answer has `X-Instance-Id` and `Connection: close`. The environment:
///
///   SHOP_VERSION                the version it answers with
///   SHOP_PORTS                  where it listens, separated by blanks; 8080
///   SHOP_HEALTHY_AFTER_MS       healthy only so long after the start; 0
///   SHOP_UNHEALTHY              never healthy, if set
///   SHOP_ENDS_AFTER_MS          ends with status 3 so long after the start
///   SHOP_IGNORE_SIGTERM         needs SIGKILL, if set
///   DOCKER_WATCHER_INSTANCE_ID  the instance id that it answers with
///
/// One thread per connection; linked statically, so that an image needs
/// nothing else.

#include <arpa/inet.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <sstream>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace {

using std::chrono::steady_clock;

struct settings {
  std::string version;
  std::string instance_id;
  std::vector<uint16_t> ports;
  steady_clock::time_point healthy_at;
  bool unhealthy = false;
  /// -1 for never.
  int ends_after_ms = -1;
  bool ignore_sigterm = false;
};

/// Counts the connections, so that SIGTERM can wait for the last one.
class open_connections {
public:
  void add() {
    std::lock_guard guard{mutex_};
    ++count_;
  }

  void remove() {
    std::lock_guard guard{mutex_};
    --count_;
    none_.notify_all();
  }

  void wait_for_none() {
    std::unique_lock guard{mutex_};
    none_.wait(guard, [this] { return count_ == 0; });
  }

private:
  std::mutex mutex_;
  std::condition_variable none_;
  size_t count_ = 0;
};

std::string variable(const char* name, const char* otherwise = "") {
  const auto* value = std::getenv(name);
  return value != nullptr ? value : otherwise;
}

[[noreturn]] void give_up(const char* what) {
  std::perror(what);
  std::exit(1);
}

settings read_settings() {
  settings result;
  result.version = variable("SHOP_VERSION", "unknown");
  result.instance_id = variable("DOCKER_WATCHER_INSTANCE_ID");
  std::istringstream ports{variable("SHOP_PORTS", "8080")};
  for (uint16_t port = 0; ports >> port;)
    result.ports.push_back(port);
  result.healthy_at = steady_clock::now()
                      + std::chrono::milliseconds{
                        std::stol(variable("SHOP_HEALTHY_AFTER_MS", "0"))};
  result.ends_after_ms = std::stoi(variable("SHOP_ENDS_AFTER_MS", "-1"));
  result.unhealthy = !variable("SHOP_UNHEALTHY").empty();
  result.ignore_sigterm = !variable("SHOP_IGNORE_SIGTERM").empty();
  return result;
}

std::string
answer(const settings& self, std::string_view status, std::string_view body) {
  std::ostringstream out;
  out << "HTTP/1.1 " << status << "\r\nContent-Type: text/plain\r\n"
      << "Content-Length: " << body.size() << "\r\nConnection: close\r\n"
      << "X-Instance-Id: " << self.instance_id << "\r\n\r\n"
      << body;
  return out.str();
}

std::string answer_to(const settings& self, std::string_view target) {
  constexpr std::string_view slow = "/slow?";
  if (target == "/")
    return answer(self, "200 OK", "shop " + self.version + "\n");
  if (target == "/healthz") {
    if (self.unhealthy || steady_clock::now() < self.healthy_at)
      return answer(self, "503 Service Unavailable", "not healthy\n");
    return answer(self, "200 OK", "healthy\n");
  }
  if (target.starts_with(slow)) {
    auto seconds = std::atof(std::string{target.substr(slow.size())}.c_str());
    std::this_thread::sleep_for(std::chrono::duration<double>{seconds});
    return answer(self, "200 OK", "shop " + self.version + ", slowly\n");
  }
  return answer(self, "404 Not Found", "no such page\n");
}

/// The head of one request, empty if the client sends none in time.
std::string read_head(int socket) {
  constexpr size_t limit = 16 * 1024;
  std::string head;
  char buffer[4096];
  while (head.size() < limit && head.find("\r\n\r\n") == std::string::npos) {
    auto n = recv(socket, buffer, sizeof buffer, 0);
    if (n <= 0)
      return {};
    head.append(buffer, static_cast<size_t>(n));
  }
  return head;
}

void send_all(int socket, std::string_view bytes) {
  while (!bytes.empty()) {
    auto n = send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n <= 0)
      return;
    bytes.remove_prefix(static_cast<size_t>(n));
  }
}

void serve(const settings& self, int socket) {
  timeval patience{.tv_sec = 10, .tv_usec = 0};
  setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  std::istringstream head{read_head(socket)};
  std::string method;
  std::string target;
  if (head >> method >> target)
    send_all(socket, answer_to(self, target));
  close(socket);
}

int listen_on(uint16_t port) {
  auto result = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  int yes = 1;
  setsockopt(result, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  const auto* generic = reinterpret_cast<const sockaddr*>(&address);
  if (bind(result, generic, sizeof address) != 0)
    give_up("bind");
  if (listen(result, SOMAXCONN) != 0)
    give_up("listen");
  return result;
}

void accept_waiting(const settings& self, int listener,
                    open_connections& open) {
  for (;;) {
    auto socket = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
    if (socket < 0)
      return;
    open.add();
    std::thread{[&self, &open, socket] {
      serve(self, socket);
      open.remove();
    }}.detach();
  }
}

/// A descriptor that becomes readable on the signals that end the process.
int watch_signals(const settings& self) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  sigprocmask(SIG_BLOCK, &signals, nullptr);
  if (self.ignore_sigterm)
    sigdelset(&signals, SIGTERM);
  return signalfd(-1, &signals, SFD_CLOEXEC);
}

} // namespace

int main() {
  auto self = read_settings();
  open_connections open;
  std::vector<pollfd> watched{{watch_signals(self), POLLIN, 0}};
  for (auto port : self.ports)
    watched.push_back({listen_on(port), POLLIN, 0});
  std::printf("shop %s is open\n", self.version.c_str());
  std::fflush(stdout);
  const auto ends_at
    = steady_clock::now() + std::chrono::milliseconds{self.ends_after_ms};
  auto ending = false;
  while (!ending) {
    if (poll(watched.data(), watched.size(), self.ends_after_ms) < 0)
      give_up("poll");
    if (self.ends_after_ms >= 0 && steady_clock::now() >= ends_at)
      std::exit(3);
    ending = watched.front().revents != 0;
    // Also when it ends: who has connected is served.
    for (size_t i = 1; i < watched.size(); ++i)
      accept_waiting(self, watched[i].fd, open);
  }
  for (size_t i = 1; i < watched.size(); ++i)
    close(watched[i].fd);
  open.wait_for_none();
  std::printf("shop %s is closed\n", self.version.c_str());
}
