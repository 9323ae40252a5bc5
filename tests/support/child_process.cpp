#include "tests/support/child_process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace dw::test {

namespace {

using clock_type = std::chrono::steady_clock;

[[noreturn]] void throw_errno(const std::string& what, int number = errno) {
  throw std::system_error{number, std::generic_category(), what};
}

std::vector<std::string>
environment_with(std::map<std::string, std::string> changes) {
  std::vector<std::string> result;
  for (auto** x = environ; *x != nullptr; ++x) {
    const std::string_view entry{*x};
    if (!changes.contains(std::string{entry.substr(0, entry.find('='))}))
      result.emplace_back(entry);
  }
  for (const auto& [name, value] : changes)
    result.push_back(std::string{name}.append("=").append(value));
  return result;
}

std::vector<char*> pointers(std::vector<std::string>& from) {
  std::vector<char*> result;
  result.reserve(from.size() + 1);
  for (auto& x : from)
    result.push_back(x.data());
  result.push_back(nullptr);
  return result;
}

/// What a child's standard streams become.
class stream_actions {
public:
  stream_actions() {
    ::posix_spawn_file_actions_init(&value_);
  }

  stream_actions(const stream_actions&) = delete;
  stream_actions& operator=(const stream_actions&) = delete;

  ~stream_actions() {
    ::posix_spawn_file_actions_destroy(&value_);
  }

  void open(int stream, const std::string& path) {
    ::posix_spawn_file_actions_addopen(&value_, stream, path.c_str(), O_RDWR,
                                       0);
  }

  void copy(int from, int stream) {
    ::posix_spawn_file_actions_adddup2(&value_, from, stream);
  }

  const posix_spawn_file_actions_t* get() const noexcept {
    return &value_;
  }

private:
  posix_spawn_file_actions_t value_{};
};

pid_t spawn(child_command& what, const stream_actions& streams) {
  auto environment = environment_with(what.environment);
  sigset_t signals;
  posix_spawnattr_t attributes;
  ::posix_spawnattr_init(&attributes);
  ::sigemptyset(&signals);
  ::posix_spawnattr_setsigmask(&attributes, &signals);
  ::sigfillset(&signals);
  ::posix_spawnattr_setsigdefault(&attributes, &signals);
  // In a session of its own, the first terminal that it opens becomes its own.
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID
                                            | POSIX_SPAWN_SETSIGMASK
                                            | POSIX_SPAWN_SETSIGDEF);
  pid_t result = 0;
  const auto error
    = ::posix_spawnp(&result, what.words.front().c_str(), streams.get(),
                     &attributes, pointers(what.words).data(),
                     pointers(environment).data());
  ::posix_spawnattr_destroy(&attributes);
  if (error != 0)
    throw_errno("cannot run " + what.words.front(), error);
  return result;
}

/// @returns the end to read from.
descriptor make_pipe(descriptor& write_end) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0)
    throw_errno("no pipe");
  write_end = descriptor{ends[1]};
  return descriptor{ends[0]};
}

/// @returns our end of a new terminal.
descriptor make_terminal(std::string& path) {
  descriptor result{::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)};
  std::array<char, 64> name{};
  if (!result || ::grantpt(result.get()) != 0 || ::unlockpt(result.get()) != 0
      || ::ptsname_r(result.get(), name.data(), name.size()) != 0)
    throw_errno("no terminal");
  path = name.data();
  return result;
}

void never_block(const descriptor& from) {
  if (from && ::fcntl(from.get(), F_SETFL, O_NONBLOCK) != 0)
    throw_errno("fcntl");
}

/// Takes what is there; closes the descriptor at the end of the stream.
void drain(descriptor& from, std::string& to) {
  std::array<char, 4096> buffer;
  while (from) {
    const auto n = ::read(from.get(), buffer.data(), buffer.size());
    if (n > 0)
      to.append(buffer.data(), static_cast<size_t>(n));
    else if (n < 0 && errno == EINTR)
      continue;
    else if (n < 0 && errno == EAGAIN)
      return;
    else
      from.close(); // a terminal that nobody has open reports an error
  }
}

int exit_status_of(pid_t pid) {
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    // nop
  }
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

std::string everything(const child_end& x) {
  return "; standard output: " + x.output
         + "\nstandard error: " + x.error_output;
}

} // namespace

child_process::child_process(child_command what) {
  stream_actions streams;
  std::string terminal;
  descriptor output_end;
  descriptor error_end;
  if (what.on_terminal) {
    output_ = make_terminal(terminal);
    streams.open(STDIN_FILENO, terminal);
    streams.copy(STDIN_FILENO, STDOUT_FILENO);
    streams.copy(STDIN_FILENO, STDERR_FILENO);
  } else {
    output_ = make_pipe(output_end);
    error_output_ = make_pipe(error_end);
    streams.open(STDIN_FILENO, what.input_file);
    streams.copy(output_end.get(), STDOUT_FILENO);
    streams.copy(error_end.get(), STDERR_FILENO);
  }
  never_block(output_);
  never_block(error_output_);
  pid_ = spawn(what, streams);
  ended_ = descriptor{static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0))};
}

child_process::child_process(child_process&& other) noexcept
  : pid_{std::exchange(other.pid_, 0)}, ended_{std::move(other.ended_)},
    output_{std::move(other.output_)}, error_output_{std::move(
                                         other.error_output_)},
    result_{std::move(other.result_)}, has_ended_{other.has_ended_} {
  // nop
}

child_process::~child_process() {
  if (pid_ <= 0 || has_ended_)
    return;
  ::kill(-pid_, SIGKILL);
  exit_status_of(pid_);
}

void child_process::send(int signal) const {
  ::kill(pid_, signal);
}

bool child_process::is_running() {
  drain(output_, result_.output);
  drain(error_output_, result_.error_output);
  pollfd end{ended_.get(), POLLIN, 0};
  return !has_ended_ && ::poll(&end, 1, 0) == 0;
}

void child_process::type(std::string_view text) const {
  if (::write(output_.get(), text.data(), text.size())
      != static_cast<ssize_t>(text.size()))
    throw_errno("cannot type");
}

void child_process::read_until(const std::function<bool()>& is_enough,
                               milliseconds limit) {
  const auto deadline = clock_type::now() + limit;
  while (!has_ended_ && !is_enough()) {
    const auto left
      = std::chrono::ceil<milliseconds>(deadline - clock_type::now());
    if (left.count() <= 0)
      throw std::runtime_error{"the program takes too long"
                               + everything(result_)};
    // Negative descriptors are skipped.
    std::array<pollfd, 3> fds{{{ended_.get(), POLLIN, 0},
                               {output_.get(), POLLIN, 0},
                               {error_output_.get(), POLLIN, 0}}};
    if (::poll(fds.data(), fds.size(), static_cast<int>(left.count())) < 0
        && errno != EINTR)
      throw_errno("poll");
    drain(output_, result_.output);
    drain(error_output_, result_.error_output);
    if (fds[0].revents == 0)
      continue;
    has_ended_ = true;
    result_.status = exit_status_of(pid_);
    drain(output_, result_.output);
    drain(error_output_, result_.error_output);
  }
}

void child_process::wait_for_output(std::string_view text) {
  wait_until_output("\"" + std::string{text} + "\"",
                    [text](const std::string& output) {
                      return output.find(text) != std::string::npos;
                    });
}

void child_process::wait_until_output(
  const std::string& what,
  const std::function<bool(const std::string&)>& is_so) {
  read_until([&] { return is_so(result_.output); }, patience);
  if (!is_so(result_.output))
    throw std::runtime_error{"the program ended with "
                             + std::to_string(result_.status) + " before "
                             + what + everything(result_)};
}

child_end child_process::wait(milliseconds limit) {
  read_until([] { return false; }, limit);
  return result_;
}

child_end run_child(child_command what) {
  return child_process{std::move(what)}.wait();
}

std::string output_of(std::vector<std::string> words) {
  std::string line;
  for (const auto& word : words)
    line += word + " ";
  auto result = run_child({std::move(words)});
  if (result.status != 0)
    throw std::runtime_error{line + "failed" + everything(result)};
  return std::move(result.output);
}

} // namespace dw::test
