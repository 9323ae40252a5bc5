#include "main/json_lines.hpp"

#include "messages/error.hpp"
#include "messages/naming.hpp"

#include <boost/test/unit_test.hpp>
#include <rapidjson/document.h>

using namespace dw;
using namespace std::chrono_literals;

namespace {

rapidjson::Document parse(const std::string& line) {
  BOOST_TEST(line.find('\n') == std::string::npos);
  rapidjson::Document result;
  result.Parse(line.c_str());
  BOOST_REQUIRE_MESSAGE(result.IsObject(), line);
  return result;
}

deploy_event make_event() {
  deploy_event x;
  x.deploy_id = "d1";
  x.project = "shop";
  x.stage = "prod";
  x.sequence = 7;
  x.phase = deploy_phase::gating;
  x.elapsed = 1500ms;
  x.text = "still";
  x.retrying = true;
  return x;
}

} // namespace

BOOST_AUTO_TEST_SUITE(a_line_of_json)

BOOST_AUTO_TEST_CASE(what_is_not_utf8_does_not_spoil_the_line) {
  json_line out{"x"};
  out.add("a\xFF", "b\xC3").add("l", std::vector<std::string>{"\x80"});
  BOOST_TEST(out.str() == R"({"type":"x","a?":"b?","l":["?"]})");
}

BOOST_AUTO_TEST_CASE(is_what_programs_rely_on_for_an_event) {
  BOOST_TEST(to_json(make_event())
             == R"({"type":"event","deploy_id":"d1","project":"shop",)"
                R"("stage":"prod","sequence":7,"phase":"gating",)"
                R"("elapsed_ms":1500,"text":"still","retrying":true})");
}

BOOST_AUTO_TEST_CASE(has_the_progress_of_a_pull) {
  auto x = make_event();
  pull_progress progress;
  progress.layers_done = 1;
  progress.layers_total = 3;
  progress.bytes_done = 5'000'000'000;
  progress.bytes_total = 6'000'000'000;
  x.progress = progress;
  auto json = parse(to_json(x));
  const auto& part = json["progress"];
  BOOST_TEST(part["layers_done"].GetInt() == 1);
  BOOST_TEST(part["layers_total"].GetInt() == 3);
  BOOST_TEST(part["bytes_done"].GetInt64() == 5'000'000'000);
  BOOST_TEST(part["bytes_total"].GetInt64() == 6'000'000'000);
}

BOOST_AUTO_TEST_CASE(has_a_report_whose_error_is_null_if_there_is_none) {
  deploy_report x;
  x.outcome = deploy_outcome::deployed;
  x.phase = deploy_phase::finished;
  x.tag = "2";
  x.leftovers = {"one", "two"};
  auto json = parse(to_json(x));
  BOOST_TEST(json["type"].GetString() == std::string{"report"});
  BOOST_TEST(json["outcome"].GetString() == std::string{"deployed"});
  BOOST_TEST(json["leftovers"].Size() == 2u);
  BOOST_TEST(json["leftovers"][1].GetString() == std::string{"two"});
  BOOST_TEST(json["error"].IsNull());
}

BOOST_AUTO_TEST_CASE(has_all_that_an_error_knows) {
  auto error = make_failure(errc::unhealthy, {.operation = "bring up",
                                              .object = "dw-shop-prod-2",
                                              .peer = "Docker Engine",
                                              .status = 500,
                                              .reply = "no",
                                              .hint = "Look.",
                                              .log_tail = "a\nb"});
  auto json = parse(to_json(error));
  BOOST_TEST(json["type"].GetString() == std::string{"error"});
  const auto& x = json["error"];
  BOOST_TEST(x["code"].GetString() == std::string{"unhealthy"});
  BOOST_TEST(x["text"].GetString() == render(error));
  BOOST_TEST(x["operation"].GetString() == std::string{"bring up"});
  BOOST_TEST(x["object"].GetString() == std::string{"dw-shop-prod-2"});
  BOOST_TEST(x["peer"].GetString() == std::string{"Docker Engine"});
  BOOST_TEST(x["status"].GetInt() == 500);
  BOOST_TEST(x["reply"].GetString() == std::string{"no"});
  BOOST_TEST(x["hint"].GetString() == std::string{"Look."});
  BOOST_TEST(x["log_tail"].GetString() == std::string{"a\nb"});
}

BOOST_AUTO_TEST_CASE(says_whether_nginx_serves_a_host_only_if_it_is_known) {
  proxy_host x;
  x.id = 3;
  x.domains = {"a.test", "b.test"};
  x.target.host = "10.0.0.1";
  x.target.port = 8080;
  auto json = parse(to_json(x));
  BOOST_TEST(json["domains"].Size() == 2u);
  BOOST_TEST(json["target"]["host"].GetString() == std::string{"10.0.0.1"});
  BOOST_TEST(json["target"]["port"].GetInt() == 8080);
  BOOST_TEST(!json.HasMember("nginx_online"));
  x.nginx_online = false;
  BOOST_TEST(!parse(to_json(x))["nginx_online"].GetBool());
}

BOOST_AUTO_TEST_CASE(has_the_ports_of_a_container_that_are_published) {
  container_summary x;
  x.state = container_state::running;
  x.labels[label::tag] = "1.10";
  port_binding port;
  port.container_port = 8080;
  port.host_ip = "127.0.0.1";
  port.host_port = 32768;
  x.ports.push_back(port);
  port.host_port = 0;
  x.ports.push_back(port);
  auto json = parse(container_json("serves", x));
  BOOST_TEST(json["role"].GetString() == std::string{"serves"});
  BOOST_TEST(json["tag"].GetString() == std::string{"1.10"});
  BOOST_TEST(json["state"].GetString() == std::string{"running"});
  BOOST_REQUIRE(json["ports"].Size() == 1u);
  BOOST_TEST(json["ports"][0].GetString()
             == std::string{"127.0.0.1:32768->8080"});
}

BOOST_AUTO_TEST_CASE(says_of_a_check_whether_it_is_good) {
  auto good = parse(check_json("engine", "fine", {}));
  BOOST_TEST(good["good"].GetBool());
  BOOST_TEST(good["error"].IsNull());
  auto bad
    = parse(check_json("engine", "no", make_failure(errc::timed_out, {})));
  BOOST_TEST(!bad["good"].GetBool());
  BOOST_TEST(bad["error"]["code"].GetString() == std::string{"timed_out"});
}

BOOST_AUTO_TEST_CASE(stays_one_line_and_json_whatever_is_in_it) {
  std::string text{"a\"b\\c\nd\x1b[31m\0e", 15};
  auto line = notice_json(text);
  auto json = parse(line);
  BOOST_TEST(line.find('\x1b') == std::string::npos);
  BOOST_TEST(
    (std::string{json["text"].GetString(), json["text"].GetStringLength()}
     == text));
}

BOOST_AUTO_TEST_SUITE_END()
