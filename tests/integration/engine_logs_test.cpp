// Logs of containers in a real engine.

#include "tests/integration/engine_fixture.hpp"

#include <algorithm>

using namespace dw;
using namespace dw::test;
using namespace std::chrono_literals;

namespace {

using lines = std::vector<log_line>;

struct logs_fixture : engine_fixture {
  /// Runs a script to its end. @returns the container's id.
  std::string finished(const std::string& text) {
    auto id = run(script("app", text));
    ask<container_exit>(to.containers, wait_container{{}, id});
    return id;
  }

  lines read(const std::string& id, int64_t tail = -1) {
    return ask<lines>(to.containers, read_logs{{}, id, tail});
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(engine_logs, logs_fixture)

BOOST_AUTO_TEST_CASE(a_log_is_read_in_order) {
  auto found = read(finished("for i in 1 2 3; do echo line $i; done"));
  BOOST_TEST((found
              == lines{{0, false, "line 1"},
                       {0, false, "line 2"},
                       {0, false, "line 3"}}));
}

BOOST_AUTO_TEST_CASE(the_tail_of_a_log_is_its_last_lines) {
  auto id = finished("for i in 1 2 3; do echo line $i; done");
  BOOST_TEST(
    (read(id, 2) == lines{{0, false, "line 2"}, {0, false, "line 3"}}));
  BOOST_TEST(read(id, 0).empty());
}

BOOST_AUTO_TEST_CASE(standard_output_and_error_are_told_apart) {
  auto found = read(finished("echo out; echo err >&2"));
  BOOST_TEST_REQUIRE(found.size() == 2u);
  std::ranges::sort(found, {}, &log_line::is_stderr);
  BOOST_TEST((found == lines{{0, false, "out"}, {0, true, "err"}}));
}

BOOST_AUTO_TEST_CASE(a_long_line_stays_one_line) {
  // The engine cuts at 16 KiB.
  auto id = finished("head -c 40000 /dev/zero | tr '\\0' x; echo; echo end");
  auto found = read(id);
  BOOST_TEST_REQUIRE(found.size() == 2u);
  BOOST_TEST(found[0].text == std::string(40'000, 'x'));
  BOOST_TEST(found[1].text == "end");
}

BOOST_AUTO_TEST_CASE(a_last_line_needs_no_end) {
  auto found = read(finished("printf 'no end'"));
  BOOST_TEST_REQUIRE(found.size() == 1u);
  BOOST_TEST(found[0].text == "no end");
}

BOOST_AUTO_TEST_CASE(a_followed_log_tells_each_line_and_ends_with_the_program) {
  auto id = run(script("app", "echo first; sleep 0.5; "
                              "echo last; exit 0"));
  auto end = begin(to.containers, read_logs{{0ms, 5}, id, -1, true},
                   as<log_listener_actor>());
  BOOST_TEST((next<log_line>() == log_line{5, false, "first"}));
  BOOST_TEST((next<log_line>() == log_line{5, false, "last"}));
  BOOST_TEST(outcome<done>(end).engaged());
}

BOOST_AUTO_TEST_CASE(a_followed_log_can_be_cancelled) {
  auto id = run(script("app", "echo first; exec sleep 600"));
  auto end = begin(to.containers, read_logs{{0ms, 5}, id, -1, true},
                   as<log_listener_actor>());
  next<log_line>();
  self->send(to.containers, cancel{5});
  auto result = outcome<done>(end);
  BOOST_TEST_REQUIRE(!result);
  check_failure(result.error(), errc::cancelled, id);
}

BOOST_AUTO_TEST_CASE(lines_carry_the_time_if_asked_to) {
  auto id = finished("echo text");
  auto found = ask<lines>(to.containers, read_logs{{}, id, -1, false, true});
  BOOST_TEST_REQUIRE(found.size() == 1u);
  BOOST_TEST(found[0].text.starts_with("20"));
  BOOST_TEST(found[0].text.ends_with("Z text"));
}

BOOST_AUTO_TEST_SUITE_END()
