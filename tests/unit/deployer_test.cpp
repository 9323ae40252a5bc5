#include "actors/deployer.hpp"

#include "tests/support/scripted_server.hpp"

#include <boost/test/unit_test.hpp>

#include <future>
#include <string>
#include <thread>
#include <vector>

using namespace dw;
using namespace dw::test;

namespace {

/// An engine that answers every request with 403, which nobody repeats.
void refuse(scripted_server& server) {
  for (;;) {
    auto asker = server.accept();
    asker.read_request();
    asker.respond(403, R"({"message":"not today"})", "Connection: close\r\n");
    asker.linger();
  }
}

submit_work deploy_of(std::string stage) {
  submit_work result;
  result.spec.project = "shop";
  result.spec.stage = std::move(stage);
  result.spec.image = "registry.example.com/shop";
  result.spec.tag = "v1";
  result.spec.pull = pull_policy::never;
  return result;
}

/// What a program hears of its work.
struct listener {
  std::string start(deployer& on, submit_work work) {
    return on.start(
      std::move(work),
      [this](const deploy_event& x) {
        events.push_back(x);
        threads.push_back(std::this_thread::get_id());
      },
      [this](const deploy_report& x) {
        threads.push_back(std::this_thread::get_id());
        end.set_value(x);
      });
  }

  deploy_report report() {
    return end.get_future().get();
  }

  std::vector<deploy_event> events;
  std::vector<std::thread::id> threads;
  std::promise<deploy_report> end;
};

struct fixture {
  explicit fixture(scripted_server::script what)
    : server{scripted_server::transport::unix_socket, std::move(what)} {
    // nop
  }

  deployer_settings settings() const {
    deployer_settings result;
    result.engine.origin = server.origin();
    return result;
  }

  /// The engine was asked for something.
  event asked;
  scripted_server server;
  deployer to{settings()};
};

struct refusing_engine : fixture {
  refusing_engine() : fixture{refuse} {
    // nop
  }
};

/// An engine that never answers, and with it work that goes on for long.
struct silent_engine : fixture {
  silent_engine()
    : fixture{[this](scripted_server& here) {
        auto asker = here.accept();
        asked.set();
        asker.wait_for_close();
      }} {
    // nop
  }
};

void check_code(const caf::error& err, errc code) {
  BOOST_TEST_REQUIRE(!!err);
  BOOST_TEST(to_string(code_of(err)) == to_string(code), render(err));
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(an_engine_that_refuses, refusing_engine)

BOOST_AUTO_TEST_CASE(failed_work_is_reported_to_who_waits_for_it) {
  auto report = to.run(deploy_of("prod"));
  BOOST_TEST(to_string(report.outcome) == "failed");
  BOOST_TEST(report.project == "shop");
  BOOST_TEST(report.stage == "prod");
  check_code(report.error, errc::forbidden);
  BOOST_TEST(render(report.error).find("not today") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(work_that_cannot_be_right_is_not_accepted) {
  auto work = deploy_of("NOT A NAME");
  work.deploy_id = "mine";
  auto report = to.run(work);
  BOOST_TEST(to_string(report.phase) == "queued");
  BOOST_TEST(report.deploy_id == "mine");
  BOOST_TEST(report.stage == "NOT A NAME");
  check_code(report.error, errc::invalid_argument);
}

BOOST_AUTO_TEST_CASE(events_come_in_order_and_before_the_report) {
  listener heard;
  auto id = heard.start(to, deploy_of("prod"));
  auto report = heard.report();
  BOOST_TEST(report.deploy_id == id);
  BOOST_TEST_REQUIRE(heard.events.size() >= 2u);
  for (size_t i = 0; i < heard.events.size(); ++i) {
    BOOST_TEST(heard.events[i].deploy_id == id);
    BOOST_TEST(heard.events[i].sequence == heard.events[0].sequence + i);
  }
  BOOST_TEST(to_string(heard.events.back().phase) == "finished");
}

BOOST_AUTO_TEST_CASE(callbacks_of_one_work_share_a_thread_of_their_own) {
  listener one;
  listener other;
  one.start(to, deploy_of("one"));
  other.start(to, deploy_of("other"));
  one.report();
  other.report();
  for (const auto& x : one.threads) {
    BOOST_TEST((x == one.threads.front()));
    BOOST_TEST((x != other.threads.front()));
    BOOST_TEST((x != std::this_thread::get_id()));
  }
}

BOOST_AUTO_TEST_CASE(a_callback_may_wait_for_other_work) {
  std::promise<deploy_report> other;
  to.start(deploy_of("one"), {}, [&](const deploy_report&) {
    other.set_value(to.run(deploy_of("other")));
  });
  BOOST_TEST(other.get_future().get().stage == "other");
}

BOOST_AUTO_TEST_CASE(nobody_needs_to_listen) {
  to.start(deploy_of("prod"), {}, {});
  to.close();
}

BOOST_AUTO_TEST_CASE(a_status_says_why_it_is_not_known) {
  auto status = to.status("shop", "prod");
  BOOST_TEST(status.containers.empty());
  check_code(status.error, errc::forbidden);
}

BOOST_AUTO_TEST_CASE(work_after_the_end_has_been_cancelled) {
  to.close();
  listener late;
  auto id = late.start(to, deploy_of("prod"));
  auto report = late.report();
  BOOST_TEST(to_string(report.outcome) == "cancelled");
  BOOST_TEST(report.deploy_id == id);
  check_code(report.error, errc::cancelled);
  BOOST_TEST(late.events.empty());
  to.close(); // may be repeated
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(an_engine_that_is_silent, silent_engine)

BOOST_AUTO_TEST_CASE(work_is_cancelled_by_its_id) {
  listener one;
  auto id = one.start(to, deploy_of("one"));
  listener other;
  other.start(to, deploy_of("other"));
  asked.wait();
  to.cancel("unknown");
  to.cancel(id);
  auto report = one.report();
  BOOST_TEST(to_string(report.outcome) == "cancelled");
  auto others = other.end.get_future();
  BOOST_TEST(
    (others.wait_for(std::chrono::seconds{0}) == std::future_status::timeout));
  to.close();
  BOOST_TEST(to_string(others.get().outcome) == "cancelled");
}

BOOST_AUTO_TEST_CASE(work_is_cancelled_as_soon_as_it_has_an_id) {
  listener heard;
  to.cancel(heard.start(to, deploy_of("prod")));
  BOOST_TEST(to_string(heard.report().outcome) == "cancelled");
}

BOOST_AUTO_TEST_CASE(closing_cancels_and_waits_for_the_last_callback) {
  auto has_returned = false;
  to.start(deploy_of("prod"), {}, [&](const deploy_report& x) {
    BOOST_TEST(to_string(x.outcome) == "cancelled");
    has_returned = true;
  });
  asked.wait();
  to.close();
  BOOST_TEST(has_returned);
}

BOOST_AUTO_TEST_SUITE_END()
