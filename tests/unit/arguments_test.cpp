#include "main/arguments.hpp"

#include <boost/test/unit_test.hpp>

#include <sstream>

using namespace dw;
using namespace std::chrono_literals;

namespace {

std::variant<arguments, usage_message> parse(const std::string& line) {
  std::istringstream in{line};
  std::vector<std::string> words{"docker-watcher"};
  for (std::string word; in >> word;)
    words.push_back(word);
  std::vector<const char*> argv;
  for (const auto& x : words)
    argv.push_back(x.c_str());
  return parse_command_line(static_cast<int>(argv.size()), argv.data());
}

arguments good(const std::string& line) {
  auto result = parse(line);
  if (const auto* usage = std::get_if<usage_message>(&result))
    BOOST_FAIL("\"" << line << "\" is refused: " << usage->text);
  return std::get<arguments>(result);
}

usage_message message(const std::string& line) {
  auto result = parse(line);
  BOOST_REQUIRE_MESSAGE(std::holds_alternative<usage_message>(result),
                        "\"" << line << "\" is accepted");
  return std::get<usage_message>(result);
}

/// The first line of an error, without the program's name.
std::string problem(const std::string& line) {
  auto x = message(line);
  BOOST_TEST(x.is_error);
  std::string name = "docker-watcher";
  BOOST_TEST(x.text.starts_with(name));
  return x.text.substr(name.size(), x.text.find('\n') - name.size());
}

std::string help(const std::string& line) {
  auto x = message(line);
  BOOST_TEST(!x.is_error);
  return x.text;
}

const std::vector<std::string> all_commands{
  "deploy",     "plan",   "status",    "rollback",   "start",      "stop",
  "restart",    "remove", "retire",    "logs",       "proxy",      "proxy list",
  "proxy show", "check",  "version",   "completion", "proxy find", "login",
  "logout",     "node",   "node cert", "nodes"};

} // namespace

BOOST_AUTO_TEST_SUITE(the_command_line)

// -- good ones ----------------------------------------------------------------

BOOST_AUTO_TEST_CASE(the_defaults_change_nothing) {
  auto x = good("deploy shop/prod");
  BOOST_TEST(x.command == "deploy");
  BOOST_TEST(x.configuration == "docker-watcher.yml");
  BOOST_TEST(x.stages == std::vector<std::string>{"shop/prod"});
  BOOST_TEST(!x.verbose);
  BOOST_TEST(!x.all);
  BOOST_TEST(x.tag.empty());
  BOOST_TEST(x.image.empty());
  BOOST_TEST(x.timeout.count() == 0);
  BOOST_TEST(!x.no_wait_drain);
  BOOST_TEST(!x.json);
}

BOOST_AUTO_TEST_CASE(deploy_takes_all_its_options) {
  auto x = good("deploy a/b c/d --tag 1.10 --image example.com/x "
                "--timeout 1m30s --no-wait-drain --json");
  BOOST_TEST((x.stages == std::vector<std::string>{"a/b", "c/d"}));
  BOOST_TEST(x.tag == "1.10");
  BOOST_TEST(x.image == "example.com/x");
  BOOST_TEST((x.timeout == 90s));
  BOOST_TEST(x.no_wait_drain);
  BOOST_TEST(x.json);
  BOOST_TEST(good("deploy --all").all);
}

BOOST_AUTO_TEST_CASE(a_login_is_for_a_registry_or_the_proxy) {
  BOOST_TEST(good("login docker.io").registry == "docker.io");
  auto x = good("login --proxy --username ci --password-stdin");
  BOOST_TEST(x.of_proxy);
  BOOST_TEST(x.username == "ci");
  BOOST_TEST(good("logout --proxy").of_proxy);
  for (const auto* command : {"login", "logout"}) {
    BOOST_TEST(message(command).is_error);
    BOOST_TEST(message(command + std::string{" docker.io --proxy"}).is_error);
  }
}

BOOST_AUTO_TEST_CASE(plan_takes_all_its_options) {
  auto x = good("plan a/b --tag=2 --image=x --json");
  BOOST_TEST(x.command == "plan");
  BOOST_TEST(x.tag == "2");
  BOOST_TEST(x.image == "x");
  BOOST_TEST(x.json);
  BOOST_TEST(good("plan --all").all);
}

BOOST_AUTO_TEST_CASE(status_takes_any_number_of_stages) {
  BOOST_TEST(good("status").stages.empty());
  BOOST_TEST(good("status a/b c/d --json").stages.size() == 2u);
  BOOST_TEST(good("status --names").names);
}

BOOST_AUTO_TEST_CASE(rollback_takes_all_its_options) {
  auto x = good("rollback a/b --tag 1 --timeout 2s --no-wait-drain --json");
  BOOST_TEST(x.command == "rollback");
  BOOST_TEST(x.tag == "1");
  BOOST_TEST((x.timeout == 2s));
  BOOST_TEST(x.no_wait_drain);
  BOOST_TEST(x.json);
}

BOOST_AUTO_TEST_CASE(start_stop_and_restart_take_a_timeout) {
  for (const auto* name : {"start", "stop", "restart"}) {
    auto x = good(std::string{name} + " a/b --timeout 500ms --json");
    BOOST_TEST(x.command == name);
    BOOST_TEST((x.timeout == 500ms));
    BOOST_TEST(x.json);
  }
}

BOOST_AUTO_TEST_CASE(remove_can_be_told_not_to_ask) {
  BOOST_TEST(!good("remove a/b").yes);
  BOOST_TEST(good("remove a/b --yes --json").yes);
  BOOST_TEST(good("remove -y a/b").yes);
}

BOOST_AUTO_TEST_CASE(retire_takes_a_drain) {
  BOOST_TEST((good("retire a/b --drain 1m --json").drain == 60s));
}

BOOST_AUTO_TEST_CASE(logs_takes_all_its_options) {
  auto x = good("logs a/b -f -n 0 -t");
  BOOST_TEST(x.follow);
  BOOST_TEST(x.timestamps);
  BOOST_TEST(x.tail == 0);
  auto y = good("logs a/b --follow --tail 20 --timestamps");
  BOOST_TEST(y.follow);
  BOOST_TEST(y.timestamps);
  BOOST_TEST(y.tail == 20);
  BOOST_TEST(good("logs a/b").tail == -1);
}

BOOST_AUTO_TEST_CASE(work_can_be_asked_of_a_server) {
  for (const auto* line :
       {"deploy a/b", "plan a/b", "status", "rollback a/b", "start a/b",
        "stop a/b", "restart a/b", "remove a/b", "retire a/b", "logs a/b",
        "history", "proxy list", "proxy show a.test", "proxy find a.test"}) {
    BOOST_TEST(!good(line).server, line);
    auto x = good(line + std::string{" --server /x --ca ca.pem"});
    BOOST_TEST(x.server.value() == "/x", line);
    BOOST_TEST(x.ca.value() == "ca.pem", line);
  }
  const char* none[] = {"docker-watcher", "status", "--server", ""};
  auto parsed = parse_command_line(4, none);
  BOOST_REQUIRE(std::holds_alternative<arguments>(parsed));
  BOOST_TEST(std::get<arguments>(parsed).server.value() == "");
}

BOOST_AUTO_TEST_CASE(history_takes_a_stage_and_a_limit) {
  auto x = good("history");
  BOOST_TEST(x.stages.empty());
  BOOST_TEST(x.limit == 20u);
  BOOST_TEST(good("history a/b --limit 3 --json").limit == 3u);
  BOOST_TEST(good("history 7de8e90178eb").stages.front() == "7de8e90178eb");
  for (const auto* number : {"0", "-1", "1001", "many", "3x"})
    BOOST_TEST(
      problem(std::string{"history -n "} + number).find("from 1 to 1000")
        != std::string::npos,
      number);
}

BOOST_AUTO_TEST_CASE(a_node_takes_certificates_or_none) {
  auto x = good("node --listen 10.0.0.7:7443 --name a --engine unix:///d "
                "--ca ca.pem --cert c.pem --key c.key");
  BOOST_TEST(x.command == "node");
  BOOST_TEST(x.listen == "10.0.0.7:7443");
  BOOST_TEST(x.name == "a");
  BOOST_TEST(x.engine == "unix:///d");
  BOOST_TEST(x.ca.value() == "ca.pem");
  BOOST_TEST(x.certificate == "c.pem");
  BOOST_TEST(x.key == "c.key");
  BOOST_TEST(!x.insecure);
  BOOST_TEST(good("node --listen 127.0.0.1:1 --insecure").insecure);
  BOOST_TEST(problem("node").find("--listen is missing") != std::string::npos);
  BOOST_TEST(problem("node --listen 127.0.0.1:1 --ca a --cert b").find("--key")
             != std::string::npos);
  BOOST_TEST(
    problem("node --listen 127.0.0.1:1 --ca a --insecure").find("not both")
    != std::string::npos);
}

BOOST_AUTO_TEST_CASE(node_cert_takes_a_name_and_all_its_options) {
  auto x = good("node cert web-1 --dir /certs --days 30");
  BOOST_TEST(x.command == "node cert");
  BOOST_TEST(x.name == "web-1");
  BOOST_TEST(x.directory == "/certs");
  BOOST_TEST(x.days == 30u);
  BOOST_TEST(!x.for_controller);
  BOOST_TEST(good("node cert ops --controller").for_controller);
  BOOST_TEST(problem("node cert").find("NAME is missing") != std::string::npos);
  BOOST_TEST(problem("node cert a --days 0").find("1 to 3650")
             != std::string::npos);
}

BOOST_AUTO_TEST_CASE(commands_of_two_words_have_both_in_their_name) {
  BOOST_TEST(good("proxy list --json").command == "proxy list");
  auto show = good("proxy show shop.test --json");
  BOOST_TEST(show.command == "proxy show");
  BOOST_TEST(show.domain == "shop.test");
  BOOST_TEST(good("proxy find shop.test").command == "proxy find");
}

BOOST_AUTO_TEST_CASE(the_other_commands_are_read) {
  BOOST_TEST(good("check --json").json);
  BOOST_TEST(good("version --json").json);
  BOOST_TEST(good("--version").command == "version");
  for (const auto* shell : {"bash", "zsh", "fish"})
    BOOST_TEST(good(std::string{"completion "} + shell).shell == shell);
}

BOOST_AUTO_TEST_CASE(common_options_stand_before_or_after_the_command) {
  for (const auto* line :
       {"-c f.yml -v check", "check -c f.yml -v", "--config f.yml check -v",
        "check --config=f.yml --verbose"}) {
    BOOST_TEST(good(line).configuration == "f.yml");
    BOOST_TEST(good(line).verbose);
  }
  BOOST_TEST(good("proxy list -c f.yml").configuration == "f.yml");
}

// -- help ---------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(without_arguments_there_is_help_but_it_is_an_error) {
  auto x = message("");
  BOOST_TEST(x.is_error);
  BOOST_TEST(x.text == help("--help"));
}

BOOST_AUTO_TEST_CASE(the_help_lists_every_command) {
  auto text = help("--help");
  BOOST_TEST(text.find("Usage: docker-watcher [OPTION]... COMMAND\n")
             != std::string::npos);
  for (const auto& name : all_commands)
    if (name.find(' ') == std::string::npos)
      BOOST_TEST(text.find("\n  " + name + " ") != std::string::npos, name);
}

BOOST_AUTO_TEST_CASE(every_command_has_help_of_80_columns) {
  for (const auto& name : all_commands)
    for (const auto* flag : {" --help", " -h"}) {
      auto text = help(name + flag);
      BOOST_TEST(text.find("\nUsage: docker-watcher " + name + " [OPTION]...")
                   != std::string::npos,
                 text);
      std::istringstream in{text};
      for (std::string line; std::getline(in, line);)
        BOOST_TEST(line.size() <= 80u, line);
    }
}

BOOST_AUTO_TEST_CASE(the_help_tells_what_a_command_takes) {
  BOOST_TEST(help("logs --help")
             == "Show the log of what serves\n"
                "\n"
                "Usage: docker-watcher logs [OPTION]... PROJECT/STAGE\n"
                "\n"
                "Arguments:\n"
                "  PROJECT/STAGE           The stage, as in shop/prod\n"
                "\n"
                "Options:\n"
                "  -h, --help              Show this help\n"
                "  -f, --follow            Go on until interrupted\n"
                "  -n, --tail LINES        Only the last lines; all by "
                "default\n"
                "  -t, --timestamps        Begin each line with its time\n"
                "  --node NAME             On which node, if it is on several\n"
                "  --server URL            Have a server do it, as "
                "client.server names one; ''\n"
                "                          for none\n"
                "  --ca FILE               Authorities that may sign the "
                "server's certificate\n"
                "\n"
                "Options of every command: -c FILE, -v; see docker-watcher "
                "--help.\n");
  BOOST_TEST(help("deploy --help").find("deploy [OPTION]... [PROJECT/STAGE]...")
             != std::string::npos);
}

// -- bad ones -----------------------------------------------------------------

BOOST_AUTO_TEST_CASE(an_error_names_the_command_and_where_its_help_is) {
  BOOST_TEST(message("proxy show").text
             == "docker-watcher proxy show: DOMAIN is missing: the domain, as "
                "in shop.example.com\n"
                "Try docker-watcher proxy show --help.\n");
}

BOOST_AUTO_TEST_CASE(an_unknown_command_is_refused) {
  BOOST_TEST(problem("frobnicate") == ": \"frobnicate\" is no command");
  BOOST_TEST(problem("stauts shop/prod")
             == ": \"stauts\" is no command, did you mean status?");
  BOOST_TEST(problem("proxy lst")
             == " proxy: \"lst\" is no command, did you mean list?");
}

BOOST_AUTO_TEST_CASE(a_command_must_be_named) {
  BOOST_TEST(problem("-v").starts_with(": name a command: deploy, plan, "));
  BOOST_TEST(problem("proxy") == " proxy: name a command: list, show, find");
}

BOOST_AUTO_TEST_CASE(an_unknown_option_is_refused) {
  BOOST_TEST(problem("deploy a/b --tagg 3")
             == " deploy: there is no option \"--tagg\", did you mean --tag?");
  BOOST_TEST(problem("deploy a/b --tagg=3")
             == " deploy: there is no option \"--tagg\", did you mean --tag?");
  BOOST_TEST(problem("logs a/b -q") == " logs: there is no option \"-q\"");
  BOOST_TEST(problem("check --confg x")
             == " check: there is no option \"--confg\", did you mean "
                "--config?");
  BOOST_TEST(problem("status --all a/b")
             == " status: there is no option \"--all\"");
}

BOOST_AUTO_TEST_CASE(an_option_before_its_command_is_told) {
  BOOST_TEST(problem("--json status")
             == " status: --json belongs after the command that it is for");
  BOOST_TEST(problem("proxy --json list")
             == " proxy list: --json belongs after the command that it is for");
  BOOST_TEST(problem("--tag 1")
             == ": --tag belongs after the command that it is for");
}

BOOST_AUTO_TEST_CASE(a_missing_argument_is_told) {
  for (const auto* name :
       {"rollback", "start", "stop", "restart", "remove", "retire", "logs"})
    BOOST_TEST(problem(name)
               == " " + std::string{name}
                    + ": PROJECT/STAGE is missing: the stage, as in "
                      "shop/prod");
  BOOST_TEST(problem("completion")
             == " completion: SHELL is missing: bash, zsh or fish");
}

BOOST_AUTO_TEST_CASE(a_missing_value_is_told) {
  BOOST_TEST(problem("-c") == ": --config needs a FILE");
  BOOST_TEST(problem("deploy a/b --tag") == " deploy: --tag needs a TAG");
  BOOST_TEST(problem("check --config") == " check: --config needs a FILE");
}

BOOST_AUTO_TEST_CASE(one_too_many_is_refused) {
  BOOST_TEST(problem("start a/b c/d") == " start: one PROJECT/STAGE at a time");
  BOOST_TEST(problem("version more")
             == " version: there is one argument too many: \"more\"");
  BOOST_TEST(problem("deploy a/b --tag 1 --tag 2")
             == " deploy: --tag is there more than once");
}

BOOST_AUTO_TEST_CASE(wrong_values_are_told) {
  for (const auto* text : {"3", "x", "-3s", "1.5s", "3 s", "s"})
    if (std::string{text}.find(' ') == std::string::npos)
      BOOST_TEST(problem("deploy a/b --timeout=" + std::string{text})
                 == " deploy: --timeout: \"" + std::string{text}
                      + "\" is no duration; say 120s or 2m");
  for (const auto* text : {"x", "-1", "3x", "99999999999999999999"})
    BOOST_TEST(problem("logs a/b --tail=" + std::string{text})
               == " logs: --tail: \"" + std::string{text}
                    + "\" is no number of lines");
  BOOST_TEST(problem("completion tcsh")
             == " completion: SHELL: \"tcsh\" is not bash, zsh or fish");
}

BOOST_AUTO_TEST_CASE(contradictions_are_told) {
  for (const std::string name : {"deploy", "plan"}) {
    auto prefix = " " + name + ": ";
    BOOST_TEST(problem(name)
               == prefix + "name one or more stages, or pass --all");
    BOOST_TEST(problem(name + " --all a/b")
               == prefix + "name stages or pass --all, not both");
    auto for_named = prefix
                     + "--tag and --image are for named stages, not for "
                       "--all";
    BOOST_TEST(problem(name + " --all --tag 1") == for_named);
    BOOST_TEST(problem(name + " --all --image x") == for_named);
  }
}

BOOST_AUTO_TEST_CASE(control_characters_of_the_command_line_are_not_repeated) {
  auto text = message("\x1b[31mred").text;
  BOOST_TEST(text.find('\x1b') == std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
