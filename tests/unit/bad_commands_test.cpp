// What each command answers to what it cannot take: bad_input/commands.yml.

#include "main/arguments.hpp"
#include "main/command_tree.hpp"
#include "tests/support/bad_input.hpp"
#include "tests/support/child_process.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <map>
#include <optional>
#include <set>

using namespace dw;
using namespace dw::test;
using namespace std::chrono_literals;

namespace {

const YAML::Node& table() {
  static const auto result
    = YAML::LoadFile(DW_TEST_DATA "/bad_input/commands.yml");
  return result;
}

/// A directory to run the program in, with a server.
struct place {
  place() {
    write_files(table()["files"], dir);
    std::filesystem::create_directory(dir.path("directory"));
    std::filesystem::current_path(dir.path());
    server.emplace(
      child_command{{DW_PROGRAM, "-c", "serve.yml", "serve"}, variables()});
    server->wait_for_output("listening on");
  }

  place(const place&) = delete;
  place& operator=(const place&) = delete;

  ~place() {
    server->send(SIGTERM);
    server->wait();
    std::filesystem::current_path("/");
  }

  /// Nothing of the machine's own.
  std::map<std::string, std::string> variables() const {
    std::map<std::string, std::string> result{
      {"HOME", dir.path()}, {"DOCKER_WATCHER_STATE", dir.path("state")}};
    for (const auto* name :
         {"DOCKER_HOST", "DOCKER_CERT_PATH", "DOCKER_TLS_VERIFY",
          "DOCKER_API_VERSION", "DOCKER_WATCHER_SERVER", "DOCKER_WATCHER_CA",
          "DOCKER_WATCHER_TOKEN", "DOCKER_CONFIG"})
      result[name] = "";
    result.erase("DOCKER_WATCHER_TOKEN");
    result["TERM"] = "dumb";
    return result;
  }

  child_end run(const std::string& command, const YAML::Node& row) {
    child_command x{{DW_PROGRAM}, variables()};
    for (size_t begin = 0; begin < command.size();) {
      auto end = std::min(command.find(' ', begin), command.size());
      x.words.push_back(command.substr(begin, end - begin));
      begin = end + 1;
    }
    for (const auto& word : row["args"])
      x.words.push_back(expand(word.as<std::string>(), dir.path()));
    for (const auto& [name, value] :
         row["env"].as<std::map<std::string, std::string>>(
           std::map<std::string, std::string>{}))
      x.environment[name] = expand(value, dir.path());
    if (row["input"])
      x.input_file = dir.write("input", text_of(row, "input", dir.path()));
    return child_process{std::move(x)}.wait(60s);
  }

  temp_directory dir;
  std::optional<child_process> server;
};

std::string name_of(const CLI::App& command) {
  auto name = full_name(command);
  return name.substr(name.find(' ') + 1);
}

/// Each command, with the line that selects it.
template <class F>
void for_each(F f) {
  arguments ignored;
  auto tree = make_command_tree(ignored);
  for_each_command(*tree, [&](const CLI::App& x) { f(x, name_of(x)); });
}

/// What is answered to a line that is no good.
std::string
answer_to(const std::string& command, const std::vector<std::string>& more) {
  std::vector<std::string> words{"docker-watcher"};
  for (size_t begin = 0; begin < command.size();) {
    auto end = std::min(command.find(' ', begin), command.size());
    words.push_back(command.substr(begin, end - begin));
    begin = end + 1;
  }
  words.insert(words.end(), more.begin(), more.end());
  std::vector<const char*> argv;
  for (const auto& x : words)
    argv.push_back(x.c_str());
  auto result = parse_command_line(static_cast<int>(argv.size()), argv.data());
  const auto* message = std::get_if<usage_message>(&result);
  return message == nullptr || !message->is_error ? "taken" : message->text;
}

std::string with_article(const std::string& noun) {
  auto has_vowel = std::string_view{"AEIO"}.find(noun[0]) != std::string::npos;
  return (has_vowel ? "an " : "a ") + noun;
}

std::string complaint(const std::string& command, const std::string& what) {
  return "docker-watcher " + command + ": " + what + "\nTry docker-watcher "
         + command + " --help.\n";
}

} // namespace

BOOST_AUTO_TEST_SUITE(bad_commands)

BOOST_AUTO_TEST_CASE(every_command_has_rows_and_every_row_a_command) {
  std::set<std::string> commands{"docker-watcher"};
  for_each(
    [&](const CLI::App&, const std::string& name) { commands.insert(name); });
  std::set<std::string> rows;
  for (const auto& x : table()["commands"]) {
    rows.insert(x.first.as<std::string>());
    BOOST_TEST(x.second.size() >= 2u, x.first.as<std::string>());
  }
  BOOST_TEST(commands == rows, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(every_row_gets_its_answer) {
  place here;
  for (const auto& group : table()["commands"]) {
    auto name = group.first.as<std::string>();
    for (const auto& row : group.second) {
      BOOST_TEST_CONTEXT(name << " " << row["args"]) {
        auto end = here.run(name == "docker-watcher" ? "" : name, row);
        BOOST_TEST(end.status == row["status"].as<int>(2));
        BOOST_TEST(end.output == text_of(row, "prints", here.dir.path()));
        BOOST_TEST(end.error_output == text_of(row, "says", here.dir.path()));
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(no_command_takes_an_option_that_there_is_not) {
  for_each([](const CLI::App&, const std::string& name) {
    BOOST_TEST(answer_to(name, {"--nonsense"})
               == complaint(name, "there is no option \"--nonsense\""));
    BOOST_TEST(answer_to(name, {"-q"})
               == complaint(name, "there is no option \"-q\""));
  });
}

BOOST_AUTO_TEST_CASE(every_option_needs_its_value_once_and_no_flag_has_one) {
  for_each([](const CLI::App& command, const std::string& name) {
    for (const auto* x : command.get_options()) {
      auto option = x->get_name();
      if (x->get_positional() || option == "--help" || option == "-h,--help")
        continue;
      auto is_flag = x->get_expected_max() == 0;
      if (is_flag) {
        BOOST_TEST(answer_to(name, {option + "=x"})
                   == complaint(name, option + " takes no value"));
        continue;
      }
      BOOST_TEST(answer_to(name, {option})
                 == complaint(name, option + " needs "
                                      + with_article(x->get_type_name())));
      // Before each other so that a bad value is not what is told first.
      if (option != "--server" && option != "--ca")
        BOOST_TEST(answer_to(name, {option, ""}) != "taken", name + option);
    }
  });
}

BOOST_AUTO_TEST_SUITE_END()
