#include "actors/container_manager.hpp"
#include "tests/support/actor_fixture.hpp"
#include "tests/support/engine_answers.hpp"
#include "tests/support/scripted_http.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

using namespace dw;
using namespace dw::test;
using namespace std::chrono_literals;
using namespace std::string_literals;

using lines = std::vector<log_line>;

namespace {

/// What a listener hears.
struct hearing {
  log_listener_actor who;
  std::shared_ptr<lines> heard = std::make_shared<lines>();
};

struct fixture : actor_fixture {
  fixture() {
    manager = keep(container_manager_actor{
      sys.spawn(container_manager, http.actor(), size_t{1})});
  }

  /// Foresees the question whether the container has a terminal.
  scripted_exchange& on_inspect() {
    return http.on(http_method::get, "/containers/" + full_id('a') + "/json");
  }

  scripted_exchange& answer_inspect(scripted_exchange& x, bool tty) {
    return answer_json(x, 200,
                       R"({"Id":")" + full_id('a')
                         + R"(","Name":"/web","State":{"Status":"running"},)"
                           R"("Config":{"Tty":)"
                         + (tty ? "true" : "false")
                         + R"(},"NetworkSettings":{"Ports":{}}})");
  }

  scripted_exchange& on_log(bool tty = false) {
    answer_inspect(on_inspect(), tty);
    return http.on(http_method::get,
                   target_begins("/containers/" + full_id('a') + "/logs"));
  }

  static read_logs read(uint64_t ticket = 0) {
    read_logs result;
    result.options.ticket = ticket;
    result.id = full_id('a');
    return result;
  }

  static read_logs follow(uint64_t ticket = 0) {
    auto result = read(ticket);
    result.follow = true;
    return result;
  }

  hearing listen() {
    hearing result;
    result.who = keep(sys.spawn(
      [heard = result.heard](
        log_listener_actor::pointer) -> log_listener_actor::behavior_type {
        return {[heard](const log_line& x) { heard->push_back(x); }};
      }));
    return result;
  }

  /// A piece of a log without a terminal.
  static std::string frame(bool is_stderr, const std::string& text) {
    std::string result(8, '\0');
    result[0] = is_stderr ? '\2' : '\1';
    result[7] = static_cast<char>(text.size());
    return result + text;
  }

  scripted_http http{*this};
  container_manager_actor manager;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(container_logs_tests, fixture)

BOOST_AUTO_TEST_CASE(the_streams_of_a_log_are_told_apart) {
  // The first chunk, without bytes, only says that there is an answer.
  on_log()
    .chunk("")
    .chunk(frame(false, "hi\n") + frame(true, "oh"))
    .answer(200);
  auto answer = ask<lines>(manager, read(3));
  BOOST_REQUIRE(answer);
  BOOST_CHECK((*answer == lines{{3, false, "hi"}, {3, true, "oh"}}));
}

BOOST_AUTO_TEST_CASE(the_log_of_a_terminal_is_taken_as_it_is) {
  on_log(true).chunk("one\r\nt").chunk("wo\n").answer(200);
  auto answer = ask<lines>(manager, read());
  BOOST_REQUIRE(answer);
  BOOST_CHECK((*answer == lines{{0, false, "one"}, {0, false, "two"}}));
}

BOOST_AUTO_TEST_CASE(every_byte_is_acknowledged) {
  auto& log = on_log(true).chunk("12345").chunk("678\n").answer(200);
  ask<lines>(manager, read());
  BOOST_TEST(log.acknowledged() == 9u);
}

BOOST_AUTO_TEST_CASE(a_log_is_followed_by_a_listener) {
  auto& log = on_log(true).chunk("one\ntw");
  auto listener = listen();
  auto answer = request<done>(manager, follow(2), listener.who);
  run();
  BOOST_CHECK((*listener.heard == lines{{2, false, "one"}}));
  log.chunk("o\nend");
  run();
  BOOST_TEST(listener.heard->size() == 2u);
  BOOST_TEST(!answer.ready());
  log.answer(200);
  run();
  BOOST_CHECK(answer.get());
  BOOST_TEST(listener.heard->back().text == "end");
}

BOOST_AUTO_TEST_CASE(a_log_is_not_followed_without_a_listener) {
  auto answer = ask<lines>(manager, follow());
  BOOST_REQUIRE(!answer);
  BOOST_TEST((code_of(answer.error()) == errc::invalid_argument));
}

BOOST_AUTO_TEST_CASE(a_listener_that_dies_ends_the_stream) {
  auto& log = on_log(true).chunk("one\n");
  auto listener = listen();
  auto answer = request<done>(manager, follow(), listener.who);
  run();
  kill(listener.who);
  BOOST_TEST(log.cancelled());
  BOOST_TEST((code_of(answer.error()) == errc::cancelled));
}

BOOST_AUTO_TEST_CASE(an_asker_that_dies_ends_the_stream) {
  auto& log = on_log(true).chunk("one\n");
  auto listener = listen();
  auto answer = request<done>(manager, follow(), listener.who);
  run();
  kill(answer.asker());
  BOOST_TEST(log.cancelled());
}

BOOST_AUTO_TEST_CASE(an_error_answer_is_the_answer) {
  auto& log = on_log();
  log.chunk("", 501).chunk(R"({"message":"configured logging driver )", 501);
  log.chunk(R"(does not support reading"})", 501);
  log.answer(501, {}, json_headers());
  auto answer = ask<lines>(manager, read());
  BOOST_REQUIRE(!answer);
  BOOST_TEST((code_of(answer.error()) == errc::rejected));
  BOOST_TEST(failure_of(answer.error()).reply
             == "configured logging driver does not support reading");
  BOOST_TEST(log.acknowledged() > 0u);
}

BOOST_AUTO_TEST_CASE(an_absent_container_is_the_answer) {
  answer_error(on_inspect(), 404, "No such container: web");
  auto answer = ask<lines>(manager, read());
  BOOST_REQUIRE(!answer);
  BOOST_TEST((code_of(answer.error()) == errc::not_found));
}

BOOST_AUTO_TEST_CASE(a_log_that_makes_no_sense_is_given_up) {
  auto& log = on_log().chunk("this is no frame at all");
  auto answer = ask<lines>(manager, read());
  BOOST_REQUIRE(!answer);
  BOOST_TEST((code_of(answer.error()) == errc::bad_reply));
  BOOST_TEST(log.cancelled());
}

BOOST_AUTO_TEST_CASE(a_lost_connection_is_the_answer) {
  on_log(true).chunk("one\n").fail(errc::connection_lost);
  auto answer = ask<lines>(manager, read());
  BOOST_REQUIRE(!answer);
  BOOST_TEST((code_of(answer.error()) == errc::connection_lost));
}

BOOST_AUTO_TEST_CASE(a_log_too_long_for_one_answer_is_given_up) {
  auto& log = on_log(true);
  auto piece = std::string(1024 * 1024 - 1, 'x') + "\n";
  for (int i = 0; i < 33; ++i)
    log.chunk(piece);
  auto answer = ask<lines>(manager, read());
  BOOST_REQUIRE(!answer);
  BOOST_TEST((code_of(answer.error()) == errc::too_large));
  BOOST_TEST(failure_of(answer.error()).object == full_id('a'));
  BOOST_TEST(log.cancelled());
}

BOOST_AUTO_TEST_CASE(reading_a_log_can_be_cancelled) {
  auto& log = on_log(true).chunk("one\n");
  auto answer = request<lines>(manager, read(6));
  run();
  caf::send_as(answer.asker(), manager, cancel{6});
  run();
  BOOST_TEST(log.cancelled());
  BOOST_TEST((code_of(answer.error()) == errc::cancelled));
}

BOOST_AUTO_TEST_CASE(a_cancelled_log_is_not_begun) {
  auto& inspect = on_inspect();
  auto answer = request<lines>(manager, read(6));
  run();
  answer_inspect(inspect, false);
  // The answer is on its way when the asker changes its mind.
  while (!has_mail(manager))
    BOOST_REQUIRE(sched.try_run_once());
  caf::send_as<caf::message_priority::high>(answer.asker(), manager, cancel{6});
  run();
  BOOST_TEST((code_of(answer.error()) == errc::cancelled));
}

BOOST_AUTO_TEST_CASE(the_deadline_is_that_of_both_exchanges) {
  auto& inspect = on_inspect();
  auto what = read();
  what.options.timeout = 10s;
  auto answer = request<lines>(manager, what);
  run();
  BOOST_TEST((inspect.request().deadlines.total == 10s));
  advance(4s);
  auto& log = http.on(http_method::get,
                      target_begins("/containers/" + full_id('a') + "/logs"));
  answer_inspect(inspect, false);
  run();
  BOOST_TEST((log.request().deadlines.total == 6s));
  log.answer(200);
  run();
  BOOST_CHECK(answer.get());
}

BOOST_AUTO_TEST_CASE(all_askers_are_told_when_it_ends) {
  on_log(true).chunk("one\n");
  auto answer = request<lines>(manager, read());
  run();
  kill(manager);
  BOOST_TEST((code_of(answer.error()) == errc::service_restarted));
}

BOOST_AUTO_TEST_SUITE_END()
