// Every command of the program, with right and wrong input.

#include "tests/support/shop_stage.hpp"
#include "tests/support/test_environment.hpp"

#include <boost/test/unit_test.hpp>

#include <csignal>
#include <map>

using namespace dw::test;

namespace {

using arguments = watcher::arguments;

bool says(const std::string& text, const std::string& words) {
  return text.find(words) != std::string::npos;
}

/// A stage that is not deployed.
struct fixture {
  /// Runs a command that must succeed and write nothing to standard error.
  std::string done(const arguments& args) const {
    const auto end = stage.program.run(args);
    BOOST_TEST(end.status == 0, end.output << end.error_output);
    BOOST_TEST(end.error_output == "");
    return end.output;
  }

  /// Runs a command that must end with `status`, and say why.
  void
  refused(const arguments& args, int status, const std::string& why) const {
    const auto end = stage.program.run(args);
    BOOST_TEST(end.status == status, end.output << end.error_output);
    BOOST_TEST(says(end.output + end.error_output, why),
               end.output << end.error_output);
  }

  /// The state of each container without the project's prefix.
  std::vector<std::string> containers() const {
    std::vector<std::string> result;
    for (const auto& x : container_states_of(stage.project))
      result.push_back(x.substr(("dw-" + stage.project + "-").size()));
    return result;
  }

  shop_stage stage;
  std::string name = stage.name();
};

using states = std::vector<std::string>;

struct wrong_line {
  arguments args;
  std::string why;
};

const wrong_line wrong_lines[] = {
  {{}, "name a command: deploy, plan"},
  {{"dploy", "a/b"}, "did you mean deploy?"},
  {{"deploy"}, "name one or more stages, or pass --all"},
  {{"deploy", "a/b", "--all"}, "not both"},
  {{"deploy", "--all", "--tag", "v1"}, "--tag and --image are for named"},
  {{"deploy", "a/b", "--timeout", "soon"}, "\"soon\" is no duration"},
  {{"deploy", "a/b", "--nonsense"}, "--nonsense"},
  {{"deploy", "a/b"}, "Its stages are: "},
  {{"rollback"}, "PROJECT/STAGE is missing"},
  {{"rollback", "a/b", "c/d"}, "one PROJECT/STAGE at a time"},
  {{"logs", "a/b", "--tail", "many"}, "--tail"},
  {{"proxy"}, "name a command: list"},
  {{"proxy", "show"}, "DOMAIN is missing"},
  {{"completion", "cmd"}, "bash"},
};

} // namespace

// -- the command line ---------------------------------------------------------

BOOST_FIXTURE_TEST_CASE(what_cannot_be_right_ends_with_2_and_changes_nothing,
                        fixture) {
  for (const auto& line : wrong_lines)
    refused(line.args, 2, line.why);
  refused({"deploy", name, "--image", "shop:::"}, 2, "image reference");
  BOOST_TEST(containers().empty());
}

BOOST_FIXTURE_TEST_CASE(all_problems_of_a_configuration_are_told_at_once,
                        fixture) {
  const auto file
    = stage.program.directory().write("bad.yml",
                                      "projects:\n"
                                      "  shop:\n"
                                      "    image: registry.example.com/shop\n"
                                      "    stages:\n"
                                      "      prod:\n"
                                      "        tag: v1\n"
                                      "        port: 80800\n"
                                      "        environment: {}\n");
  const auto end = run_child({{watcher::path(), "-c", file, "check"}});
  BOOST_TEST(end.status == 2);
  BOOST_TEST(says(end.error_output,
                  "bad.yml:7:15: projects.shop.stages.prod.port: found "
                  "\"80800\", expected a port from 1 to 65535"),
             end.error_output);
  BOOST_TEST(says(end.error_output,
                  "bad.yml:8:9: projects.shop.stages.prod.environment: is not "
                  "a key here, did you mean env?"),
             end.error_output);
  const auto missing
    = run_child({{watcher::path(), "-c", "/no/such", "check"}});
  BOOST_TEST(missing.status == 2);
  BOOST_TEST(says(missing.error_output, "/no/such"), missing.error_output);
}

BOOST_AUTO_TEST_CASE(help_version_and_completion_need_no_configuration) {
  for (const auto& args : std::vector<arguments>{{"--help"},
                                                 {"deploy", "--help"},
                                                 {"version"},
                                                 {"completion", "bash"},
                                                 {"completion", "zsh"},
                                                 {"completion", "fish"}}) {
    arguments words{watcher::path()};
    words.insert(words.end(), args.begin(), args.end());
    const auto end = run_child({words});
    BOOST_TEST(end.status == 0, end.error_output);
    BOOST_TEST(!end.output.empty());
    BOOST_TEST(end.error_output == "");
  }
  const auto script = output_of({watcher::path(), "completion", "bash"});
  output_of({"bash", "-n", "-c", script});
}

// -- deploying ----------------------------------------------------------------

BOOST_FIXTURE_TEST_CASE(several_stages_are_deployed_side_by_side, fixture) {
  auto second = stage.settings();
  second.stage = "blue";
  second.domains = {"blue-" + stage.domain, "www-" + stage.domain};
  stage.program.settings.stages.push_back(second);
  const auto other = stage.project + "/blue";
  done({"deploy", name, other});
  BOOST_TEST(containers() == (states{"blue-v1 running", "prod-v1 running"}),
             boost::test_tools::per_element());
  stage.proxy.settle();
  for (const auto& domain : second.domains)
    BOOST_TEST(stage.proxy.visit(domain).body == "shop v1\n");
  // Each line is JSON, also with several at once.
  const auto end = stage.program.run({"deploy", "--all", "--json"});
  BOOST_TEST(end.status == 0);
  BOOST_TEST(end.error_output == "");
  std::map<std::string, int> reports;
  for (const auto& x : json_lines(end.output))
    if (x.at("type").text() == "report")
      ++reports[x.at("stage").text()];
  BOOST_TEST((reports == std::map<std::string, int>{{"blue", 1}, {"prod", 1}}));
  BOOST_TEST(done({"status", "--names"}) == name + "\n" + other + "\n");
}

BOOST_FIXTURE_TEST_CASE(the_image_and_the_time_can_be_given, fixture) {
  stage.settings().more.emplace_back("health: {path: /healthz}");
  done({"deploy", name, "--image", environment().registry + "/shop-plain:v2",
        "--timeout", "2m"});
  BOOST_TEST(stage.served() == "v2");
  stage.settings().more.emplace_back("command: [sleep, \"1000\"]");
  refused({"deploy", name, "--tag", "v1", "--timeout", "3s"}, 1,
          "not done after 3 s");
  BOOST_TEST(stage.whats_wrong_with_only("v2") == "");
}

BOOST_FIXTURE_TEST_CASE(the_drain_can_be_left_to_the_background, fixture) {
  stage.must_deploy("v1");
  stage.settings().more.front() = "drain: 2s";
  const auto printed = done({"deploy", name, "--tag", "v2", "--no-wait-drain"});
  BOOST_TEST(says(printed, "done  " + name), printed);
  // Waits for whoever works on the stage, which is the one in the background.
  done({"retire", name});
  BOOST_TEST(stage.whats_wrong_with_only("v2") == "");
}

BOOST_FIXTURE_TEST_CASE(the_docker_clis_login_is_used_if_there_is_no_other,
                        fixture) {
  stage.program.settings.registry.clear();
  const auto end = stage.program.run(
    {"deploy", name}, {{"DOCKER_CONFIG", environment().docker_config}});
  BOOST_TEST(end.status == 0, end.output);
  BOOST_TEST(stage.served() == "v1");
}

BOOST_FIXTURE_TEST_CASE(a_login_is_stored_once_and_used_by_deploys, fixture) {
  const auto host = stage.program.settings.registry;
  stage.program.settings.registry.clear();
  const auto login = [&](const std::string& password) {
    return stage.program.run_with_input(
      password + "\n", {"login", host, "--username",
                        environment().registry_username, "--password-stdin"});
  };
  const auto wrong = login("wrong");
  BOOST_TEST(wrong.status == 1);
  BOOST_TEST(says(wrong.error_output, "could not log in to " + host),
             wrong.error_output);
  BOOST_TEST(stage.program.run({"deploy", name}).status == 1);
  const auto right = login(environment().registry_password);
  BOOST_TEST(right.status == 0, right.error_output);
  BOOST_TEST(says(right.output, "Logged in to " + host), right.output);
  done({"deploy", name});
  BOOST_TEST(stage.served() == "v1");
  const auto out = done({"logout", host});
  BOOST_TEST(says(out, "Removed the login for " + host), out);
}

BOOST_FIXTURE_TEST_CASE(the_proxys_login_is_stored_once_and_used, fixture) {
  const auto identity
    = std::exchange(stage.program.settings.npm_identity, std::string{});
  const auto login = [&](const std::string& password) {
    return stage.program.run_with_input(password + "\n",
                                        {"login", "--proxy", "--username",
                                         identity, "--password-stdin"});
  };
  const auto wrong = login("wrong");
  BOOST_TEST(wrong.status == 1, wrong.error_output);
  BOOST_TEST(says(wrong.error_output, "log in"), wrong.error_output);
  refused({"check"}, 2, "docker-watcher login --proxy");
  const auto right = login(stage.program.settings.npm_secret);
  BOOST_TEST(right.status == 0, right.error_output);
  BOOST_TEST(says(right.output, "as " + identity), right.output);
  done({"check"});
  done({"deploy", name});
  BOOST_TEST(stage.served() == "v1");
  BOOST_TEST(says(done({"logout", "--proxy"}), "Removed the login for http"));
  refused({"check"}, 2, "docker-watcher login --proxy");
  stage.program.settings.npm_identity = identity;
  refused({"login", "--proxy", "--username", "x", "--password-stdin"}, 2,
          "proxy.identity is " + identity);
}

// -- looking ------------------------------------------------------------------

BOOST_FIXTURE_TEST_CASE(a_plan_changes_nothing, fixture) {
  const auto first = done({"plan", name});
  for (const auto* words :
       {"create network", "create container", "create proxy host"})
    BOOST_TEST(says(first, words), first);
  BOOST_TEST(containers().empty());
  stage.must_deploy("v1");
  const auto next = done({"plan", name, "--tag", "v2"});
  BOOST_TEST(says(next, "tag: v1 -> v2"), next);
  BOOST_TEST(says(next, "update proxy host"), next);
  json_lines(done({"plan", name, "--json"}));
  BOOST_TEST(stage.whats_wrong_with_only("v1") == "");
}

BOOST_FIXTURE_TEST_CASE(what_runs_and_where_it_is_reached_is_shown, fixture) {
  BOOST_TEST(says(done({"status"}), "not deployed"));
  refused({"logs", name}, 1, "it has no container");
  refused({"start", name}, 1, "Deploy it first");
  refused({"rollback", name}, 1, "no earlier container is kept");
  stage.must_deploy("v1");
  const auto status = done({"status", name});
  BOOST_TEST(says(status, stage.container("v1")), status);
  BOOST_TEST(says(status, stage.domain + " -> 127.0.0.1:"), status);
  BOOST_TEST(
    last_of_type(done({"status", "--json"}), "container").at("role").text()
    == "serves");
  BOOST_TEST(says(done({"proxy", "list"}), stage.domain));
  BOOST_TEST(says(done({"proxy", "find", stage.domain}), "online"));
  BOOST_TEST(says(done({"proxy", "show", stage.domain}), "websockets"));
  for (const auto& args : {arguments{"proxy", "list", "--json"},
                           arguments{"proxy", "show", stage.domain, "--json"}})
    BOOST_TEST(last_of_type(done(args), "proxy_host").at("enabled").flag());
  refused({"proxy", "find", "no-such.test"}, 1,
          "could not find the proxy host");
  const auto check = done({"check"});
  for (const auto* words : {"ok   configuration", "ok   engine", "ok   proxy"})
    BOOST_TEST(says(check, words), check);
  json_lines(done({"check", "--json"}));
}

BOOST_FIXTURE_TEST_CASE(logs_are_shown_and_followed, fixture) {
  stage.must_deploy("v1");
  BOOST_TEST(done({"logs", name}) == "shop v1 is open\n");
  BOOST_TEST(done({"logs", name, "--tail", "0"}) == "");
  BOOST_TEST(says(done({"logs", name, "-t"}), "Z shop v1 is open"));
  auto follower = stage.program.start({"logs", "-f", name});
  follower.wait_for_output("shop v1 is open");
  follower.send(SIGINT);
  BOOST_TEST(stage.program.finish(follower).status == 130);
  auto witness = stage.program.start({"logs", "-f", name});
  witness.wait_for_output("shop v1 is open");
  done({"stop", name});
  const auto end = stage.program.finish(witness);
  BOOST_TEST(end.status == 0, end.error_output);
  BOOST_TEST(end.output == "shop v1 is open\nshop v1 is closed\n");
}

// -- stopping, starting, removing ---------------------------------------------

BOOST_FIXTURE_TEST_CASE(a_stage_is_stopped_started_and_restarted, fixture) {
  stage.must_deploy("v1");
  done({"stop", name});
  BOOST_TEST(containers() == states{"prod-v1 exited"},
             boost::test_tools::per_element());
  done({"start", name});
  BOOST_TEST(stage.whats_wrong_with_only("v1") == "");
  done({"restart", name});
  BOOST_TEST(stage.whats_wrong_with_only("v1") == "");
}

// Docker gives the port to somebody else sooner or later.
BOOST_FIXTURE_TEST_CASE(visitors_of_a_stopped_stage_see_no_other_app, fixture) {
  stage.must_deploy("v1");
  const auto port = stage.hosts().front().at("forward_port").integer();
  done({"stop", name});
  output_of({"docker", "run", "--detach", "--label",
             "docker-watcher.project=" + stage.project, "--publish",
             "127.0.0.1:" + std::to_string(port) + ":8080",
             stage.settings().image + ":v1"});
  const auto served = stage.served();
  BOOST_TEST(served.starts_with("502"), served);
}

BOOST_FIXTURE_TEST_CASE(remove_asks_a_person_and_takes_yes_from_programs,
                        fixture) {
  stage.must_deploy("v1");
  refused({"remove", name}, 2, "Pass --yes.");
  auto question = stage.program.start_on_terminal({"remove", name});
  question.wait_for_output("[y/N]");
  question.type("n\n");
  BOOST_TEST(stage.program.finish(question).status == 2);
  BOOST_TEST(stage.whats_wrong_with_only("v1") == "");
  auto again = stage.program.start_on_terminal({"remove", name});
  again.wait_for_output("[y/N]");
  again.type("y\n");
  BOOST_TEST(stage.program.finish(again).status == 0);
  BOOST_TEST(containers().empty());
  BOOST_TEST(stage.hosts().empty());
  done({"remove", name, "--yes"});
}

BOOST_FIXTURE_TEST_CASE(a_rollback_goes_to_the_kept_version, fixture) {
  stage.set_line("keep:", "keep: 1");
  stage.must_deploy("v1");
  stage.must_deploy("v2");
  BOOST_TEST(containers() == (states{"prod-v1 exited", "prod-v2 running"}),
             boost::test_tools::per_element());
  refused({"rollback", name, "--tag", "v7"}, 1, "Kept are: v1");
  done({"rollback", name});
  BOOST_TEST(stage.served() == "v1");
}
