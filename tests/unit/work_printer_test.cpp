#include "main/work_printer.hpp"

#include "messages/error.hpp"

#include <boost/test/unit_test.hpp>

#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

using namespace dw;
using namespace std::chrono_literals;

namespace {

/// A stream in memory.
class memory_stream {
public:
  memory_stream() : file_{::open_memstream(&data_, &size_)} {
    BOOST_REQUIRE(file_ != nullptr);
  }

  memory_stream(const memory_stream&) = delete;
  memory_stream& operator=(const memory_stream&) = delete;

  ~memory_stream() {
    std::fclose(file_);
    std::free(data_);
  }

  std::FILE* file() {
    return file_;
  }

  /// What was written since the last call.
  std::string take() {
    std::fflush(file_);
    std::string result{data_ + taken_, size_ - taken_};
    taken_ = size_;
    return result;
  }

private:
  char* data_ = nullptr;
  size_t size_ = 0;
  size_t taken_ = 0;
  std::FILE* file_;
};

deploy_event make_event(deploy_phase phase, std::string text = {}) {
  deploy_event result;
  result.project = "shop";
  result.stage = "prod";
  result.phase = phase;
  result.elapsed = 1500ms;
  result.text = std::move(text);
  return result;
}

deploy_event make_progress() {
  auto result = make_event(deploy_phase::pulling);
  pull_progress progress;
  progress.layers_done = 1;
  progress.layers_total = 3;
  progress.bytes_done = 2'500'000;
  progress.bytes_total = 10'000'000;
  result.progress = progress;
  return result;
}

deploy_report make_report(deploy_outcome outcome, deploy_phase phase) {
  deploy_report result;
  result.project = "shop";
  result.stage = "prod";
  result.outcome = outcome;
  result.phase = phase;
  result.elapsed = 12'300ms;
  return result;
}

deploy_report failed_report(deploy_phase phase) {
  auto result = make_report(deploy_outcome::failed, phase);
  result.error = make_failure(errc::unhealthy, {.operation = "bring up",
                                                .object = "dw-shop-prod-2",
                                                .reply = "it ended",
                                                .hint = "Look at it.",
                                                .log_tail = "one\ntwo"});
  return result;
}

struct line_fixture {
  memory_stream out;
  std::unique_ptr<work_printer> printer = make_line_printer(out.file());
};

struct live_fixture {
  live_fixture() {
    traits.is_live = true;
  }

  work_printer& printer() {
    if (!printer_)
      printer_ = make_live_printer(out.file(), traits, [this] { return now; });
    return *printer_;
  }

  memory_stream out;
  terminal traits;
  std::chrono::steady_clock::time_point now{1h};

private:
  std::unique_ptr<work_printer> printer_;
};

struct json_fixture {
  memory_stream out;
  std::unique_ptr<work_printer> printer = make_json_printer(out.file());
};

/// Takes back so many lines.
std::string up(int lines) {
  return "\x1b[" + std::to_string(lines) + "A\x1b[J";
}

} // namespace

// -- lines --------------------------------------------------------------------

BOOST_FIXTURE_TEST_SUITE(the_line_printer, line_fixture)

BOOST_AUTO_TEST_CASE(has_a_line_for_each_event) {
  printer->on_event(make_event(deploy_phase::gating));
  BOOST_TEST(out.take() == "shop/prod    1.5 s  gating\n");
  printer->on_event(make_event(deploy_phase::routing, "127.0.0.1:80"));
  BOOST_TEST(out.take() == "shop/prod    1.5 s  routing: 127.0.0.1:80\n");
}

BOOST_AUTO_TEST_CASE(does_not_follow_progress_nor_tell_the_end_twice) {
  printer->on_event(make_progress());
  printer->on_event(make_event(deploy_phase::finished));
  printer->on_tick();
  BOOST_TEST(out.take() == "");
}

BOOST_AUTO_TEST_CASE(tells_that_a_step_is_repeated) {
  auto event = make_event(deploy_phase::creating, "the engine is busy");
  event.retrying = true;
  printer->on_event(event);
  BOOST_TEST(out.take()
             == "shop/prod    1.5 s  creating: trying again: the engine is "
                "busy\n");
}

BOOST_AUTO_TEST_CASE(has_one_line_for_a_text_of_several) {
  printer->on_event(make_event(deploy_phase::undoing, "it ended\nlog line"));
  BOOST_TEST(out.take() == "shop/prod    1.5 s  undoing: it ended\n");
  printer->on_event(
    make_event(deploy_phase::undoing, "could not do it: \n    no\n    more"));
  BOOST_TEST(out.take()
             == "shop/prod    1.5 s  undoing: could not do it: no\n");
}

BOOST_AUTO_TEST_CASE(keeps_its_columns_once_a_long_name_was_there) {
  auto event = make_event(deploy_phase::queued);
  event.stage = "a-long-name";
  printer->on_event(event);
  out.take();
  printer->on_event(make_event(deploy_phase::queued));
  BOOST_TEST(out.take() == "shop/prod           1.5 s  queued\n");
}

BOOST_AUTO_TEST_CASE(tells_success_and_where) {
  auto report = make_report(deploy_outcome::deployed, deploy_phase::finished);
  report.container_name = "dw-shop-prod-2";
  printer->on_report(report);
  BOOST_TEST(out.take() == "done  shop/prod dw-shop-prod-2 in 12.3 s\n");
}

BOOST_AUTO_TEST_CASE(tells_a_failure_with_its_hint_and_the_last_log_lines) {
  printer->on_report(failed_report(deploy_phase::gating));
  BOOST_TEST(out.take()
             == "failed shop/prod while gating; what served before still does\n"
                "  could not bring up dw-shop-prod-2: it ended\n"
                "  Look at it.\n"
                "  its last log lines:\n"
                "    one\n"
                "    two\n");
}

BOOST_AUTO_TEST_CASE(promises_no_more_than_is_true) {
  auto first_line = [&](const deploy_report& report) {
    printer->on_report(report);
    auto text = out.take();
    return text.substr(0, text.find('\n'));
  };
  BOOST_TEST(first_line(failed_report(deploy_phase::pulling))
             == "failed shop/prod while pulling; nothing has changed");
  BOOST_TEST(first_line(failed_report(deploy_phase::retiring))
             == "failed shop/prod while retiring");
  auto unclear = failed_report(deploy_phase::routing);
  unclear.leftovers = {"the route may be wrong"};
  BOOST_TEST(first_line(unclear) == "failed shop/prod while routing");
}

BOOST_AUTO_TEST_CASE(tells_a_cancellation_without_an_error) {
  auto report = make_report(deploy_outcome::cancelled, deploy_phase::starting);
  report.error = make_failure(errc::cancelled, {.reply = "cancelled"});
  printer->on_report(report);
  BOOST_TEST(out.take()
             == "undone shop/prod while starting; what served before still "
                "does\n");
}

BOOST_AUTO_TEST_CASE(lists_what_is_left) {
  auto report = make_report(deploy_outcome::deployed, deploy_phase::finished);
  report.leftovers = {"container a still runs", "container b too"};
  printer->on_report(report);
  BOOST_TEST(out.take()
             == "done  shop/prod in 12.3 s\n"
                "  left: container a still runs\n"
                "  left: container b too\n");
}

BOOST_AUTO_TEST_CASE(tells_a_refusal_and_a_notice) {
  printer->on_refusal("shop/prod", make_failure(errc::invalid_argument,
                                                {.reply = "no image"}));
  printer->on_notice("waiting");
  BOOST_TEST(out.take() == "failed shop/prod\n  no image\nwaiting\n");
}

BOOST_AUTO_TEST_CASE(makes_control_characters_of_others_harmless) {
  std::string evil = "a\x1b]0;title\x07\rb\x7f\xc2\x9b"
                     "31m\xc3\xa4";
  std::string good = "a?]0;title??b??31m\xc3\xa4";
  printer->on_event(make_event(deploy_phase::undoing, evil));
  BOOST_TEST(out.take() == "shop/prod    1.5 s  undoing: " + good + "\n");
  auto report = make_report(deploy_outcome::failed, deploy_phase::gating);
  report.error
    = make_failure(errc::unhealthy, {.reply = evil, .log_tail = evil});
  report.leftovers = {evil};
  printer->on_report(report);
  printer->on_refusal("shop/prod",
                      make_failure(errc::rejected, {.reply = evil}));
  printer->on_notice(evil);
  auto text = out.take();
  for (char c : {'\x1b', '\x07', '\r', '\x7f'})
    BOOST_TEST(text.find(c) == std::string::npos);
  BOOST_TEST(text.find("\xc2\x9b") == std::string::npos);
  BOOST_TEST(text.find(good) != std::string::npos);
}

BOOST_AUTO_TEST_CASE(goes_on_when_nobody_reads) {
  int ends[2];
  BOOST_REQUIRE(::pipe(ends) == 0);
  ::close(ends[0]);
  std::signal(SIGPIPE, SIG_IGN);
  auto* closed = ::fdopen(ends[1], "w");
  BOOST_REQUIRE(closed != nullptr);
  auto lonely = make_line_printer(closed);
  lonely->on_event(make_event(deploy_phase::gating));
  lonely->on_report(failed_report(deploy_phase::gating));
  BOOST_TEST(std::ferror(closed) != 0);
  std::fclose(closed);
}

BOOST_AUTO_TEST_SUITE_END()

// -- a terminal ---------------------------------------------------------------

BOOST_FIXTURE_TEST_SUITE(the_live_printer, live_fixture)

BOOST_AUTO_TEST_CASE(has_one_line_for_a_stage_and_rewrites_it) {
  printer().on_event(make_event(deploy_phase::pulling));
  BOOST_TEST(out.take() == "| shop/prod pulling     1.5 s  \n");
  printer().on_event(make_event(deploy_phase::gating, "waiting"));
  BOOST_TEST(out.take() == up(1) + "| shop/prod gating      1.5 s  waiting\n");
}

BOOST_AUTO_TEST_CASE(shows_that_time_passes) {
  printer().on_event(make_event(deploy_phase::gating));
  out.take();
  now += 2s;
  printer().on_tick();
  BOOST_TEST(out.take() == up(1) + "/ shop/prod gating      3.5 s  \n");
}

BOOST_AUTO_TEST_CASE(shows_how_far_a_pull_is) {
  printer().on_event(make_progress());
  BOOST_TEST(out.take()
             == "| shop/prod pulling     1.5 s  1/3 layers, 2.5 of 10.0 MB\n");
}

BOOST_AUTO_TEST_CASE(shows_what_the_engine_says_before_layers_are_known) {
  auto event = make_progress();
  event.progress->layers_total = 0;
  event.progress->status = "Retrying\x1b[2J";
  printer().on_event(event);
  BOOST_TEST(out.take() == "| shop/prod pulling     1.5 s  Retrying?[2J\n");
}

BOOST_AUTO_TEST_CASE(keeps_the_end_and_the_retries_above_what_changes) {
  printer().on_event(make_event(deploy_phase::gating));
  out.take();
  auto event = make_event(deploy_phase::gating, "no answer");
  event.retrying = true;
  printer().on_event(event);
  BOOST_TEST(out.take()
             == up(1)
                  + "shop/prod trying again: no answer\n"
                    "| shop/prod gating      1.5 s  trying again: no answer\n");
  printer().on_report(
    make_report(deploy_outcome::deployed, deploy_phase::finished));
  BOOST_TEST(out.take() == up(1) + "done  shop/prod in 12.3 s\n");
  printer().on_tick();
  BOOST_TEST(out.take() == "");
}

BOOST_AUTO_TEST_CASE(shows_each_stage_until_its_own_end) {
  printer().on_event(make_event(deploy_phase::gating));
  auto other = make_event(deploy_phase::pulling);
  other.stage = "staging";
  printer().on_event(other);
  out.take();
  printer().on_report(
    make_report(deploy_outcome::deployed, deploy_phase::finished));
  BOOST_TEST(out.take()
             == up(2)
                  + "done  shop/prod in 12.3 s\n"
                    "| shop/staging pulling     1.5 s  \n");
}

BOOST_AUTO_TEST_CASE(keeps_refusals_and_notices) {
  printer().on_refusal("shop/prod", make_failure(errc::invalid_argument,
                                                 {.reply = "no image"}));
  printer().on_notice("waiting\x1b[2J");
  BOOST_TEST(out.take() == "failed shop/prod\n  no image\nwaiting?[2J\n");
}

BOOST_AUTO_TEST_CASE(cuts_lines_to_the_width_of_the_terminal) {
  traits.width = 12;
  printer().on_event(make_event(deploy_phase::gating, "a long text"));
  BOOST_TEST(out.take() == "| shop/prod \n");
}

BOOST_AUTO_TEST_CASE(shows_no_more_lines_than_the_terminal_has) {
  traits.height = 4;
  for (const auto* stage : {"a", "b", "c", "d"}) {
    auto event = make_event(deploy_phase::gating);
    event.stage = stage;
    printer().on_event(event);
  }
  out.take();
  printer().on_tick();
  BOOST_TEST(out.take()
             == up(3)
                  + "/ shop/a gating      1.5 s  \n"
                    "/ shop/b gating      1.5 s  \n"
                    "and 2 more\n");
}

BOOST_AUTO_TEST_CASE(has_colours_only_if_the_terminal_has) {
  traits.has_color = true;
  printer().on_report(failed_report(deploy_phase::gating));
  BOOST_TEST(out.take().starts_with("\x1b[31mfailed\x1b[0m shop/prod"));
}

BOOST_AUTO_TEST_SUITE_END()

// -- JSON ---------------------------------------------------------------------

BOOST_FIXTURE_TEST_SUITE(the_json_printer, json_fixture)

BOOST_AUTO_TEST_CASE(has_an_object_for_each_thing_and_nothing_else) {
  printer->on_event(make_progress());
  printer->on_report(failed_report(deploy_phase::gating));
  printer->on_refusal("shop/prod", make_failure(errc::rejected, {}));
  printer->on_notice("waiting");
  printer->on_tick();
  auto text = out.take();
  std::vector<std::string> types;
  for (size_t i = 0; i < text.size();) {
    std::string begin = R"({"type":")";
    BOOST_REQUIRE(text.compare(i, begin.size(), begin) == 0);
    i += begin.size();
    types.push_back(text.substr(i, text.find('"', i) - i));
    i = text.find('\n', i) + 1;
  }
  BOOST_TEST((
    types == std::vector<std::string>{"event", "report", "refused", "notice"}));
}

BOOST_AUTO_TEST_SUITE_END()

// -- terminals ----------------------------------------------------------------

BOOST_AUTO_TEST_SUITE(a_terminal)

BOOST_AUTO_TEST_CASE(is_not_what_a_file_or_a_pipe_is) {
  int ends[2];
  BOOST_REQUIRE(::pipe(ends) == 0);
  auto found = inspect_terminal(ends[1]);
  BOOST_TEST(!found.is_live);
  BOOST_TEST(!found.has_color);
  BOOST_TEST(found.width == 80u);
  ::close(ends[0]);
  ::close(ends[1]);
}

BOOST_AUTO_TEST_CASE(is_live_and_coloured_unless_the_environment_says_no) {
  auto main_end = ::posix_openpt(O_RDWR | O_NOCTTY);
  BOOST_REQUIRE(main_end >= 0);
  BOOST_REQUIRE(::grantpt(main_end) == 0);
  BOOST_REQUIRE(::unlockpt(main_end) == 0);
  auto file = ::open(::ptsname(main_end), O_RDWR | O_NOCTTY);
  BOOST_REQUIRE(file >= 0);
  winsize size{};
  size.ws_col = 33;
  size.ws_row = 7;
  ::ioctl(file, TIOCSWINSZ, &size);

  ::setenv("TERM", "xterm", 1);
  ::unsetenv("NO_COLOR");
  auto plain = inspect_terminal(file);
  BOOST_TEST(plain.is_live);
  BOOST_TEST(plain.has_color);
  BOOST_TEST(plain.width == 33u);
  BOOST_TEST(plain.height == 7u);
  ::setenv("NO_COLOR", "1", 1);
  BOOST_TEST(inspect_terminal(file).is_live);
  BOOST_TEST(!inspect_terminal(file).has_color);
  ::setenv("NO_COLOR", "", 1);
  BOOST_TEST(inspect_terminal(file).has_color);
  ::setenv("TERM", "dumb", 1);
  BOOST_TEST(!inspect_terminal(file).is_live);
  BOOST_TEST(!inspect_terminal(file).has_color);
  ::unsetenv("TERM");
  BOOST_TEST(!inspect_terminal(file).is_live);
  ::close(file);
  ::close(main_end);
}

BOOST_AUTO_TEST_CASE(counts_characters_and_not_bytes_of_a_line) {
  BOOST_TEST(cut_line("abc", 3) == "abc");
  BOOST_TEST(cut_line("abcd", 3) == "abc");
  BOOST_TEST(cut_line("\xc3\xa4\xc3\xb6\xc3\xbc!", 3)
             == "\xc3\xa4\xc3\xb6\xc3\xbc");
  BOOST_TEST(cut_line("abc", 0) == "");
}

BOOST_AUTO_TEST_CASE(gets_line_ends_and_tabs_of_others_as_they_are) {
  BOOST_TEST(printable("a\tb\nc") == "a\tb\nc");
  BOOST_TEST(printable("\xc2\x85\xc2\xa0\xc3\xa9") == "?\xc2\xa0\xc3\xa9");
}

BOOST_AUTO_TEST_SUITE_END()
