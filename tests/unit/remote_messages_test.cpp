// What commands ask a server, and what they understand of its answers.

#include "main/api/problem.hpp"
#include "main/container_text.hpp"
#include "main/json_lines.hpp"
#include "main/remote/answers.hpp"
#include "main/remote/log_lines.hpp"
#include "main/remote/requests.hpp"
#include "main/stage_members.hpp"
#include "messages/error.hpp"
#include "messages/naming.hpp"

#include <boost/test/unit_test.hpp>

using namespace dw;
using namespace dw::remote;
using namespace std::chrono_literals;

namespace {

deploy_spec make_spec() {
  deploy_spec x;
  x.project = "shop";
  x.stage = "prod";
  x.timeout = 0ms;
  x.drain = -1ms;
  return x;
}

submit_work make_work(stage_action action = stage_action::deploy) {
  submit_work x;
  x.action = action;
  x.spec = make_spec();
  return x;
}

http_response make_answer(std::string body, int status = 200) {
  http_response x;
  x.operation = "read";
  x.object = "shop/prod";
  x.peer = "the server at /x";
  x.status = status;
  x.body = std::move(body);
  return x;
}

std::string list(const std::string& items) {
  return R"({"items":[)" + items + "]}";
}

template <class T>
T good(caf::expected<T> x) {
  if (!x)
    BOOST_FAIL(render(x.error()));
  return std::move(*x);
}

caf::error make_error() {
  return make_failure(errc::unhealthy, {.operation = "bring up",
                                        .object = "dw-shop-prod-v2",
                                        .peer = "Docker Engine",
                                        .status = 500,
                                        .reply = "its check failed",
                                        .hint = "Look.",
                                        .log_tail = "one\ntwo"});
}

deploy_report make_report() {
  deploy_report x;
  x.deploy_id = "d1";
  x.project = "shop";
  x.stage = "prod";
  x.outcome = deploy_outcome::failed;
  x.phase = deploy_phase::gating;
  x.error = make_error();
  x.tag = "v2";
  x.digest = "sha256:abc";
  x.container_id = std::string(64, 'a');
  x.container_name = "dw-shop-prod-v2";
  x.instance_id = "i1";
  x.leftovers = {"a container"};
  x.elapsed = 1234ms;
  return x;
}

container_summary make_container(const std::string& tag) {
  container_summary x;
  x.project = "shop";
  x.stage = "prod";
  x.id = std::string(64, 'b');
  x.name = "dw-shop-prod-" + tag;
  x.image = "registry.test/shop:" + tag;
  x.status = "Up 3 minutes";
  x.state = container_state::running;
  x.instance_id = "i2";
  x.labels = {{label::tag, tag}};
  x.ports = {{8080, "tcp", "127.0.0.1", 32768}, {9090, "tcp", "::1", 40000}};
  return x;
}

proxy_host make_host() {
  proxy_host x;
  x.id = 7;
  x.domains = {"shop.test", "www.shop.test"};
  x.target = {"http", "127.0.0.1", 32768};
  x.certificate_id = 3;
  x.hsts = true;
  x.meta = R"({"a":1})";
  x.nginx_online = false;
  x.nginx_error = "no";
  return x;
}

} // namespace

// -- requests -----------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_request_shows_the_token_in_a_header_only) {
  server_address server;
  server.origin.socket_path = "/x";
  server.display = "/x";
  auto x = requests::address(requests::list_stages(), server);
  BOOST_TEST(x.headers.empty());
  server.token = secret{"dw_1"};
  x = requests::address(requests::list_stages(), server);
  BOOST_REQUIRE(x.headers.size() == 1u);
  BOOST_TEST(x.headers.front().value.reveal() == "Bearer dw_1");
  BOOST_TEST(x.origin.socket_path == "/x");
  BOOST_TEST(to_string(x).find("dw_1") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(names_are_encoded) {
  auto spec = make_spec();
  spec.stage = "a/b";
  BOOST_TEST(requests::read_stage(spec).target == "/v1/stages/shop/a%2Fb");
  BOOST_TEST(requests::find_route("a&b").target == "/v1/routes?domain=a%26b");
  BOOST_TEST(requests::read_deploy("../x").target == "/v1/deploys/..%2Fx");
}

BOOST_AUTO_TEST_CASE(only_what_a_command_changes_is_sent) {
  auto work = make_work();
  auto body = [&] { return requests::submit(work, "key").body; };
  BOOST_TEST(body() == R"({"stage":"shop/prod","action":"deploy"})");
  work.spec.tag = "v2";
  work.spec.timeout = 60s;
  work.skip_drain = true;
  BOOST_TEST(body()
             == R"({"stage":"shop/prod","action":"deploy","tag":"v2",)"
                R"("timeout_ms":60000,"skip_drain":true})");
  work = make_work();
  work.spec.image = "registry.test/shop";
  work.spec.tag = "v2";
  work.spec.digest = "sha256:abc";
  BOOST_TEST(body()
             == R"({"stage":"shop/prod","action":"deploy",)"
                R"("image":"registry.test/shop:v2@sha256:abc"})");
}

BOOST_AUTO_TEST_CASE(a_rollback_says_where_to_and_a_retirement_when) {
  auto work = make_work(stage_action::rollback);
  work.rollback_to = "v1";
  BOOST_TEST(requests::submit(work, "key").body
             == R"({"stage":"shop/prod","action":"rollback","tag":"v1"})");
  work = make_work(stage_action::retire);
  work.spec.drain = 0ms;
  work.spec.tag = "v2"; // of the deploy that it follows
  BOOST_TEST(requests::submit(work, "key").body
             == R"({"stage":"shop/prod","action":"retire","drain_ms":0})");
}

BOOST_AUTO_TEST_CASE(a_plan_is_for_what_would_be_deployed) {
  auto spec = make_spec();
  BOOST_TEST(requests::read_plan(spec).target == "/v1/stages/shop/prod/plan");
  spec.tag = "v2";
  BOOST_TEST(requests::read_plan(spec).target
             == "/v1/stages/shop/prod/plan?tag=v2");
  spec.image = "a/b";
  BOOST_TEST(requests::read_plan(spec).target
             == "/v1/stages/shop/prod/plan?image=a%2Fb%3Av2");
}

BOOST_AUTO_TEST_CASE(a_log_is_asked_for_as_a_command_wants_it) {
  read_logs what;
  BOOST_TEST(requests::follow_log(make_spec(), what).target
             == "/v1/stages/shop/prod/logs?tagged=1");
  what.tail = 5;
  what.follow = true;
  what.timestamps = true;
  BOOST_TEST(requests::follow_log(make_spec(), what).target
             == "/v1/stages/shop/prod/logs?tagged=1&tail=5&follow=1"
                "&timestamps=1");
}

// -- answers: what the server writes is read back -----------------------------

BOOST_AUTO_TEST_CASE(an_event_is_read_as_it_was_written) {
  deploy_event x;
  x.deploy_id = "d1";
  x.project = "shop";
  x.stage = "prod";
  x.sequence = 7;
  x.phase = deploy_phase::pulling;
  x.elapsed = 1500ms;
  x.text = "a \"text\"";
  x.retrying = true;
  BOOST_TEST((good(parse_event(to_json(x))) == x));
  x.progress = pull_progress{{}, 1, 2, 3, 4, "Waiting"};
  BOOST_TEST((good(parse_event(to_json(x))) == x));
}

BOOST_AUTO_TEST_CASE(a_report_is_read_as_it_was_written) {
  auto x = make_report();
  BOOST_TEST(to_json(good(parse_report(to_json(x)))) == to_json(x));
  x.outcome = deploy_outcome::deployed;
  x.error = caf::none;
  BOOST_TEST(to_json(good(parse_report(to_json(x)))) == to_json(x));
}

BOOST_AUTO_TEST_CASE(a_stage_is_read_as_it_was_written) {
  stage_state x;
  x.current = make_container("v2");
  x.retired = {make_container("v1")};
  x.retired.front().state = container_state::exited;
  x.retired.front().ports.clear();
  x.unfinished = {make_container("v3")};
  x.unfinished.front().labels.clear();
  x.hosts = {make_host()};
  auto write = [](const stage_state& state) {
    std::string result;
    for (const auto& [role, container] : members_of(state))
      result += container_json(role, *container) + ",";
    return result + to_json(state.hosts.front());
  };
  auto y = good(parse_stage(make_answer(list(write(x))))).front();
  BOOST_TEST(write(y) == write(x));
  BOOST_TEST(y.current->ports.back().host_port == 40000);
  BOOST_TEST(tag_of(y.unfinished.front()) == "?");
}

BOOST_AUTO_TEST_CASE(a_stage_on_nodes_is_read_as_it_was_written) {
  stage_state lost;
  lost.node = "web2";
  lost.problem = make_failure(errc::connection_lost, {.object = "node web2"});
  auto items = container_json("serves", make_container("v2"), "web1") + ","
               + container_json("kept", make_container("v1"), "web1") + ","
               + lost_node_json(make_spec(), lost) + ","
               + container_json("kept", make_container("v1"), "web3");
  auto states = good(parse_stage(make_answer(list(items))));
  BOOST_REQUIRE(states.size() == 3u);
  BOOST_TEST(states[0].node == "web1");
  BOOST_TEST(tag_of(*states[0].current) == "v2");
  BOOST_TEST(states[0].retired.size() == 1u);
  BOOST_TEST(states[1].node == "web2");
  BOOST_TEST((code_of(states[1].problem) == errc::connection_lost));
  BOOST_TEST(states[2].node == "web3");
}

BOOST_AUTO_TEST_CASE(a_stage_without_anything_is_one) {
  auto x = good(parse_stage(make_answer(list({})))).front();
  BOOST_TEST(!x.current);
  BOOST_TEST(x.hosts.empty());
}

BOOST_AUTO_TEST_CASE(routes_are_read_as_they_were_written) {
  auto x = make_host();
  auto never = make_host();
  never.nginx_online = caf::none;
  auto hosts
    = good(parse_routes(make_answer(list(to_json(x) + "," + to_json(never)))));
  BOOST_REQUIRE(hosts.size() == 2u);
  BOOST_TEST((hosts.front() == x));
  BOOST_TEST((hosts.back() == never));
}

BOOST_AUTO_TEST_CASE(a_plan_is_read_as_it_was_written) {
  planned_change x{"update", "container a", {"tag: 1 -> 2"}};
  auto plan = good(parse_plan(make_answer(list(to_json(make_spec(), x)))));
  BOOST_REQUIRE(plan.size() == 1u);
  BOOST_TEST((plan.front() == x));
}

BOOST_AUTO_TEST_CASE(the_history_is_read_as_it_was_written) {
  work_record x;
  x.work = make_work(stage_action::rollback);
  x.work.deploy_id = "d1";
  x.work.asked_by = "token ci";
  x.work.spec.image = "registry.test/shop";
  x.tag = "v2";
  x.digest = "sha256:abc";
  x.accepted = caf::timestamp{1'700'000'000'123ms};
  x.steps = {{deploy_phase::pulling, x.accepted, 20ms, step_outcome::done},
             {deploy_phase::gating, x.accepted, {}, step_outcome::interrupted}};
  auto check = [&] {
    auto records = good(parse_deploys(make_answer(list(to_json(x, nullptr)))));
    BOOST_REQUIRE(records.size() == 1u);
    BOOST_TEST(to_json(records.front(), nullptr) == to_json(x, nullptr));
    auto one = good(parse_deploy(make_answer(to_json(x, nullptr))));
    BOOST_TEST(to_json(one, nullptr) == to_json(x, nullptr));
  };
  check();
  x.finished = x.accepted + 1s;
  x.report = make_report();
  check();
}

BOOST_AUTO_TEST_CASE(a_time_that_no_clock_can_hold_is_the_first) {
  auto record = good(parse_deploy(make_answer(
    R"({"deploy_id":"d1","action":"deploy","accepted_ms":9223372036854775807,)"
    R"("finished_ms":-9223372036854775808})")));
  BOOST_TEST((record.accepted == caf::timestamp{}));
  BOOST_REQUIRE(record.finished);
  BOOST_TEST((*record.finished == caf::timestamp{}));
}

BOOST_AUTO_TEST_CASE(stages_leave_open_what_the_server_knows) {
  auto stages = good(parse_stages(make_answer(
    list(R"({"type":"stage","project":"shop","stage":"prod","image":"x"})"))));
  BOOST_REQUIRE(stages.size() == 1u);
  BOOST_TEST((stages.front() == make_spec()));
}

BOOST_AUTO_TEST_CASE(accepted_work_has_an_id) {
  auto text = R"({"type":"accepted","deploy_id":"d1"})";
  BOOST_TEST(good(parse_accepted(make_answer(text, 202))) == "d1");
  BOOST_TEST(!parse_accepted(make_answer("{}", 202)));
}

// -- errors -------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(the_error_of_somebody_else_is_passed_on) {
  auto err = make_error();
  auto result = parse_plan(make_answer(api::problem_json(502, err), 502));
  BOOST_REQUIRE(!result);
  BOOST_TEST(to_json(result.error()) == to_json(err));
}

BOOST_AUTO_TEST_CASE(what_the_server_refuses_says_what_was_asked) {
  auto err
    = make_failure(errc::unauthorized, {.operation = "serve",
                                        .object = "GET /v1/stages",
                                        .reply = "a valid token is needed"});
  auto result = to_error(make_answer(api::problem_json(401, err), 401));
  BOOST_TEST((code_of(result) == errc::unauthorized));
  auto x = failure_of(result);
  BOOST_TEST(x.operation == "read");
  BOOST_TEST(x.object == "shop/prod");
  BOOST_TEST(x.peer == "the server at /x");
  BOOST_TEST(x.status == 401);
  BOOST_TEST(x.hint.find("DOCKER_WATCHER_TOKEN") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_error_without_context_gets_that_of_the_request) {
  for (const auto* text :
       {R"({"error":{"code":"not_found"}})",
        R"({"error":{"code":"not_found","reply":"there is none"}})",
        R"({"error":{"code":"not_found","operation":"find"}})"}) {
    auto err = to_error(make_answer(text, 404));
    BOOST_TEST((code_of(err) == errc::not_found));
    BOOST_TEST(failure_of(err).operation == "read");
    BOOST_TEST(failure_of(err).object == "shop/prod");
    BOOST_TEST(failure_of(err).status == 404);
  }
}

BOOST_AUTO_TEST_CASE(a_problem_without_an_error_is_understood) {
  auto result = to_error(make_answer(
    R"({"type":"about:blank","title":"x","status":503,"detail":"full"})", 503));
  BOOST_TEST((code_of(result) == errc::busy));
  BOOST_TEST(failure_of(result).reply == "full");
}

BOOST_AUTO_TEST_CASE(an_answer_of_something_else_is_no_answer) {
  for (const auto* text : {"<html>", "[]", "{}", R"({"items":{}})",
                           R"({"items":[{"type":"container"}]})",
                           R"({"items":[{"role":"serves","id":"1","name":"x",)"
                           R"("state":"flying"}]})",
                           R"({"items":[{"role":"serves","id":"1","name":"x",)"
                           R"("state":"running","ports":["x"]}]})"}) {
    auto result = parse_stage(make_answer(text));
    BOOST_REQUIRE_MESSAGE(!result, text);
    BOOST_TEST((code_of(result.error()) == errc::bad_reply), text);
  }
  BOOST_TEST(
    (code_of(to_error(make_answer("<html>", 502))) == errc::peer_failed));
  BOOST_TEST(!parse_event("{"));
  BOOST_TEST(!parse_report("[]"));
}

BOOST_AUTO_TEST_CASE(a_connection_that_fails_says_what_to_do) {
  for (auto code : {errc::socket_missing, errc::connection_refused}) {
    auto x = explain(make_failure(code, {.hint = "Start the Docker daemon."}));
    BOOST_TEST((code_of(x) == code));
    BOOST_TEST(failure_of(x).hint.find("docker-watcher serve")
               != std::string::npos);
  }
  auto other = make_failure(errc::timed_out, {.hint = "Wait."});
  BOOST_TEST(failure_of(explain(other)).hint == "Wait.");
}

// -- logs ---------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_tagged_log_is_taken_apart_whatever_the_pieces) {
  std::string text = "out one\nerr two\r\nout \ngap 12\nout \xff\n";
  const std::vector<log_line> expected{{0, false, "one"},
                                       {0, true, "two"},
                                       {0, false, ""},
                                       {0, true, "[12 lines were dropped]"},
                                       {0, false, "\xff"}};
  for (size_t size = 1; size <= text.size(); ++size) {
    log_lines decoder;
    std::vector<log_line> found;
    for (size_t i = 0; i < text.size(); i += size) {
      auto lines = good(decoder.feed(std::string_view{text}.substr(i, size)));
      found.insert(found.end(), lines.begin(), lines.end());
    }
    BOOST_TEST((found == expected), size);
  }
}

BOOST_AUTO_TEST_CASE(a_line_without_a_tag_is_refused) {
  for (const auto* text : {"x\n", "output\n"})
    BOOST_TEST(!log_lines{}.feed(text), text);
}
