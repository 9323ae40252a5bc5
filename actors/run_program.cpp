#include "actors/run_program.hpp"

#include "actors/descriptor.hpp"
#include "messages/error.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <system_error>

namespace dw {

namespace {

using clock_type = std::chrono::steady_clock;

caf::error failed(errc code, const program_call& call, std::string reply) {
  return make_failure(code, {.operation = "run",
                             .object = call.words.front(),
                             .reply = std::move(reply)});
}

caf::error failed(int error_number, const program_call& call) {
  auto is_missing = error_number == ENOENT || error_number == ENOTDIR;
  return failed(is_missing ? errc::not_found : errc::internal, call,
                std::generic_category().message(error_number));
}

/// Where a program writes to, and where we read it.
struct output_pipe {
  descriptor read_end;
  descriptor write_end;
  std::string text;

  bool open() {
    std::array<int, 2> fds;
    if (::pipe2(fds.data(), O_CLOEXEC) != 0)
      return false;
    read_end = descriptor{fds[0]};
    write_end = descriptor{fds[1]};
    return ::fcntl(fds[0], F_SETFL, O_NONBLOCK) == 0;
  }

  /// Takes what is there. @returns whether it is less than `limit` in total.
  bool drain(size_t limit) {
    std::array<char, 4096> buffer;
    for (;;) {
      auto n = ::read(read_end.get(), buffer.data(), buffer.size());
      if (n < 0 && errno == EINTR)
        continue;
      if (n == 0)
        read_end.close(); // or `poll` would report it for ever
      if (n <= 0)
        return true;
      text.append(buffer.data(), static_cast<size_t>(n));
      if (text.size() > limit)
        return false;
    }
  }
};

/// A file in memory: unlike a pipe it takes the input at once, and does not
/// mind when it is not read.
descriptor make_input(const std::string& text) {
  descriptor result{::memfd_create("input", MFD_CLOEXEC)};
  if (!result)
    return {};
  for (size_t done = 0; done < text.size();) {
    auto n = ::write(result.get(), text.data() + done, text.size() - done);
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return {};
    done += static_cast<size_t>(n);
  }
  if (::lseek(result.get(), 0, SEEK_SET) != 0)
    return {};
  return result;
}

/// What a program begins with, beside its arguments.
class spawn_settings {
public:
  spawn_settings(int input, int output, int error_output) {
    ::posix_spawn_file_actions_init(&files_);
    ::posix_spawn_file_actions_adddup2(&files_, input, STDIN_FILENO);
    ::posix_spawn_file_actions_adddup2(&files_, output, STDOUT_FILENO);
    ::posix_spawn_file_actions_adddup2(&files_, error_output, STDERR_FILENO);
    ::posix_spawnattr_init(&attributes_);
    sigset_t signals;
    ::sigemptyset(&signals); // our threads block some
    ::posix_spawnattr_setsigmask(&attributes_, &signals);
    ::sigfillset(&signals);
    ::posix_spawnattr_setsigdefault(&attributes_, &signals);
    ::posix_spawnattr_setpgroup(&attributes_, 0);
    ::posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETPGROUP
                                               | POSIX_SPAWN_SETSIGMASK
                                               | POSIX_SPAWN_SETSIGDEF);
  }

  spawn_settings(const spawn_settings&) = delete;
  spawn_settings& operator=(const spawn_settings&) = delete;

  ~spawn_settings() {
    ::posix_spawn_file_actions_destroy(&files_);
    ::posix_spawnattr_destroy(&attributes_);
  }

  /// @returns an error number.
  int spawn(pid_t& pid, const program_call& call) const {
    auto words = call.words;
    auto arguments = pointers_to(words);
    auto variables = call.environment.value_or(std::vector<std::string>{});
    auto environment = pointers_to(variables);
    return ::posix_spawnp(&pid, arguments.front(), &files_, &attributes_,
                          arguments.data(),
                          call.environment ? environment.data() : environ);
  }

private:
  static std::vector<char*> pointers_to(std::vector<std::string>& texts) {
    std::vector<char*> result;
    for (auto& text : texts)
      result.push_back(text.data());
    result.push_back(nullptr);
    return result;
  }

  posix_spawn_file_actions_t files_;
  posix_spawnattr_t attributes_;
};

/// A program that runs; is killed unless it has ended.
class process {
public:
  explicit process(pid_t pid)
    : pid_{pid},
      // glibc's function has C++ linkage in some versions' headers.
      ended_{static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))} {
    // nop
  }

  process(const process&) = delete;
  process& operator=(const process&) = delete;

  ~process() {
    if (pid_ <= 0)
      return;
    ::kill(-pid_, SIGKILL); // the group
    ::kill(pid_, SIGKILL);  // in case it has left it
    wait();
  }

  /// Becomes readable when the program has ended.
  const descriptor& ended() const noexcept {
    return ended_;
  }

  int wait() {
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
      // nop
    }
    pid_ = 0;
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  }

private:
  pid_t pid_;
  descriptor ended_;
};

/// Waits for the end and collects the outputs on the way.
caf::error follow(const program_call& call, const process& child,
                  output_pipe& output, output_pipe& error_output) {
  auto deadline = clock_type::now() + call.timeout;
  for (;;) {
    auto left = std::chrono::ceil<std::chrono::milliseconds>(
      deadline - clock_type::now());
    if (left.count() <= 0)
      return failed(errc::timed_out, call,
                    "it did not end within "
                      + std::to_string(call.timeout.count()) + " ms");
    // Negative descriptors are skipped.
    std::array<pollfd, 3> fds{{{child.ended().get(), POLLIN, 0},
                               {output.read_end.get(), POLLIN, 0},
                               {error_output.read_end.get(), POLLIN, 0}}};
    auto n = ::poll(fds.data(), fds.size(), static_cast<int>(left.count()));
    if (n < 0 && errno != EINTR)
      return failed(errno, call);
    if (n <= 0)
      continue;
    if (!output.drain(call.max_output) || !error_output.drain(call.max_output))
      return failed(errc::too_large, call,
                    "it wrote more than " + std::to_string(call.max_output)
                      + " bytes");
    if (fds[0].revents != 0)
      return caf::none;
  }
}

} // namespace

caf::expected<program_result> run_program(const program_call& call) {
  output_pipe output;
  output_pipe error_output;
  auto input = make_input(call.input);
  if (!input || !output.open() || !error_output.open())
    return failed(errno, call);
  spawn_settings settings{input.get(), output.write_end.get(),
                          error_output.write_end.get()};
  pid_t pid = 0;
  if (auto error_number = settings.spawn(pid, call); error_number != 0)
    return failed(error_number, call);
  process child{pid};
  output.write_end.close();
  error_output.write_end.close();
  if (!child.ended())
    return failed(errno, call);
  if (auto err = follow(call, child, output, error_output))
    return err;
  return program_result{child.wait(), std::move(output.text),
                        std::move(error_output.text)};
}

} // namespace dw
