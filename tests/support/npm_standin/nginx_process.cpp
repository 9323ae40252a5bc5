#include "tests/support/npm_standin/nginx_process.hpp"

#include "tests/support/npm_standin/files.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

extern "C" {
// glibc 2.36 forgot to declare its functions for C++.
#include <sys/pidfd.h>
}

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <sstream>
#include <stdexcept>
#include <system_error>
#include <thread>
#include <utility>

namespace npm_standin {

namespace {

[[noreturn]] void fail(const char* what) {
  throw std::system_error{errno, std::generic_category(), what};
}

std::vector<char*> pointers(std::vector<std::string>& from) {
  std::vector<char*> out;
  out.reserve(from.size() + 1);
  for (auto& x : from)
    out.push_back(x.data());
  out.push_back(nullptr);
  return out;
}

/// Polls a condition that no event tells of.
/// @throws std::runtime_error if it takes too long.
template <class Condition>
void wait_until(Condition is_met) {
  constexpr auto patience = std::chrono::seconds{20};
  constexpr auto pace = std::chrono::milliseconds{2};
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (!is_met()) {
    if (std::chrono::steady_clock::now() > deadline)
      throw std::runtime_error{"nginx did not replace its workers"};
    std::this_thread::sleep_for(pace);
  }
}

/// A worker tells by its title only that it retires, and has none when it ends.
bool is_accepting(pid_t worker) {
  const auto title
    = read_file("/proc/" + std::to_string(worker) + "/cmdline").value_or("");
  return !title.empty() && title.find("shutting down") == std::string::npos;
}

/// Runs in the child; only async-signal-safe calls.
[[noreturn]] void
become_nginx(char* const* arguments, char* const* environment,
             const std::vector<listening_socket>& sockets, pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (::getppid() != parent)
    ::_exit(1);
  ::setpgid(0, 0);
  sigset_t none;
  sigemptyset(&none);
  ::pthread_sigmask(SIG_SETMASK, &none, nullptr);
  for (const auto& x : sockets)
    ::fcntl(x.descriptor(), F_SETFD, 0);
  ::execve(arguments[0], arguments, environment);
  ::_exit(127);
}

/// Reads until the other end is closed.
std::string drain(int descriptor) {
  std::string out;
  std::array<char, 4096> chunk{};
  for (;;) {
    auto size = ::read(descriptor, chunk.data(), chunk.size());
    if (size > 0)
      out.append(chunk.data(), static_cast<std::size_t>(size));
    else if (size == 0 || errno != EINTR)
      return out;
  }
}

int wait_for(pid_t pid) {
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    // nop
  }
  return status;
}

} // namespace

// -- listening socket ---------------------------------------------------------

listening_socket::listening_socket(const std::string& host, std::uint16_t port)
  // nginx expects of a socket that it inherits that accept() does not block.
  // All workers wake up for a connection, and all but one would hang there:
  // they would neither serve nor retire until the next connection.
  : descriptor_(
    ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
  if (descriptor_ < 0)
    fail("socket");
  const int on = 1;
  ::setsockopt(descriptor_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  socklen_t size = sizeof(address);
  auto* name = reinterpret_cast<sockaddr*>(&address);
  if (::inet_pton(AF_INET, host.c_str(), &address.sin_addr) != 1
      || ::bind(descriptor_, name, size) != 0
      || ::listen(descriptor_, SOMAXCONN) != 0
      || ::getsockname(descriptor_, name, &size) != 0) {
    ::close(descriptor_);
    fail("cannot listen on the port for nginx");
  }
  port_ = ntohs(address.sin_port);
}

listening_socket::~listening_socket() {
  if (descriptor_ >= 0)
    ::close(descriptor_);
}

listening_socket::listening_socket(listening_socket&& other) noexcept
  : descriptor_(std::exchange(other.descriptor_, -1)), port_(other.port_) {
  // nop
}

int listening_socket::descriptor() const {
  return descriptor_;
}

std::uint16_t listening_socket::port() const {
  return port_;
}

// -- nginx --------------------------------------------------------------------

nginx_process::nginx_process(std::string program, const nginx_layout& layout,
                             const std::vector<listening_socket>& sockets)
  : program_(std::move(program)), root_(layout.root) {
  for (const auto* directory : {"run", "logs", "tmp"})
    std::filesystem::create_directories(root_ / directory);
  std::vector<std::string> arguments{
    program_, "-p", root_.string(), "-e", "logs/error.log", "-c", "nginx.conf"};
  // How an nginx hands its sockets to its successor during an upgrade.
  std::vector<std::string> environment{"NGINX="};
  for (const auto& x : sockets)
    environment[0] += std::to_string(x.descriptor()) + ";";
  const auto argv = pointers(arguments);
  const auto envp = pointers(environment);
  const auto parent = ::getpid();
  pid_ = ::fork();
  if (pid_ < 0)
    fail("fork");
  if (pid_ == 0)
    become_nginx(argv.data(), envp.data(), sockets, parent);
  ::setpgid(pid_, pid_);
}

nginx_process::~nginx_process() {
  constexpr int patience_ms = 5000;
  auto handle = ::pidfd_open(pid_, 0);
  ::kill(pid_, SIGTERM);
  pollfd exit{handle, POLLIN, 0};
  if (handle < 0 || ::poll(&exit, 1, patience_ms) != 1)
    ::kill(-pid_, SIGKILL);
  if (handle >= 0)
    ::close(handle);
  wait_for(pid_);
}

pid_t nginx_process::pid() const {
  return pid_;
}

nginx_process::verdict nginx_process::test() const {
  return run({"-t"});
}

nginx_process::verdict nginx_process::reload() {
  settle();
  // A list of children may lack some while others of them end.
  wait_until([this] {
    retiring_ = accepting_workers();
    return retiring_.size() == worker_count;
  });
  auto result = run({"-s", "reload"});
  if (!result.good)
    retiring_.clear();
  return result;
}

void nginx_process::settle() const {
  wait_until([this] { return std::ranges::none_of(retiring_, is_accepting); });
}

std::vector<pid_t> nginx_process::accepting_workers() const {
  const auto id = std::to_string(pid_);
  std::istringstream children{
    read_file("/proc/" + id + "/task/" + id + "/children").value_or("")};
  std::vector<pid_t> out;
  for (pid_t child = 0; children >> child;)
    if (is_accepting(child))
      out.push_back(child);
  return out;
}

nginx_process::verdict
nginx_process::run(const std::vector<std::string>& extra) const {
  std::array<int, 2> output{};
  if (::pipe2(output.data(), O_CLOEXEC) != 0)
    fail("pipe2");
  std::vector<std::string> arguments{program_, "-p", root_.string(), "-e",
                                     "stderr", "-c", "nginx.conf"};
  arguments.insert(arguments.end(), extra.begin(), extra.end());
  const auto argv = pointers(arguments);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, output[1], STDERR_FILENO);
  // Sockets of clients must not stay open in here.
  posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
  sigset_t none;
  sigemptyset(&none);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
  pid_t child = -1;
  auto error = ::posix_spawn(&child, program_.c_str(), &actions, &attributes,
                             argv.data(), environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  ::close(output[1]);
  auto text = drain(output[0]);
  ::close(output[0]);
  if (error != 0)
    return {false, "cannot run " + program_};
  auto status = wait_for(child);
  return {WIFEXITED(status) && WEXITSTATUS(status) == 0, std::move(text)};
}

} // namespace npm_standin
