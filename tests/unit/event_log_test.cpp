#include "main/api/event_log.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

using dw::api::event_cursor;
using dw::api::event_log;

namespace {

constexpr size_t plenty = 1024 * 1024;

struct fixture {
  /// Appends events with the data "1", "2" and so on.
  void append(int count, const std::string& stage = "prod") {
    for (int i = 0; i < count; ++i)
      log.append("event", std::to_string(++last), "shop", stage);
  }

  static std::string event(int number, const std::string& epoch = "e") {
    auto text = std::to_string(number);
    return "id: " + epoch + "-" + text + "\nevent: event\ndata: " + text
           + "\n\n";
  }

  static std::string gap_before(int number) {
    return "id: e-" + std::to_string(number - 1)
           + "\nevent: gap\ndata: {\"type\":\"gap\",\"text\":\"events were "
             "missed; read the state again\"}\n\n";
  }

  event_log log{"e", 4};
  int last = 0;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(event_logs, fixture)

BOOST_AUTO_TEST_CASE(a_new_reader_gets_what_comes_from_then_on) {
  append(2);
  auto cursor = log.begin("");
  BOOST_TEST(log.read(cursor, plenty) == "");
  append(2);
  BOOST_TEST(log.read(cursor, plenty) == event(3) + event(4));
  BOOST_TEST(log.read(cursor, plenty) == "");
}

BOOST_AUTO_TEST_CASE(a_reader_that_comes_back_goes_on_where_it_was) {
  append(4);
  auto cursor = log.begin("e-2");
  BOOST_TEST(log.read(cursor, plenty) == event(3) + event(4));
}

BOOST_AUTO_TEST_CASE(one_that_was_away_for_too_long_is_told_of_the_gap) {
  append(7);
  auto cursor = log.begin("e-2");
  BOOST_TEST(log.read(cursor, plenty)
             == gap_before(4) + event(4) + event(5) + event(6) + event(7));
  // The last number that is kept has no gap behind it.
  cursor = log.begin("e-3");
  BOOST_TEST(log.read(cursor, plenty)
             == event(4) + event(5) + event(6) + event(7));
}

BOOST_AUTO_TEST_CASE(one_that_reads_too_slowly_is_told_of_the_gap) {
  auto cursor = log.begin("");
  append(3);
  BOOST_TEST(log.read(cursor, 1) == event(1));
  append(6);
  BOOST_TEST(log.read(cursor, 1)
             == gap_before(6)); // as much as fits, and at least one
  BOOST_TEST(log.read(cursor, 1) == event(6));
}

BOOST_AUTO_TEST_CASE(numbers_of_another_process_are_a_gap) {
  append(2);
  for (const auto* id : {"other-1", "e-3", "e-", "e-x", "2", "e-1x", "-1",
                         "e-99999999999999999999"}) {
    auto cursor = log.begin(id);
    BOOST_TEST(log.read(cursor, plenty) == gap_before(1) + event(1) + event(2),
               id);
  }
}

BOOST_AUTO_TEST_CASE(a_reader_may_follow_one_stage_only) {
  auto cursor = log.begin("");
  cursor.project = "shop";
  cursor.stage = "test";
  append(1, "prod");
  append(1, "test");
  append(1, "prod");
  BOOST_TEST(log.read(cursor, plenty) == event(2));
  BOOST_TEST(log.read(cursor, plenty) == "");
}

BOOST_AUTO_TEST_SUITE_END()
