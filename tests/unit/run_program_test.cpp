#include "actors/run_program.hpp"

#include "actors/descriptor.hpp"
#include "messages/error.hpp"
#include "tests/support/temp_directory.hpp"

#include <boost/test/unit_test.hpp>

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>

#include <csignal>
#include <cstdlib>
#include <string>

using namespace dw;
using namespace std::chrono_literals;

namespace {

program_call shell(std::string script) {
  return {{"sh", "-c", std::move(script)}, ""};
}

program_result result_of(const program_call& call) {
  auto result = run_program(call);
  if (!result)
    BOOST_FAIL("failed: " << render(result.error()));
  return std::move(*result);
}

/// A pipe with a name, open at our end.
class named_pipe {
public:
  explicit named_pipe(int flags) {
    if (::mkfifo(path().c_str(), 0600) != 0)
      BOOST_FAIL("cannot make a pipe");
    end_ = descriptor{::open(path().c_str(), flags | O_CLOEXEC)};
  }

  std::string path() const {
    return directory_.path("pipe");
  }

  int get() const {
    return end_.get();
  }

private:
  test::temp_directory directory_;
  descriptor end_;
};

std::string code(const caf::error& err) {
  return to_string(code_of(err));
}

} // namespace

BOOST_AUTO_TEST_CASE(a_program_gets_its_words_and_its_input) {
  program_call call{{"sh", "-c", "cat; echo \"$1\" >&2", "sh", "a b"},
                    "the input"};
  auto result = result_of(call);
  BOOST_TEST(result.status == 0);
  BOOST_TEST(result.output == "the input");
  BOOST_TEST(result.error_output == "a b\n");
}

BOOST_AUTO_TEST_CASE(it_gets_our_environment_or_another_one) {
  ::setenv("DW_TEST_SECRET", "very-secret", 1);
  auto call = shell("echo $DW_TEST_SECRET $A $B");
  BOOST_TEST(result_of(call).output == "very-secret\n");
  call.environment = {{"A=1", "B=2"}};
  BOOST_TEST(result_of(call).output == "1 2\n");
  ::unsetenv("DW_TEST_SECRET");
}

BOOST_AUTO_TEST_CASE(its_status_is_told) {
  BOOST_TEST(result_of(shell("exit 3")).status == 3);
  BOOST_TEST(result_of(shell("kill -TERM $$")).status == 128 + SIGTERM);
}

BOOST_AUTO_TEST_CASE(it_need_not_read_its_input) {
  auto call = shell("exec true");
  call.input = std::string(1'000'000, 'x');
  BOOST_TEST(result_of(call).status == 0);
}

BOOST_AUTO_TEST_CASE(it_can_open_its_input_by_name) {
  auto call = shell("cat /dev/stdin");
  call.input = "by name";
  BOOST_TEST(result_of(call).output == "by name");
}

BOOST_AUTO_TEST_CASE(all_of_its_output_is_collected) {
  auto call = shell("head -c 300000 /dev/zero; head -c 200000 /dev/zero >&2");
  call.max_output = 300'000;
  auto result = result_of(call);
  BOOST_TEST(result.output.size() == 300'000u);
  BOOST_TEST(result.error_output.size() == 200'000u);
}

BOOST_AUTO_TEST_CASE(too_much_output_is_an_error) {
  auto call = shell("cat /dev/zero");
  call.max_output = 1000;
  auto result = run_program(call);
  BOOST_REQUIRE(!result);
  BOOST_TEST(code(result.error()) == "too_large");
  BOOST_TEST(render(result.error())
             == "could not run sh: it wrote more than 1000 bytes");
}

BOOST_AUTO_TEST_CASE(a_program_that_does_not_exist_is_not_found) {
  auto result = run_program({{"no-such-program"}, ""});
  BOOST_REQUIRE(!result);
  BOOST_TEST(code(result.error()) == "not_found");
}

BOOST_AUTO_TEST_CASE(what_takes_too_long_is_killed_with_its_children) {
  named_pipe pipe{O_RDONLY | O_NONBLOCK};
  auto call = shell("exec 3> " + pipe.path()
                    + "; echo started >&3; tail -f /dev/null & wait");
  call.timeout = 1s;
  auto result = run_program(call);
  BOOST_REQUIRE(!result);
  BOOST_TEST(code(result.error()) == "timed_out");
  BOOST_TEST(render(result.error())
             == "could not run sh: it did not end within 1000 ms");
  // The pipe hangs up when nobody has it any more.
  pollfd fd{pipe.get(), 0, 0};
  BOOST_TEST(::poll(&fd, 1, 10'000) == 1);
  BOOST_TEST((fd.revents & POLLHUP) != 0);
}

BOOST_AUTO_TEST_CASE(a_child_that_stays_behind_does_not_hold_us_up) {
  named_pipe pipe{O_RDWR};
  // It ends when we close the pipe, and has its output open until then.
  auto call = shell("exec 3< " + pipe.path() + "; cat <&3 & echo done");
  call.timeout = 20s;
  BOOST_TEST(result_of(call).output == "done\n");
}

BOOST_AUTO_TEST_CASE(it_does_not_inherit_our_signal_mask) {
  sigset_t blocked;
  sigset_t before;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &blocked, &before);
  BOOST_TEST(result_of(shell("kill -TERM $$; echo alive")).status
             == 128 + SIGTERM);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}
