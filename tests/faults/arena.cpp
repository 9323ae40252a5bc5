#include "tests/faults/arena.hpp"

#include "tests/faults/judge.hpp"
#include "tests/support/await.hpp"
#include "tests/support/test_environment.hpp"

#include <csignal>
#include <fstream>
#include <stdexcept>
#include <thread>
#include <utility>

namespace dw::faults {

using namespace std::chrono_literals;

using npm_standin::json;

namespace {

// What lasts ends then, for undoing is tried for long.
constexpr auto lasting_time = 60s;

// After that, nobody waits for a report any more.
constexpr auto patience = 300s;

constexpr auto freezing_time = 3s;

constexpr auto http_scheme = "http://";

// The loader knows what $LIB is.
constexpr auto faketime = "/usr/$LIB/faketime/libfaketimeMT.so.1";

/// Runs the Docker CLI with the login for the registry.
std::string docker(std::vector<std::string> words) {
  words.insert(words.begin(), "docker");
  auto end = test::run_child(
    {.words = std::move(words),
     .environment = {{"DOCKER_CONFIG", test::environment().docker_config}}});
  if (end.status != 0)
    throw std::runtime_error{"docker: " + end.error_output};
  end.output.erase(end.output.find_last_not_of('\n') + 1);
  return end.output;
}

/// Makes a repository whose tags have layers that no other image has, so that
/// there is something to pull.
void push_images(const test::temp_directory& files, const std::string& path) {
  const auto& registry = test::environment().registry;
  for (std::string tag : {old_tag, new_tag}) {
    auto image = registry + path + ":" + tag;
    auto id = docker({"create", registry + "/shop-plain:" + tag});
    docker({"cp", files.write("layer", image), id + ":/layer"});
    docker({"commit", id, image});
    docker({"push", image});
    docker({"rm", id});
    docker({"image", "rm", image});
  }
}

} // namespace

arena::arena()
  : disk_{served_.files.path("disk")}, engine_{test::environment().docker_host,
                                               served_.files.path(
                                                 "engine.sock")},
    registry_{http_scheme + test::environment().registry},
    npm_{served_.stage.proxy.api_url()}, visit_{
                                           served_.stage.proxy.traffic_url()} {
  auto& stage = served_.stage;
  auto& settings = stage.program.settings;
  settings.engine_host = engine_.url();
  settings.registry = registry_.url().substr(std::string{http_scheme}.size());
  settings.npm_url = npm_.url() + "/api";
  settings.proxy_url = visit_.url();
  auto repository = "/shop-of-" + stage.project;
  push_images(served_.files, repository);
  stage.settings().image = settings.registry + repository;
  stage.set_line("timeout:", "timeout: 20s");
  // An engine that is killed does not start others again.
  stage.set_line("restart:", "restart: always");
  stage.must_deploy(old_tag);
}

std::map<std::string, fault_proxy*> arena::proxies() {
  return {{"engine", &engine_},
          {"registry", &registry_},
          {"npm", &npm_},
          {"visit", &visit_}};
}

exchange_list arena::record() {
  attempt how;
  begin(how);
  deploy(how);
  judge_report(served_, how);
  if (how.result.outcome != "deployed" || !how.result.problems.empty())
    throw std::runtime_error{"it does not work without a fault either: "
                             + how.record.dump()};
  exchange_list result;
  for (const auto& [name, proxy] : proxies())
    result[name] = proxy->seen();
  stop(how);
  recover();
  return result;
}

cell_result arena::run(const cell& x) {
  using std::chrono::steady_clock;
  attempt how;
  how.what = &x;
  auto began = steady_clock::now();
  try {
    begin(how);
    test::visitors visitors{served_.stage.proxy.traffic_url(),
                            served_.stage.domain, 1, 1};
    deploy(how);
    judge_report(served_, how);
    stop(how);
    judge_journal(served_, how);
    judge_visits(visitors.stop(), how);
    recover();
  } catch (const std::exception& problem) {
    heal();
    how.add_problem(problem.what());
  }
  how.result.has_happened = how.where->has_happened();
  how.result.duration = std::chrono::duration_cast<std::chrono::milliseconds>(
    steady_clock::now() - began);
  return std::move(how.result);
}

// -- what happens -------------------------------------------------------------

void arena::begin(attempt& how) {
  forget_image();
  disk_.clear();
  how.variables = {{"DOCKER_WATCHER_STATE", disk_.directory() + "/state"}};
  if (how.is(fault_kind::clock_ahead) || how.is(fault_kind::clock_behind))
    set_clock(how);
  for (const auto& [name, proxy] : proxies()) {
    auto is_here = how.what != nullptr && how.what->peer == name;
    if (is_here)
      how.where = proxy;
    proxy->begin(is_here ? plan_of(how) : planned_fault{});
  }
}

void arena::set_clock(attempt& how) const {
  how.clock_file = served_.files.write("clock", "+0");
  how.variables.insert({{"LD_PRELOAD", faketime},
                        {"FAKETIME_TIMESTAMP_FILE", how.clock_file},
                        {"FAKETIME_NO_CACHE", "1"},
                        {"FAKETIME_DONT_FAKE_MONOTONIC", "1"}});
}

planned_fault arena::plan_of(attempt& how) const {
  const auto& x = *how.what;
  planned_fault result{x.at, x.what, x.is_done, x.status, {}};
  switch (x.what.kind) {
    case fault_kind::kill:
    case fault_kind::kill_done:
      result.cause = [&how] {
        std::lock_guard guard{how.mutex};
        how.server->send(SIGKILL);
      };
      break;
    case fault_kind::freeze:
      result.cause = [] {
        test::change_engine("freeze");
        std::this_thread::sleep_for(freezing_time);
        test::change_engine("thaw");
      };
      break;
    case fault_kind::restart:
      result.cause = [is_hard = x.is_done] {
        test::change_engine(is_hard ? "kill" : "stop");
        test::change_engine("start");
      };
      break;
    case fault_kind::disk_full:
      result.cause = [this] { disk_.fill(); };
      break;
    case fault_kind::clock_ahead:
      result.cause = [&how] { std::ofstream{how.clock_file} << "+1d"; };
      break;
    case fault_kind::clock_behind:
      result.cause = [&how] { std::ofstream{how.clock_file} << "-1d"; };
      break;
    default:
      break;
  }
  return result;
}

// It may not be there.
void arena::forget_image() const {
  const auto& stage = served_.stage;
  test::run_child(
    {{"docker", "image", "rm",
      stage.program.settings.stages.front().image + ":" + new_tag}});
}

void arena::heal() {
  for (const auto& [name, proxy] : proxies())
    proxy->heal();
  disk_.free();
}

// -- the deploy ---------------------------------------------------------------

void arena::deploy(attempt& how) {
  if (!start(how))
    start_again(how);
  auto began = std::chrono::steady_clock::now();
  auto has_ended = test::await_for(patience, [&] {
    look_after_server(how);
    if (std::chrono::steady_clock::now() - began > lasting_time)
      heal();
    if (how.id.empty())
      how.id = submit();
    else
      how.record = record_of(how.id);
    return !how.record.is_null();
  });
  heal();
  if (!has_ended)
    throw std::runtime_error{how.id.empty() ? "the deploy was never accepted"
                                            : "the deploy never ended"};
}

bool arena::start(attempt& how) const {
  {
    std::lock_guard guard{how.mutex};
    how.server.reset();
    how.server.emplace(served_.stage.program.start({"serve"}, how.variables));
  }
  try {
    how.server->wait_for_output("listening on");
    return true;
  } catch (const std::runtime_error&) {
    if (how.server->is_running())
      throw;
    how.result.refusal = how.server->wait().error_output;
    return false;
  }
}

void arena::start_again(attempt& how) {
  heal();
  if (how.is_kill())
    how.was_killed = true;
  else if (how.result.refusal.empty())
    how.add_problem("the server did not start, without a word");
  if (!start(how))
    throw std::runtime_error{"the server does not start again: "
                             + how.result.refusal};
}

void arena::look_after_server(attempt& how) {
  if (how.server->is_running())
    return;
  auto end = how.server->wait();
  if (!how.is_kill() || how.was_killed)
    throw std::runtime_error{"the server ended with "
                             + std::to_string(end.status) + ": "
                             + end.error_output};
  start_again(how);
}

// The same key each time, for the answer may be lost.
std::string arena::submit() const {
  auto body
    = R"({"stage":")" + served_.stage.name() + R"(","tag":")" + new_tag + "\"}";
  auto text
    = test::run_child({served_.curl({"--max-time", "30", "--header",
                                     "Idempotency-Key: the-deploy", "--data",
                                     body, "http://x/v1/deploys"})})
        .output;
  auto reply = json::parse(text);
  return reply && reply->at("deploy_id").is_string()
           ? reply->at("deploy_id").text()
           : "";
}

json arena::record_of(const std::string& id) const {
  auto text
    = test::run_child(
        {served_.curl({"--max-time", "30", "http://x/v1/deploys/" + id})})
        .output;
  auto record = json::parse(text);
  return record && record->find("report") != nullptr ? *record : json{};
}

void arena::stop(attempt& how) const {
  how.server->send(SIGTERM);
  auto end = served_.stage.program.finish(*how.server);
  if (end.status != 0)
    how.add_problem("the server ended with " + std::to_string(end.status) + ": "
                    + end.error_output);
}

void arena::recover() const {
  served_.stage.must_deploy(old_tag);
  if (auto wrong = served_.stage.whats_wrong_with_only(old_tag); !wrong.empty())
    throw std::runtime_error{"the next deploy leaves it wrong: " + wrong};
}

} // namespace dw::faults
