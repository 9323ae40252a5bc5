// Commands that have a server do their work, beside those that work themselves.

#include "tests/support/await.hpp"
#include "tests/support/shop_stage.hpp"

#include <boost/test/unit_test.hpp>

#include <csignal>
#include <functional>
#include <optional>
#include <regex>

using namespace dw::test;

using npm_standin::json;

namespace {

using arguments = watcher::arguments;

/// A stage, and commands on it: by a server or not.
class world {
public:
  enum class kind { here, by_server };

  explicit world(kind how, const std::string& image = "shop-plain")
    : how_{how} {
    stage.settings().image = stage.program.settings.registry + "/" + image;
    if (image == "shop-plain")
      stage.settings().more.emplace_back("health: {path: /healthz}");
    stage.set_line("keep:", "keep: 1");
    // One that fails does so once, and not as often as the engine likes.
    stage.set_line("restart:", "restart: \"no\"");
    stage.program.settings.socket = files.path("api.sock");
    if (how == kind::by_server)
      serve();
  }

  /// Starts the server, or another one in its place.
  void serve() {
    daemon.emplace(stage.program.start({"serve"}));
    daemon->wait_for_output("listening on");
  }

  void kill_server() {
    daemon->send(SIGKILL);
    daemon->wait();
    daemon.reset();
  }

  /// A command for the server, which knows nothing but where that is.
  child_command at_server(arguments args, const std::string& token = {}) const {
    child_command result;
    args.insert(args.begin(), watcher::path());
    args.insert(args.end(), {"--server", files.path("api.sock")});
    result.words = std::move(args);
    result.environment = {{"DOCKER_HOST", "unix:///nowhere"},
                          {"DOCKER_WATCHER_STATE", files.path("no-state")}};
    if (!token.empty())
      result.environment["DOCKER_WATCHER_TOKEN"] = token;
    return result;
  }

  child_process start(const arguments& args) const {
    return how_ == kind::here ? stage.program.start(args)
                              : child_process{at_server(args)};
  }

  child_end run(const arguments& args) const {
    auto running = start(args);
    return stage.program.finish(running);
  }

  /// Runs a command. @returns what it wrote and how it ended, without what is
  /// different each time.
  std::string transcript(const arguments& args) const {
    auto end = run(args);
    std::string result = "$";
    for (const auto& x : args)
      result += " " + x;
    result += "\n" + end.output + end.error_output + "-> "
              + std::to_string(end.status) + "\n";
    return mask(result);
  }

  std::string mask(std::string text) const {
    static const std::pair<std::regex, const char*> patterns[] = {
      {std::regex{"the server at [^ ]*api.sock"}, "CONFIGURATION"},
      {std::regex{"[^ ]*docker-watcher.yml"}, "CONFIGURATION"},
      {std::regex{R"(\b[0-9a-f]{64}\b)"}, "ID"},
      {std::regex{R"(\b[0-9a-f]{12}\b)"}, "ID"},
      {std::regex{R"( *[0-9]+\.[0-9] s)"}, " TIME"},
      {std::regex{R"("elapsed_ms":[0-9]+)"}, R"("elapsed_ms":MS)"},
      {std::regex{R"(127\.0\.0\.1:[0-9]+)"}, "ADDRESS"},
      {std::regex{R"("port":[0-9]+)"}, R"("port":PORT)"},
      {std::regex{"(Up|Exited|seconds|second|Less|than) [^\"\n]*"}, "STATUS"},
      // How often a pull tells how far it is, is up to the engine.
      {std::regex{"[^\n]*\"progress\"[^\n]*\n"}, ""},
      {std::regex{R"("sequence":[0-9]+)"}, R"("sequence":N)"},
    };
    text = std::regex_replace(text, std::regex{stage.project}, "PROJECT");
    for (const auto& [pattern, replacement] : patterns)
      text = std::regex_replace(text, pattern, replacement);
    return text;
  }

  std::string name() const {
    return stage.name();
  }

  temp_directory files;
  shop_stage stage;
  std::optional<child_process> daemon;

private:
  kind how_;
};

/// Plays the same here and by a server: nobody must see a difference.
void compare(const std::function<std::string(world&)>& play,
             const std::string& image = "shop-plain") {
  world here{world::kind::here, image};
  world by_server{world::kind::by_server, image};
  const auto expected = play(here);
  const auto found = play(by_server);
  BOOST_TEST(found == expected);
}

bool says(const std::string& text, const std::string& words) {
  return text.find(words) != std::string::npos;
}

/// A server, and a stage whose v1 serves.
struct fixture : world {
  fixture() : world{kind::by_server} {
    const auto end = run({"deploy", name(), "--tag", "v1"});
    BOOST_TEST_REQUIRE(end.status == 0, end.output << end.error_output);
  }

  child_process deploy_until(const std::string& phase) const {
    auto result = start({"deploy", name(), "--tag", "v2", "--json"});
    result.wait_for_output("\"phase\":\"" + phase + "\"");
    return result;
  }

  std::string history(const arguments& more) const {
    arguments args{"history"};
    args.insert(args.end(), more.begin(), more.end());
    const auto end = run(args);
    BOOST_TEST(end.status == 0, end.error_output);
    return end.output;
  }
};

} // namespace

// -- the same here and by a server --------------------------------------------

BOOST_AUTO_TEST_CASE(a_deploy_and_a_rollback_look_the_same) {
  compare([](world& x) {
    auto result = x.transcript({"status", x.name()});
    result += x.transcript({"deploy", x.name()});
    result += x.transcript({"deploy", x.name(), "--tag", "v2", "--json"});
    BOOST_TEST(x.stage.served() == "v2");
    result += x.transcript({"status", x.name(), "--json"});
    result += x.transcript({"rollback", x.name()});
    BOOST_TEST(x.stage.served() == "v1");
    result += x.transcript({"status", x.name()});
    // The engine has both images by now, whoever comes first.
    result += x.transcript({"plan", x.name()});
    result += x.transcript({"plan", x.name(), "--tag", "v2", "--json"});
    result += x.transcript({"logs", x.name(), "--tail", "1"});
    return result;
  });
}

BOOST_AUTO_TEST_CASE(a_stage_is_stopped_started_and_removed_the_same_way) {
  compare([](world& x) {
    auto result = x.transcript({"deploy", "--all"});
    for (const auto* command : {"stop", "start", "restart", "retire"})
      result += x.transcript({command, x.name()});
    result += x.transcript({"proxy", "find", x.stage.domain});
    result += x.transcript({"proxy", "show", x.stage.domain});
    result += x.transcript({"proxy", "list", "--json"});
    result += x.transcript({"remove", x.name()});
    result += x.transcript({"remove", x.name(), "--yes"});
    BOOST_TEST(x.stage.hosts().empty());
    return result;
  });
}

BOOST_AUTO_TEST_CASE(failures_look_the_same_and_end_the_same) {
  compare(
    [](world& x) {
      auto result = x.transcript({"deploy", x.name(), "--tag", "v4"});
      result += x.transcript({"deploy", x.name(), "--tag", "v4", "--json"});
      result += x.transcript({"deploy", x.name(), "--tag", "none"});
      result += x.transcript({"rollback", x.name()});
      result += x.transcript({"logs", x.name()});
      result += x.transcript({"deploy", x.name() + "x"});
      result += x.transcript({"status", x.name() + "x"});
      result += x.transcript({"deploy", x.name(), "--image", "shop:::"});
      result += x.transcript({"proxy", "find", "nobody.test"});
      return result;
    },
    "shop");
}

BOOST_FIXTURE_TEST_CASE(the_server_stops_what_has_drained_in_the_background,
                        fixture) {
  const auto end = run({"deploy", name(), "--tag", "v2", "--no-wait-drain"});
  BOOST_TEST(end.status == 0, end.output);
  await("the old one is stopped", [this] {
    return says(run({"status", name()}).output, "exited   kept        v1");
  });
  BOOST_TEST(stage.served() == "v2");
}

BOOST_AUTO_TEST_CASE(names_of_stages_come_from_the_server) {
  world x{world::kind::by_server};
  BOOST_TEST(x.run({"status", "--names"}).output == x.name() + "\n");
}

// -- logs ---------------------------------------------------------------------

BOOST_FIXTURE_TEST_CASE(a_log_is_followed, fixture) {
  auto logs = start({"logs", name(), "--follow"});
  logs.wait_for_output("\n");
  logs.send(SIGINT);
  BOOST_TEST(logs.wait().status == 130);
}

BOOST_FIXTURE_TEST_CASE(a_slow_reader_gets_a_whole_log, fixture) {
  const auto container = stage.container("v1");
  output_of(
    {"docker", "exec", container, "sh", "-c", "seq 1 300000 >/proc/1/fd/1"});
  await("all is in the log", [&] {
    return output_of({"docker", "logs", "--tail", "1", container})
           == "300000\n";
  });
  auto slow = start({"logs", name()});
  slow.wait_for_output("\n");
  // It has time to fill all that is between the server and this test.
  const auto fast = run({"logs", name()});
  BOOST_TEST(fast.output.size() > 1'900'000u);
  const auto end = slow.wait();
  BOOST_TEST(end.status == 0, end.error_output);
  BOOST_TEST((end.output == fast.output));
}

// -- history ------------------------------------------------------------------

BOOST_FIXTURE_TEST_CASE(the_history_is_the_same_beside_the_server_and_by_it,
                        fixture) {
  BOOST_TEST(run({"deploy", name(), "--tag", "none"}).status == 1);
  const auto lines = json_lines(history({name(), "--json"}));
  BOOST_REQUIRE(lines.size() == 2u);
  BOOST_TEST(lines.front().at("tag").text() == "none");
  BOOST_TEST(lines.front().at("asked_by").text() == "uid 0");
  BOOST_TEST(lines.back().at("report").at("outcome").text() == "deployed");
  const auto id = lines.back().at("deploy_id").text();
  for (const auto& args :
       {arguments{"history"}, arguments{"history", "--json"},
        arguments{"history", name(), "--limit", "1"}, arguments{"history", id},
        arguments{"history", id, "--json"}, arguments{"history", "no/where"},
        arguments{"history", "nothing"}}) {
    const auto beside = stage.program.run(args);
    const auto by_server = run(args);
    BOOST_TEST(beside.output == by_server.output);
    BOOST_TEST(beside.error_output == by_server.error_output);
    BOOST_TEST(beside.status == by_server.status);
  }
  BOOST_TEST(says(history({id}), "verifying"));
  kill_server();
  BOOST_TEST(says(stage.program.run({"history"}).output, id));
}

// -- servers that do not do what is asked -------------------------------------

BOOST_FIXTURE_TEST_CASE(who_has_no_right_token_is_told, fixture) {
  const auto wrong = run_child(at_server({"status", name()}, "dw_0000_x"));
  BOOST_TEST(wrong.status == 3);
  BOOST_TEST(says(wrong.error_output, "answered 401"), wrong.error_output);
  BOOST_TEST(says(wrong.error_output, "DOCKER_WATCHER_TOKEN"));
  auto made = stage.program.run({"token", "create", "x", "--scope", "read"});
  BOOST_TEST_REQUIRE(made.status == 0);
  made.output.pop_back();
  BOOST_TEST(run_child(at_server({"status", name()}, made.output)).status == 0);
  const auto narrow
    = run_child(at_server({"deploy", name(), "--tag", "v2"}, made.output));
  BOOST_TEST(narrow.status == 3, narrow.output);
  BOOST_TEST(says(narrow.output, "It needs the scope deploy."), narrow.output);
  BOOST_TEST(!says(narrow.output + narrow.error_output, made.output));
  BOOST_TEST(stage.served() == "v1");
}

BOOST_AUTO_TEST_CASE(a_server_that_is_not_there_is_told) {
  world x{world::kind::by_server};
  x.kill_server();
  for (const auto& args : {arguments{"deploy", x.name()}, arguments{"status"},
                           arguments{"history"}, arguments{"proxy", "list"}}) {
    const auto end = x.run(args);
    BOOST_TEST(end.status == 3);
    BOOST_TEST(says(end.error_output, "Check that docker-watcher serve runs"),
               end.error_output);
  }
}

BOOST_FIXTURE_TEST_CASE(work_of_another_process_is_not_disturbed, fixture) {
  stage.get_healthy_after("600000");
  auto other = stage.program.start({"deploy", name(), "--tag", "v2", "--json"});
  other.wait_for_output("\"phase\":\"gating\"");
  const auto end = run({"restart", name()});
  BOOST_TEST(end.status == 1);
  BOOST_TEST(says(end.output, "process " + std::to_string(other.pid())),
             end.output);
  other.send(SIGINT);
  BOOST_TEST(stage.program.finish(other).status == 130);
}

BOOST_FIXTURE_TEST_CASE(a_client_without_stages_checks_its_server, fixture) {
  child_command check;
  check.words = {watcher::path(), "--config",
                 files.write("client.yml", "client: {server: "
                                             + files.path("api.sock") + "}\n"),
                 "check"};
  check.environment = {{"DOCKER_HOST", "unix:///nowhere"}};
  const auto good = run_child(check);
  BOOST_TEST(good.status == 0, good.output);
  BOOST_TEST(says(good.output, "server: " + files.path("api.sock")),
             good.output);
  kill_server();
  const auto bad = run_child(check);
  BOOST_TEST(bad.status == 3, bad.output);
  BOOST_TEST(says(bad.output, "docker-watcher serve"), bad.output);
}

// -- interrupts ---------------------------------------------------------------

BOOST_FIXTURE_TEST_CASE(an_interrupt_cancels_at_the_server, fixture) {
  stage.get_healthy_after("600000");
  kill_server();
  serve(); // with that setting
  auto deploy = deploy_until("gating");
  deploy.send(SIGINT);
  const auto end = deploy.wait();
  BOOST_TEST(end.status == 130);
  BOOST_TEST(last_of_type(end.output, "report").at("outcome").text()
             == "cancelled");
  BOOST_TEST(stage.whats_wrong_with_only("v1") == "");
}

BOOST_FIXTURE_TEST_CASE(a_second_interrupt_leaves_and_the_server_goes_on,
                        fixture) {
  stage.get_healthy_after("600000");
  kill_server();
  serve();
  auto deploy = deploy_until("gating");
  daemon->send(SIGSTOP); // so that it does not end before
  deploy.send(SIGINT);
  deploy.wait_for_output("interrupted");
  deploy.send(SIGINT);
  const auto end = deploy.wait();
  daemon->send(SIGCONT);
  BOOST_TEST(end.status == 130);
  BOOST_TEST(says(end.error_output, "the server goes on with it"),
             end.error_output);
}

// -- a server that dies -------------------------------------------------------

BOOST_FIXTURE_TEST_CASE(a_server_that_is_killed_and_restarted_is_waited_for,
                        fixture) {
  stage.get_healthy_after("2000");
  kill_server();
  serve();
  for (const auto* phase : {"pulling", "gating"}) {
    auto deploy = deploy_until(phase);
    kill_server();
    deploy.wait_for_output("\"retrying\":true");
    serve();
    const auto end = deploy.wait();
    BOOST_TEST(end.status == 0, end.output << end.error_output);
    BOOST_TEST(last_of_type(end.output, "report").at("outcome").text()
               == "deployed");
    BOOST_TEST(stage.served() == "v2");
    BOOST_TEST(run({"rollback", name()}).status == 0);
  }
}
