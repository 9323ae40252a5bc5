#include "tests/support/shop_stage.hpp"

#include "tests/support/test_environment.hpp"

#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <sstream>
#include <stdexcept>
#include <utility>

namespace dw::test {

using npm_standin::json;

namespace {

std::string new_project() {
  static std::atomic<int> count = 0; // stages of several threads
  return "e2e-" + std::to_string(::getpid()) + "-" + std::to_string(++count);
}

/// The port of the host that leads to a container.
std::string published_port(const std::string& container) {
  return inspect_value(container,
                       "{{with index .NetworkSettings.Ports \"8080/tcp\"}}"
                       "{{(index . 0).HostPort}}{{end}}");
}

} // namespace

watcher_settings environment_settings() {
  const auto& given = environment();
  watcher_settings result;
  result.npm_url = given.npm_url;
  result.npm_identity = given.npm_identity;
  result.npm_secret = given.npm_secret;
  result.proxy_url = given.proxy_url;
  result.forward_host = given.forward_host;
  result.registry = given.registry;
  result.registry_username = given.registry_username;
  result.registry_password = given.registry_password;
  return result;
}

shop_stage::shop_stage(npm_standin_options options)
  : proxy{std::move(options)}, admin{proxy}, project{new_project()},
    network{project}, domain{project + ".test"}, program{make_settings()} {
  // nop
}

shop_stage::~shop_stage() {
  try {
    forget_project(project, network);
  } catch (const std::exception& problem) {
    std::fprintf(stderr, "%s\n", problem.what());
  }
}

watcher_settings shop_stage::make_settings() const {
  auto result = environment_settings();
  result.network = network;
  result.npm_url = proxy.api_url();
  result.npm_identity = "admin@example.com";
  result.npm_secret = "changeme";
  result.proxy_url = proxy.traffic_url();
  result.forward_host = "127.0.0.1";
  stage_settings stage;
  stage.project = project;
  stage.image = environment().registry + "/shop";
  stage.domains = {domain};
  stage.more = {"drain: 0s", "soak: 0s", "keep: 0",
                "env: {API_KEY: env-value-nobody-may-see}"};
  result.secrets = {"env-value-nobody-may-see"};
  result.stages = {std::move(stage)};
  return result;
}

void shop_stage::set_line(const std::string& key, const std::string& line) {
  auto& lines = settings().more;
  std::erase_if(lines, [&](const auto& x) { return x.starts_with(key); });
  lines.push_back(line);
}

void shop_stage::get_healthy_after(const std::string& milliseconds) {
  set_line("env:", "env: {SHOP_HEALTHY_AFTER_MS: \"" + milliseconds + "\"}");
}

child_end shop_stage::deploy(const std::string& tag,
                             const watcher::arguments& more) const {
  watcher::arguments args{"deploy", name(), "--tag", tag};
  args.insert(args.end(), more.begin(), more.end());
  return program.run(args);
}

void shop_stage::must_deploy(const std::string& tag) const {
  const auto end = deploy(tag);
  if (end.status != 0)
    throw std::runtime_error{tag + " was not deployed: " + end.output
                             + end.error_output};
}

std::string shop_stage::served() const {
  proxy.settle();
  const auto answer = proxy.visit(domain);
  std::istringstream in{answer.body};
  std::string shop;
  std::string version;
  if (answer.status == 200 && in >> shop >> version && shop == "shop")
    return version;
  return std::to_string(answer.status) + " " + answer.body;
}

std::string shop_stage::whats_wrong_with_only(const std::string& tag) const {
  std::string result;
  const auto wanted = container(tag) + " running";
  auto states = container_states_of(project);
  if (states != std::vector{wanted}) {
    result += "containers:";
    for (const auto& x : states)
      result += " " + x + ",";
    return result;
  }
  const auto all = hosts();
  if (all.size() != 1)
    return std::to_string(all.size()) + " proxy hosts";
  const auto port = std::to_string(all.front().at("forward_port").integer());
  if (port != published_port(container(tag)))
    result += "the host leads to port " + port;
  if (const auto x = served(); x != tag)
    result += "visitors get " + x;
  return result;
}

std::vector<json> shop_stage::hosts() const {
  // Not with `admin`: a test may have made its token worthless.
  return npm_session{proxy}.ask("GET", "/nginx/proxy-hosts").body.items();
}

} // namespace dw::test
