#include "tests/integration/nodes_fixture.hpp"

#include "tests/support/shop_stage.hpp"
#include "tests/support/test_environment.hpp"

#include <unistd.h>

#include <cstdio>
#include <limits>
#include <sstream>
#include <stdexcept>
#include <utility>

namespace dw::test {

using npm_standin::json;

namespace {

std::string new_project() {
  static int count = 0;
  return "nodes-" + std::to_string(::getpid()) + "-" + std::to_string(++count);
}

std::string text_of(const json& from, std::string_view member) {
  const auto* found = from.find(member);
  return found != nullptr && found->is_string() ? found->text() : "";
}

// The last line may not be whole yet.
std::string whole_lines(const std::string& output) {
  return output.substr(0, output.rfind('\n') + 1);
}

void add(std::string& tags, const std::string& tag) {
  tags += (tags.empty() ? "" : " ") + tag;
}

/// The keys of the configuration that a controller has beside others.
std::vector<std::string> controller_lines(const node_site& site) {
  std::vector<std::string> result{"nodes:"};
  std::string group;
  for (const auto& node : site.nodes) {
    const auto& address = node.where().address();
    result.push_back("  " + node.name() + ": {address: \"" + node.address()
                     + "\", token: \"file:" + node.name()
                     + ".token\", publish_on: " + address
                     + ", forward_host: " + address + "}");
    group += (group.empty() ? "" : ", ") + node.name();
  }
  const auto tls = site.controller_tls();
  result.insert(result.end(), {"groups: {web: [" + group + "]}", "controller:",
                               "  ca: " + tls.ca, "  cert: " + tls.certificate,
                               "  key: " + tls.key});
  return result;
}

} // namespace

// -- the site -----------------------------------------------------------------

node_site::node_site() : proxy{{.address = environment().address}} {
  const tls_files tls{of_controllers.file("ca.pem"),
                      of_nodes.file("server.pem"), of_nodes.file("server.key")};
  for (const auto& where : all_machines()) {
    const auto name = "web" + std::to_string(nodes.size() + 1);
    auto& node = nodes.emplace_back(name, where, tls);
    tokens.push_back(node.make_token("admin"));
    node.start();
  }
}

tls_files node_site::controller_tls() const {
  return {of_nodes.file("ca.pem"), of_controllers.file("client.pem"),
          of_controllers.file("client.key")};
}

std::unique_ptr<node_site> shared_site::instance;

shared_site::shared_site() {
  instance = std::make_unique<node_site>();
}

shared_site::~shared_site() {
  instance.reset();
}

node_site& shared_site::get() {
  return *instance;
}

// -- a stage ------------------------------------------------------------------

stage_on_nodes::stage_on_nodes()
  : project{new_project()}, controller{make_settings()} {
  for (size_t i = 0; i < site.nodes.size(); ++i)
    controller.directory().write(site.nodes[i].name() + ".token",
                                 site.tokens[i] + "\n");
}

stage_on_nodes::~stage_on_nodes() {
  try {
    for (auto& node : site.nodes) {
      node.where().heal();
      if (!node.is_running())
        node.start();
      forget_project(project, project, node.where().docker_host());
    }
  } catch (const std::exception& problem) {
    std::fprintf(stderr, "%s\n", problem.what());
  }
}

watcher_settings stage_on_nodes::make_settings() const {
  watcher_settings result;
  result.network = project;
  result.lines = controller_lines(site);
  result.secrets = site.tokens;
  stage_settings stage;
  stage.project = project;
  stage.image = environment().registry + "/shop";
  stage.more = {"nodes: [web]", "drain: 0s", "soak: 0s", "keep: 1",
                // One that fails does so once.
                "restart: \"no\""};
  result.stages = {std::move(stage)};
  return result;
}

void stage_on_nodes::set_line(const std::string& key, const std::string& line) {
  auto& lines = settings().more;
  std::erase_if(lines, [&](const auto& x) { return x.starts_with(key); });
  lines.push_back(line);
}

void stage_on_nodes::get_healthy_after(const std::string& milliseconds) {
  set_line("env:", "env: {SHOP_HEALTHY_AFTER_MS: \"" + milliseconds + "\"}");
}

void stage_on_nodes::add_domain(const std::string& domain) {
  settings().domains = {domain};
  auto& x = controller.settings;
  x.npm_url = site.proxy.api_url();
  x.npm_identity = "admin@example.com";
  x.npm_secret = "changeme";
  x.proxy_url = site.proxy.traffic_url();
}

watcher::arguments stage_on_nodes::deploy_words(const std::string& tag) const {
  return {"deploy", name(), "--tag", tag, "--json"};
}

child_end stage_on_nodes::deploy(const std::string& tag) const {
  return controller.run(deploy_words(tag));
}

void stage_on_nodes::must_deploy(const std::string& tag) {
  const auto before = settings();
  set_line("rollout:", "rollout: {parallel: 9}");
  const auto end = deploy(tag);
  settings() = before;
  if (end.status != 0)
    throw std::runtime_error{tag + " was not deployed: " + end.output
                             + end.error_output};
}

child_process
stage_on_nodes::deploy_until(const std::string& tag, const std::string& node,
                             const std::string& phase) const {
  auto result = controller.start(deploy_words(tag));
  result.wait_until_output(node + " " + phase, [&](const std::string& output) {
    return find_event(output, node, phase) < output.size();
  });
  return result;
}

std::vector<std::string> stage_on_nodes::running() const {
  std::vector<std::string> result;
  for (const auto& node : site.nodes) {
    std::string tags;
    for (const auto& x : containers_of(project, node.where().docker_host()))
      if (x.state == "running")
        add(tags, x.tag);
    result.push_back(std::move(tags));
  }
  return result;
}

std::vector<std::string> stage_on_nodes::running_by_status() const {
  const auto end = controller.run({"status", name(), "--json"});
  if (end.status != 0)
    throw std::runtime_error{"no status: " + end.output + end.error_output};
  std::vector<std::string> result(site.nodes.size());
  for (const auto& x : json_lines(end.output))
    for (size_t i = 0; i < result.size(); ++i)
      if (text_of(x, "type") == "container"
          && text_of(x, "node") == site.nodes[i].name()
          && text_of(x, "state") == "running")
        add(result[i], text_of(x, "tag"));
  return result;
}

// -- what a deploy has told ---------------------------------------------------

size_t find_event(const std::string& output, const std::string& node,
                  const std::string& phase) {
  const auto lines = json_lines(whole_lines(output));
  for (size_t i = 0; i < lines.size(); ++i)
    if (text_of(lines[i], "type") == "event"
        && text_of(lines[i], "node") == node
        && (phase.empty() || text_of(lines[i], "phase") == phase))
      return i;
  return std::numeric_limits<size_t>::max();
}

std::vector<std::string> results(const std::string& output) {
  std::vector<std::string> result;
  const auto report = last_of_type(output, "report");
  for (const auto& x : report.at("nodes").items())
    result.push_back(x.at("node").text() + " " + x.at("outcome").text()
                     + (x.at("was_undone").flag() ? " undone" : ""));
  return result;
}

} // namespace dw::test
