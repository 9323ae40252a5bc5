#include "actors/notifier.hpp"

#include "messages/error.hpp"
#include "tests/support/actor_fixture.hpp"
#include "tests/support/scripted_http.hpp"

#include <boost/test/unit_test.hpp>

using namespace dw;
using namespace dw::test;
using namespace std::chrono_literals;

namespace {

struct fixture : actor_fixture {
  fixture() {
    policy.retries = {3, 2s, 1min};
    policy.max_waiting = 3;
    policy.now = [this] { return now; };
  }

  notifier_actor spawn(std::vector<notification_target> targets) {
    auto commands = keep(command_runner_actor{
      sys.spawn([this]() -> command_runner_actor::behavior_type {
        return {[this](const program_request& x) -> caf::result<done> {
          run_commands.push_back(x.what);
          if (command_problem)
            return command_problem;
          return done{};
        }};
      })});
    auto supervisor = caf::actor_cast<deploy_supervisor_actor>(
      keep(sys.spawn([this]() -> caf::behavior {
        return {[this](const deploy_listener_actor& x) {
          listener = x;
          return done{};
        }};
      })));
    auto result = keep(notifier_actor{sys.spawn(
      notifier, supervisor, spawn_journal(), http.actor(), commands, policy)});
    self->send(result, notify_others{std::move(targets)});
    run();
    return result;
  }

  journal_actor spawn_journal() {
    return caf::actor_cast<journal_actor>(
      keep(sys.spawn([this]() -> caf::behavior {
        return {[this](const read_work& x) -> caf::result<work_record> {
          if (journal_problem)
            return journal_problem;
          work_record result;
          result.work.action = actions[x.deploy_id];
          result.work.asked_by = "token ci";
          return result;
        }};
      })));
  }

  static notification_target webhook(const std::string& path) {
    notification_target result;
    result.name = "hook";
    result.path = secret{path};
    return result;
  }

  static notification_target command() {
    notification_target result;
    result.name = "program";
    result.kind = notification_kind::command;
    result.command = {"notify-send", "--urgent"};
    return result;
  }

  void end(const notifier_actor& whom, const std::string& id,
           stage_action action = stage_action::deploy) {
    BOOST_TEST((listener == deploy_listener_actor{whom}));
    actions[id] = action;
    deploy_report x;
    x.deploy_id = id;
    x.project = "shop";
    x.stage = "prod";
    x.outcome = deploy_outcome::deployed;
    self->send(whom, x);
    run();
  }

  scripted_exchange& on_post(const std::string& path = "/a") {
    return http.on(http_method::post, path);
  }

  static bool is_about(const scripted_exchange& x, const std::string& id) {
    return x.request().body.find(id) != std::string::npos;
  }

  scripted_http http{*this};
  notifier_policy policy;
  int64_t now = 1000;
  deploy_listener_actor listener;
  caf::error journal_problem;
  std::map<std::string, stage_action> actions;
  std::vector<program_call> run_commands;
  caf::error command_problem;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(a_notifier, fixture)

BOOST_AUTO_TEST_CASE(everybody_who_wants_to_know_is_told) {
  auto other = webhook("/b");
  other.stages = {"shop/test"};
  auto x = spawn({webhook("/a"), other, webhook("/c"), command()});
  auto& one = on_post("/a").answer(200);
  auto& two = on_post("/c").answer(204);
  end(x, "id-1");
  BOOST_TEST(is_about(one, "id-1"));
  BOOST_TEST(is_about(one, "token ci"));
  BOOST_TEST(is_about(two, "id-1"));
  BOOST_REQUIRE(run_commands.size() == 1u);
}

BOOST_AUTO_TEST_CASE(what_is_nothing_to_tell_is_not_told) {
  auto x = spawn({webhook("/a"), command()});
  end(x, "id-1", stage_action::restart);
  BOOST_TEST(http.log().empty());
  BOOST_TEST(run_commands.empty());
}

BOOST_AUTO_TEST_CASE(a_failure_is_repeated_with_a_new_signature) {
  auto to = webhook("/a");
  to.key = secret{"key"};
  auto x = spawn({to});
  auto& first = on_post().answer(500);
  auto& second = on_post().answer(200);
  end(x, "id-1");
  BOOST_TEST(first.asked());
  BOOST_TEST(!second.asked());
  now = 1002;
  advance(2s);
  BOOST_REQUIRE(second.asked());
  BOOST_TEST(first.request().headers != second.request().headers);
}

BOOST_AUTO_TEST_CASE(it_gives_up_in_the_end_and_goes_on) {
  auto x = spawn({webhook("/a")});
  on_post().fail(errc::connection_refused);
  on_post().fail(errc::timed_out);
  on_post().answer(503);
  auto& next = on_post().answer(200);
  end(x, "id-1");
  end(x, "id-2");
  BOOST_TEST(!next.asked());
  advance(10min);
  BOOST_REQUIRE(next.asked());
  BOOST_TEST(is_about(next, "id-2"));
}

BOOST_AUTO_TEST_CASE(what_will_fail_again_is_not_repeated) {
  auto x = spawn({webhook("/a")});
  on_post().answer(404);
  end(x, "id-1");
  advance(10min);
  BOOST_TEST(http.log().size() == 1u);
}

BOOST_AUTO_TEST_CASE(it_waits_as_long_as_it_is_asked_to) {
  auto x = spawn({webhook("/a")});
  on_post().answer(429, "", {{"retry-after", secret{"30"}}});
  auto& second = on_post().answer(200);
  end(x, "id-1");
  advance(29s);
  BOOST_TEST(!second.asked());
  advance(1s);
  BOOST_TEST(second.asked());
}

BOOST_AUTO_TEST_CASE(nobody_makes_it_wait_for_ever) {
  auto x = spawn({webhook("/a")});
  on_post().answer(429, "", {{"retry-after", secret{"1000000"}}});
  auto& second = on_post().answer(200);
  end(x, "id-1");
  advance(1min);
  BOOST_TEST(second.asked());
}

BOOST_AUTO_TEST_CASE(messages_come_one_by_one_in_order) {
  auto x = spawn({webhook("/a")});
  auto& first = on_post();
  auto& second = on_post().answer(200);
  end(x, "id-1");
  end(x, "id-2");
  BOOST_TEST(is_about(first, "id-1"));
  BOOST_TEST(!second.asked());
  first.answer(200);
  run();
  BOOST_REQUIRE(second.asked());
  BOOST_TEST(is_about(second, "id-2"));
}

BOOST_AUTO_TEST_CASE(a_target_that_hangs_does_not_hold_up_others_or_memory) {
  auto x = spawn({webhook("/a"), webhook("/b")});
  auto& hanging = on_post("/a");
  auto& other = on_post("/b").always().answer(200);
  for (int i = 0; i < 10; ++i)
    end(x, "id-" + std::to_string(i));
  BOOST_TEST(other.requests().size() == 10u);
  auto& rest = on_post("/a").always().answer(200);
  hanging.answer(200);
  run();
  // Two more of ten wait beside the one under way.
  BOOST_TEST(rest.requests().size() == 2u);
}

BOOST_AUTO_TEST_CASE(a_command_gets_json_and_no_secrets) {
  ::setenv("DW_TEST_TOKEN", "very-secret", 1);
  auto x = spawn({command()});
  end(x, "id-1");
  BOOST_REQUIRE(run_commands.size() == 1u);
  const auto& what = run_commands.front();
  BOOST_TEST(
    (what.words == std::vector<std::string>{"notify-send", "--urgent"}));
  BOOST_TEST(what.input.find(R"("deploy_id":"id-1")") != std::string::npos);
  BOOST_REQUIRE(what.environment.has_value());
  for (const auto& variable : *what.environment)
    BOOST_TEST(variable.find("very-secret") == std::string::npos, variable);
  BOOST_TEST((what.timeout == 10s));
}

BOOST_AUTO_TEST_CASE(a_command_that_fails_is_not_repeated) {
  command_problem = make_failure(errc::timed_out, {});
  auto x = spawn({command()});
  end(x, "id-1");
  end(x, "id-2");
  advance(10min);
  BOOST_TEST(run_commands.size() == 2u);
}

BOOST_AUTO_TEST_CASE(what_the_journal_does_not_know_is_not_told) {
  journal_problem = make_failure(errc::not_found, {});
  auto x = spawn({webhook("/a")});
  end(x, "id-1");
  BOOST_TEST(http.log().empty());
  BOOST_TEST(static_cast<bool>(ask<done>(x, caf::close_atom::value)));
}

BOOST_AUTO_TEST_CASE(new_targets_are_told_and_old_ones_get_the_rest) {
  auto x = spawn({webhook("/a"), webhook("/b")});
  auto& hanging = on_post("/a");
  on_post("/b").answer(200);
  end(x, "id-1");
  self->send(x, notify_others{{webhook("/c")}});
  auto& fresh = on_post("/c").answer(200);
  end(x, "id-2");
  BOOST_TEST(is_about(fresh, "id-2"));
  auto& again = on_post("/a").answer(200);
  hanging.answer(503);
  run();
  advance(2s);
  BOOST_REQUIRE(again.asked());
  BOOST_TEST(is_about(again, "id-1"));
  advance(10min);
  BOOST_TEST(http.log().size() == 4u);
}

BOOST_AUTO_TEST_CASE(one_can_wait_until_all_is_told) {
  auto x = spawn({webhook("/a")});
  BOOST_TEST(static_cast<bool>(ask<done>(x, caf::close_atom::value)));
  auto& hanging = on_post();
  end(x, "id-1");
  auto answer = request<done>(x, caf::close_atom::value);
  run();
  BOOST_TEST(!answer.ready());
  hanging.answer(200);
  run();
  BOOST_TEST(answer.ready());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_CASE(the_command_runner_tells_how_a_program_ended) {
  caf::actor_system_config cfg;
  add_message_types(cfg);
  caf::actor_system sys{cfg};
  auto runner = spawn_command_runner(sys);
  caf::scoped_actor self{sys};
  auto run = [&](const std::string& script) {
    caf::error result;
    self
      ->request(runner, caf::infinite,
                program_request{{{"sh", "-c", script}, "text\n"}})
      .receive([](const done&) {}, [&](caf::error& err) { result = err; });
    return result;
  };
  BOOST_TEST(!run("read x; test \"$x\" = text"));
  auto problem = run("echo no space >&2; exit 3");
  BOOST_TEST(failure_of(problem).reply == "it ended with status 3: no space");
  self->send_exit(runner, caf::exit_reason::user_shutdown);
}
