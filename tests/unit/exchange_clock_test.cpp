#include "transports/exchange_clock.hpp"

#include <boost/test/unit_test.hpp>

using namespace dw;
using namespace std::chrono_literals;

namespace {

using time_point = exchange_clock::time_point;

constexpr auto start = time_point{1h};

exchange_clock
make_clock(std::chrono::milliseconds first_byte, std::chrono::milliseconds idle,
           std::chrono::milliseconds total) {
  return {{.first_byte = first_byte, .idle = idle, .total = total}, start};
}

std::string verdict(const exchange_clock& clock, time_point now) {
  return clock.passed(now).value_or("none");
}

} // namespace

BOOST_AUTO_TEST_CASE(without_deadlines_there_is_never_a_reason_to_look) {
  auto clock = make_clock(0ms, 0ms, 0ms);
  BOOST_TEST(verdict(clock, start + 100h) == "none");
  BOOST_TEST((clock.next_look(start) == time_point::max()));
}

BOOST_AUTO_TEST_CASE(the_first_byte_is_awaited_from_the_start) {
  auto clock = make_clock(3s, 0ms, 0ms);
  BOOST_TEST((clock.next_look(start) == start + 3s));
  BOOST_TEST(verdict(clock, start + 2999ms) == "none");
  BOOST_TEST(verdict(clock, start + 3s)
             == "no answer within 3 s (first-byte deadline)");
  clock.on_bytes(start + 2s);
  BOOST_TEST(verdict(clock, start + 3s) == "none");
  BOOST_TEST((clock.next_look(start + 2s) == time_point::max()));
}

BOOST_AUTO_TEST_CASE(silence_counts_only_within_the_answer) {
  auto clock = make_clock(0ms, 1500ms, 0ms);
  BOOST_TEST(verdict(clock, start + 1h) == "none");
  clock.on_bytes(start + 1h);
  BOOST_TEST((clock.next_look(start + 1h) == start + 1h + 1500ms));
  BOOST_TEST(verdict(clock, start + 1h + 1499ms) == "none");
  BOOST_TEST(verdict(clock, start + 1h + 1500ms)
             == "the answer stopped for 1500 ms (idle deadline)");
  clock.on_bytes(start + 1h + 1s);
  BOOST_TEST(verdict(clock, start + 1h + 1500ms) == "none");
}

BOOST_AUTO_TEST_CASE(silence_that_we_ask_for_does_not_count) {
  auto clock = make_clock(0ms, 1s, 0ms);
  clock.on_bytes(start);
  clock.on_pause();
  BOOST_TEST(verdict(clock, start + 1h) == "none");
  clock.on_resume(start + 1h);
  BOOST_TEST(verdict(clock, start + 1h + 999ms) == "none");
  BOOST_TEST(verdict(clock, start + 1h + 1s)
             == "the answer stopped for 1 s (idle deadline)");
}

BOOST_AUTO_TEST_CASE(the_total_counts_whatever_happens) {
  auto clock = make_clock(0ms, 1s, 5s);
  clock.on_bytes(start + 4s);
  clock.on_pause();
  BOOST_TEST(verdict(clock, start + 4999ms) == "none");
  BOOST_TEST(verdict(clock, start + 5s)
             == "not finished within 5 s (total deadline)");
}

// The loop looks again only when `next_look` says so, not with each byte.
BOOST_AUTO_TEST_CASE(no_event_brings_a_deadline_before_the_next_look) {
  auto now = start + 10s;
  auto clock = make_clock(0ms, 2s, 60s);
  auto before_answer = clock.next_look(now);
  clock.on_bytes(now);
  BOOST_TEST((clock.next_look(now) >= before_answer));
  clock.on_pause();
  auto while_paused = clock.next_look(now + 1s);
  clock.on_resume(now + 1s);
  BOOST_TEST((clock.next_look(now + 1s) >= while_paused));
}
