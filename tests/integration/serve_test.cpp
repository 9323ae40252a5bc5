// `docker-watcher serve`, by its HTTP API.

#include "tests/support/await.hpp"
#include "tests/support/served_stage.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <csignal>
#include <set>

using namespace dw::test;

using npm_standin::json;

namespace data = boost::unit_test::data;

namespace {

/// A stage whose v1 serves, and a daemon.
struct fixture : served_stage {
  fixture() {
    stage.must_deploy("v1");
  }

  child_process follow() const {
    child_process result{{curl({"http://x/v1/events"})}};
    result.wait_for_output(":\n");
    return result;
  }

  void check_deployed(const std::string& id) const {
    auto record = await_end(id);
    BOOST_TEST(record.at("report").at("outcome").text() == "deployed",
               record.dump());
    BOOST_TEST(stage.whats_wrong_with_only("v2") == "");
  }

  std::string token(const std::string& scope) const {
    auto end = stage.program.run({"token", "create", "x", "--scope", scope});
    BOOST_TEST_REQUIRE(end.status == 0, end.error_output);
    end.output.pop_back();
    return end.output;
  }
};

constexpr const char* phases[]
  = {"queued",  "pulling",   "preparing", "creating", "starting", "gating",
     "routing", "verifying", "soaking",   "draining", "retiring"};

std::vector<std::string> bearer(const std::string& token) {
  return {"--header", "Authorization: Bearer " + token};
}

} // namespace

BOOST_FIXTURE_TEST_CASE(a_deploy_is_accepted_followed_and_recorded, fixture) {
  auto daemon = serve();
  auto events = follow();
  auto id = submit("v2");
  events.wait_for_output("event: report");
  check_deployed(id);
  auto record = ask("/v1/deploys").body.at("items").items().front();
  BOOST_TEST(record.at("deploy_id").text() == id);
  BOOST_TEST(record.at("asked_by").text() == "uid 0");
  BOOST_TEST(!record.at("steps").items().empty());
  auto containers = ask("/v1/stages/" + stage.name()).body.at("items");
  BOOST_TEST(containers.items().front().at("tag").text() == "v2");
  daemon.send(SIGTERM);
  const auto end = stage.program.finish(daemon);
  BOOST_TEST(end.status == 0, end.error_output);
}

BOOST_DATA_TEST_CASE_F(fixture, killed_in_any_phase_it_goes_on_when_it_is_back,
                       data::make(phases), phase) {
  stage.set_line("soak:", "soak: 1s");
  std::string id;
  {
    auto daemon = serve();
    auto events = follow();
    id = submit("v2");
    events.wait_for_output(R"("phase":")" + std::string{phase} + "\"");
    daemon.send(SIGKILL);
    daemon.wait();
  }
  const auto version = stage.served();
  BOOST_TEST((version == "v1" || version == "v2"), version);
  auto daemon = serve();
  check_deployed(id);
}

BOOST_FIXTURE_TEST_CASE(stopped_in_the_middle_it_goes_on_when_it_is_back,
                        fixture) {
  stage.get_healthy_after("8000");
  stage.program.settings.server_lines = {"grace: 100ms"};
  std::string id;
  {
    auto daemon = serve();
    auto events = follow();
    id = submit("v2");
    events.wait_for_output(R"("phase":"gating")");
    daemon.send(SIGTERM);
    BOOST_TEST(stage.program.finish(daemon).status == 0);
    BOOST_TEST(stage.served() == "v1");
  }
  auto daemon = serve();
  check_deployed(id);
}

BOOST_FIXTURE_TEST_CASE(before_it_stops_work_may_end_but_none_may_come,
                        fixture) {
  stage.get_healthy_after("2000");
  stage.program.settings.server_lines = {"grace: 1h"};
  auto daemon = serve();
  auto events = follow();
  submit("v2");
  events.wait_for_output(R"("phase":"gating")");
  daemon.send(SIGTERM);
  // Whoever asks before the signal has arrived has the stage's next deploy.
  auto body = R"({"stage":")" + stage.name() + R"(","tag":"v2"})";
  await("the refusal of more work",
        [&] { return post("/v1/deploys", body).status == 503; });
  events.wait_for_output("event: report");
  const auto end = stage.program.finish(daemon);
  BOOST_TEST(end.status == 0, end.error_output);
  BOOST_TEST(stage.whats_wrong_with_only("v2") == "");
}

BOOST_FIXTURE_TEST_CASE(the_configuration_is_read_again_on_a_signal, fixture) {
  auto daemon = serve();
  auto& files_of_it = stage.program.directory();
  auto settings = stage.program.settings;
  auto other = settings.stages.front();
  other.project += "-other";
  other.domains.clear();
  settings.stages.push_back(other);
  files_of_it.write("docker-watcher.yml", to_yaml(settings));
  daemon.send(SIGHUP);
  await("the second stage", [&] {
    return ask("/v1/stages").body.at("items").items().size() == 2u;
  });
  files_of_it.write("docker-watcher.yml", "projects: nonsense\n");
  daemon.send(SIGHUP);
  daemon.send(SIGTERM);
  const auto end = stage.program.finish(daemon);
  BOOST_TEST(end.status == 0);
  BOOST_TEST(end.error_output.find("the configuration was not taken")
               != std::string::npos,
             end.error_output);
}

BOOST_FIXTURE_TEST_CASE(metrics_and_the_log_tell_of_a_deploy, fixture) {
  stage.program.settings.server_lines = {"log: {format: json}"};
  auto daemon = serve();
  auto id = submit("v2");
  check_deployed(id);
  auto metrics = run_child({curl({"http://x/metrics"})}).output;
  for (const auto& line :
       {"docker_watcher_deploys_total{action=\"deploy\",outcome=\"deployed\","
        "project=\""
          + stage.project + "\",stage=\"prod\"} 1\n",
        std::string{"docker_watcher_deploys_in_flight 0\n"},
        std::string{"docker_watcher_http_exchanges_total{peer=\"engine\","
                    "status=\"201\"}"},
        std::string{"docker_watcher_http_exchanges_total{peer=\"npm\","
                    "status=\"200\"}"},
        std::string{"docker_watcher_step_duration_seconds_count{step=\""
                    "gating\"} 1\n"}})
    BOOST_TEST(metrics.find(line) != std::string::npos, line + metrics);
  BOOST_TEST(ask("/v1/log-level").body.at("level").text() == "info");
  BOOST_TEST(
    ask("/v1/log-level", {"--request", "PUT", "--data", R"({"level":"loud"})"})
      .status
    == 400);
  BOOST_TEST(
    ask("/v1/log-level", {"--request", "PUT", "--data", R"({"level":"error"})"})
      .body.at("level")
      .text()
    == "error");
  daemon.send(SIGTERM);
  const auto end = stage.program.finish(daemon);
  std::set<std::string> messages;
  for (const auto& line : json_lines(end.error_output))
    if (line.find("deploy_id") != nullptr && line.at("deploy_id").text() == id)
      messages.insert(line.at("message").text());
  BOOST_TEST(messages.contains("gating"), end.error_output);
}

BOOST_FIXTURE_TEST_CASE(a_deploy_that_is_cancelled_undoes_itself, fixture) {
  stage.get_healthy_after("600000");
  auto daemon = serve();
  auto events = follow();
  auto id = submit("v2");
  events.wait_for_output(R"("phase":"gating")");
  BOOST_TEST(post("/v1/deploys/" + id + "/cancel", "").status == 202);
  auto record = await_end(id);
  BOOST_TEST(record.at("report").at("outcome").text() == "cancelled");
  BOOST_TEST(stage.whats_wrong_with_only("v1") == "");
  BOOST_TEST(post("/v1/deploys/" + id + "/cancel", "").status == 404);
}

BOOST_FIXTURE_TEST_CASE(a_request_that_is_repeated_deploys_once, fixture) {
  auto daemon = serve();
  auto body = R"({"stage":")" + stage.name() + R"(","tag":"v2"})";
  std::vector<std::string> key{"--header", "Idempotency-Key: one"};
  auto first = post("/v1/deploys", body, key);
  auto second = post("/v1/deploys", body, key);
  BOOST_TEST(first.status == 202);
  BOOST_TEST(second.status == 202);
  BOOST_TEST(first.body.at("deploy_id").text()
             == second.body.at("deploy_id").text());
  BOOST_TEST(post("/v1/deploys", body + " ", key).status == 422);
  check_deployed(first.body.at("deploy_id").text());
  daemon.send(SIGKILL);
  daemon.wait();
  auto again = serve();
  auto third = post("/v1/deploys", body, key);
  BOOST_TEST(third.status == 202, third.body.dump());
  BOOST_TEST(third.body.at("deploy_id").text()
             == first.body.at("deploy_id").text());
  auto other = R"({"stage":")" + stage.name() + R"(","tag":"v1"})";
  BOOST_TEST(post("/v1/deploys", other, key).status == 422);
  BOOST_TEST(ask("/v1/deploys").body.at("items").items().size() == 1u);
}

BOOST_FIXTURE_TEST_CASE(it_does_not_disturb_another_process, fixture) {
  stage.get_healthy_after("600000");
  auto daemon = serve();
  auto deploy
    = stage.program.start({"deploy", stage.name(), "--tag", "v2", "--json"});
  deploy.wait_for_output(R"("phase":"gating")");
  auto x = post("/v1/deploys", R"({"stage":")" + stage.name() + "\"}");
  BOOST_TEST(x.status == 409, x.body.dump());
  BOOST_TEST(x.body.at("title").text() == "stage_busy");
  deploy.send(SIGINT);
  BOOST_TEST(stage.program.finish(deploy).status == 130);
}

BOOST_FIXTURE_TEST_CASE(a_token_allows_what_its_scope_says, fixture) {
  auto daemon = serve();
  auto removal = R"({"action":"remove","stage":")" + stage.name() + "\"}";
  auto restart = R"({"action":"restart","stage":")" + stage.name() + "\"}";
  auto read = bearer(token("read"));
  BOOST_TEST(ask("/v1/deploys", read).status == 200);
  BOOST_TEST(post("/v1/deploys", restart, read).status == 403);
  auto deploy = bearer(token("deploy"));
  auto accepted = post("/v1/deploys", restart, deploy);
  BOOST_TEST(accepted.status == 202);
  await_end(accepted.body.at("deploy_id").text());
  BOOST_TEST(post("/v1/deploys", removal, deploy).status == 403);
  BOOST_TEST(ask("/v1/deploys", bearer("dw_00000000_x")).status == 401);
  BOOST_TEST(ask("/healthz", bearer("dw_00000000_x")).status == 200);
  auto admin = post("/v1/deploys", removal, bearer(token("admin")));
  BOOST_TEST(admin.status == 202);
  await_end(admin.body.at("deploy_id").text());
  BOOST_TEST(stage.hosts().empty());
}

BOOST_FIXTURE_TEST_CASE(bad_requests_get_problem_documents, fixture) {
  auto daemon = serve();
  const std::pair<const char*, const char*> bodies[] = {
    {"", "this is not JSON"},
    {"[]", "it is no object"},
    {"{}", "stage is missing"},
    {R"({"stage":7})", "stage is no text"},
    {R"({"stage":"no/where"})", "does not have it"},
    {R"({"stage":"no/where","force":true})", R"("force" is not known)"},
    {R"({"stage":"no/where","action":"explode"})", R"("explode" is no action)"},
    {R"({"stage":"no/where","timeout_ms":-1})", "no positive number"},
    {R"({"stage":"no/where","skip_drain":1})", "neither true nor false"},
  };
  for (const auto& [body, problem] : bodies) {
    auto x = post("/v1/deploys", body);
    BOOST_TEST(x.status == 400, body);
    BOOST_TEST(x.body.at("detail").text().find(problem) != std::string::npos,
               x.body.dump());
  }
  BOOST_TEST(ask("/v1/nowhere").status == 404);
  BOOST_TEST(ask("/v1/stages/no/where").status == 404);
  BOOST_TEST(ask("/v1/deploys/000000000000").status == 404);
  BOOST_TEST(ask("/v1/deploys", {"--request", "DELETE"}).status == 405);
  BOOST_TEST(ask("/v1/stages/" + stage.name() + "/logs?tail=x").status == 400);
  BOOST_TEST(ask("/v1/events%00").status == 400);
}

BOOST_FIXTURE_TEST_CASE(two_daemons_do_not_share_a_state, fixture) {
  auto daemon = serve();
  const auto end = stage.program.run({"serve"});
  BOOST_TEST(end.status != 0);
  BOOST_TEST(end.error_output.find("journal") != std::string::npos,
             end.error_output);
  BOOST_TEST(ask("/healthz").status == 200);
}

// -- images -------------------------------------------------------------------

namespace {

/// A daemon that keeps nothing of former versions but the last two images.
struct pruning : fixture {
  pruning() {
    stage.program.settings.server_lines = {"history: 1", "prune_images: true"};
    stage.set_line("keep:", "keep: 0");
  }

  bool has_image(const std::string& name) const {
    return run_child({{"docker", "image", "inspect", name}}).status == 0;
  }

  void await_removal(const std::string& name) const {
    await(name + " is removed", [&] { return !has_image(name); });
  }

  json deploy(const std::string& what) const {
    auto x = post("/v1/deploys",
                  R"({"stage":")" + stage.name() + "\"," + what + "}");
    BOOST_TEST_REQUIRE(x.status == 202, x.body.dump());
    return await_end(x.body.at("deploy_id").text());
  }

  json deploy_image(const std::string& name) const {
    return deploy(R"("image":")" + stage.program.settings.registry + "/" + name
                  + "\"");
  }
};

} // namespace

BOOST_FIXTURE_TEST_CASE(images_go_when_the_history_has_forgotten_them,
                        pruning) {
  auto daemon = serve();
  deploy(R"("tag":"v1")");
  deploy(R"("tag":"v2")");
  BOOST_TEST(has_image(image() + ":v1"));
  deploy_image("shop-labels:v1");
  await_removal(image() + ":v1");
  BOOST_TEST(has_image(image() + ":v2"));
  // What the history has can be gone back to, though no container is kept.
  auto record = deploy(R"("action":"rollback")");
  BOOST_TEST(record.at("report").at("outcome").text() == "deployed",
             record.dump());
  BOOST_TEST(stage.served() == "v2");
}

BOOST_FIXTURE_TEST_CASE(an_image_that_somebody_has_named_stays, pruning) {
  const auto name = stage.project + ":mine";
  auto daemon = serve();
  deploy(R"("tag":"v1")");
  run_child({{"docker", "image", "tag", image() + ":v1", name}});
  deploy(R"("tag":"v2")");
  deploy_image("shop-labels:v1");
  deploy_image("shop:v1");
  await_removal(image() + ":v2");
  BOOST_TEST(has_image(image() + ":v1"));
  BOOST_TEST(has_image(name));
  run_child({{"docker", "image", "rm", name}});
}
