#include "main/advice.hpp"
#include "main/command_reference.hpp"
#include "main/json_lines.hpp"
#include "messages/error.hpp"

#include <boost/test/unit_test.hpp>
#include <rapidjson/document.h>

#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>

using namespace dw;

namespace {

using names = std::set<std::string>;

std::string read_document() {
  std::ifstream in{DW_TEST_DATA "/../../docs/commands.md"};
  BOOST_REQUIRE(in);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

/// What stands between backticks.
names quoted(const std::string& text) {
  static const std::regex pattern{"`([^`]*)`"};
  names result;
  for (std::sregex_iterator i{text.begin(), text.end(), pattern}, end; i != end;
       ++i)
    result.insert((*i)[1]);
  return result;
}

/// The members that the document gives a type or an object, by its name: the
/// last cell of the row that begins with it. Nothing else in that cell is in
/// backticks.
names documented(const std::string& name) {
  std::istringstream in{read_document()};
  auto begin = "| `" + name + "` | ";
  for (std::string line; std::getline(in, line);)
    if (line.starts_with(begin))
      return quoted(line.substr(line.rfind(" | ", line.size() - 3)));
  BOOST_ERROR("docs/commands.md does not describe " << name);
  return {};
}

names members_of(const rapidjson::Value& x) {
  names result;
  for (const auto& member : x.GetObject())
    result.insert(member.name.GetString());
  return result;
}

names members_of(const std::string& line, const char* part = nullptr) {
  rapidjson::Document json;
  json.Parse(line.c_str());
  BOOST_REQUIRE_MESSAGE(json.IsObject(), line);
  return members_of(part == nullptr ? json : json[part]);
}

/// Checks a line against the row of its type.
void expect_documented(const std::string& line) {
  rapidjson::Document json;
  json.Parse(line.c_str());
  auto printed = members_of(line);
  printed.erase("type");
  BOOST_TEST(printed == documented(json["type"].GetString()),
             boost::test_tools::per_element());
}

caf::error some_error() {
  return make_failure(errc::unhealthy, {.reply = "no"});
}

proxy_host served_host() {
  proxy_host x;
  x.nginx_online = true;
  return x;
}

deploy_event event_of_a_pull() {
  deploy_event x;
  x.progress = pull_progress{};
  x.node = "web1";
  return x;
}

deploy_report report_of_a_rollout() {
  deploy_report x;
  x.nodes = {{"web1", deploy_outcome::deployed, false, "dw-shop-prod-v2", ""}};
  return x;
}

work_record recorded_work() {
  work_record x;
  x.steps = {{deploy_phase::gating,
              {},
              std::chrono::milliseconds{1},
              step_outcome::done}};
  x.finished = x.accepted;
  x.report = deploy_report{};
  return x;
}

// The first object of this type that lies in a line.
std::string first_of(const std::string& type, const std::string& line) {
  auto from = line.find("{\"type\":\"" + type + "\"");
  BOOST_REQUIRE(from != std::string::npos);
  return line.substr(from, line.find('}', from) - from + 1);
}

} // namespace

BOOST_AUTO_TEST_SUITE(the_document_of_the_commands)

BOOST_AUTO_TEST_CASE(it_has_the_reference_of_the_program) {
  auto text = read_document();
  std::string begin = "<!-- begin reference -->\n";
  auto from = text.find(begin);
  auto to = text.find("<!-- end reference -->");
  BOOST_REQUIRE(from != std::string::npos);
  BOOST_REQUIRE(to != std::string::npos);
  auto expected = command_reference();
  auto is_same
    = text.substr(from + begin.size(), to - from - begin.size()) == expected;
  if (!is_same)
    std::ofstream{"command_reference.md"} << expected;
  BOOST_TEST(is_same, "docs/commands.md is not up to date; what belongs "
                      "between its marks is in command_reference.md");
}

BOOST_AUTO_TEST_CASE(its_types_have_the_members_that_are_printed) {
  expect_documented(to_json(event_of_a_pull()));
  auto rollout = to_json(report_of_a_rollout());
  expect_documented(rollout);
  expect_documented(first_of("node_result", rollout));
  expect_documented(to_json(served_host()));
  expect_documented(to_json(deploy_spec{}, planned_change{}));
  auto work = recorded_work();
  expect_documented(to_json(work, nullptr));
  expect_documented(first_of("step", to_json(work, nullptr)));
  expect_documented(to_json(some_error()));
  expect_documented(refusal_json("shop/prod", some_error()));
  expect_documented(notice_json("text"));
  expect_documented(container_json("serves", container_summary{}, "web1"));
  expect_documented(lost_node_json(deploy_spec{}, stage_state{}));
  expect_documented(to_json(node_status{}));
  expect_documented(check_json("engine", "fine", {}));
  expect_documented(advice_json({"engine", "no TLS"}));
  expect_documented(version_json("1"));
}

BOOST_AUTO_TEST_CASE(its_objects_have_the_members_that_are_printed) {
  auto failed = members_of(refusal_json("s", some_error()), "error");
  auto progress = members_of(to_json(event_of_a_pull()), "progress");
  auto target = members_of(to_json(served_host()), "target");
  BOOST_TEST(progress == documented("progress"),
             boost::test_tools::per_element());
  BOOST_TEST(target == documented("target"), boost::test_tools::per_element());
  auto text = read_document();
  auto i = text.find("| `error` | `code`");
  BOOST_REQUIRE(i != std::string::npos);
  auto row = text.substr(i + 9, text.find('\n', i) - i - 9);
  BOOST_TEST(failed == quoted(row), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(it_names_every_phase_and_outcome) {
  auto text = read_document();
  for (int i = 0; i <= static_cast<int>(last_deploy_phase); ++i) {
    auto name = to_string(static_cast<deploy_phase>(i));
    BOOST_TEST(text.find(name) != std::string::npos, name);
  }
  BOOST_TEST(text.find("`outcome` is deployed, failed, cancelled, or unknown")
             != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
