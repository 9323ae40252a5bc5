#include "tests/support/watcher.hpp"

#include <sstream>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace dw::test {

using npm_standin::json;

namespace {

void write_proxy(std::ostream& out, const watcher_settings& x) {
  if (x.npm_url.empty())
    return;
  out << "proxy:\n  url: " << x.npm_url << '\n';
  if (!x.npm_identity.empty())
    out << "  identity: " << x.npm_identity << "\n  secret: ${NPM_SECRET}\n";
  out << "  forward: " << x.forward << "\n  forward_host: " << x.forward_host
      << "\n  verify_url: " << x.proxy_url << '\n';
}

void write_stage(std::ostream& out, const stage_settings& x) {
  out << "      " << x.stage << ":\n        image: " << x.image
      << "\n        tag: " << x.tag << '\n';
  if (!x.domains.empty()) {
    out << "        domains:\n";
    for (const auto& domain : x.domains)
      out << "          - " << domain << '\n';
  }
  for (const auto& line : x.more)
    out << "        " << line << '\n';
}

void write_projects(std::ostream& out, const watcher_settings& x) {
  if (x.stages.empty())
    return;
  std::map<std::string, std::vector<const stage_settings*>> projects;
  for (const auto& stage : x.stages)
    projects[stage.project].push_back(&stage);
  out << "projects:\n";
  for (const auto& [name, stages] : projects) {
    out << "  " << name << ":\n    stages:\n";
    for (const auto* stage : stages)
      write_stage(out, *stage);
  }
}

void check_secrets(const watcher_settings& x, const child_end& end) {
  auto secrets = x.secrets;
  secrets.insert(secrets.end(), {x.npm_secret, x.registry_password});
  for (const auto& secret : secrets)
    for (const auto* text : {&end.output, &end.error_output})
      if (!secret.empty() && text->find(secret) != std::string::npos)
        throw std::runtime_error{"a secret was printed: " + *text};
}

} // namespace

std::string to_yaml(const watcher_settings& x) {
  std::ostringstream out;
  if (!x.engine_host.empty())
    out << "engine:\n  host: " << x.engine_host << '\n';
  if (!x.network.empty())
    out << "network: " << x.network << '\n';
  write_proxy(out, x);
  if (!x.registry.empty())
    out << "registries:\n  " << x.registry
        << ":\n    username: " << x.registry_username
        << "\n    password: file:registry.password\n";
  if (!x.socket.empty())
    out << "server:\n  listen: [\"unix://" << x.socket << "\"]\n";
  for (const auto& line : x.server_lines)
    out << "  " << line << '\n';
  for (const auto& line : x.lines)
    out << line << '\n';
  write_projects(out, x);
  return out.str();
}

child_command
watcher::make_command(const arguments& args, const variables& more) const {
  directory_.write("registry.password", settings.registry_password + "\n");
  child_command result;
  result.words = settings.runner;
  result.words.insert(
    result.words.end(),
    {DW_PROGRAM, "--config",
     directory_.write("docker-watcher.yml", to_yaml(settings))});
  result.words.insert(result.words.end(), args.begin(), args.end());
  result.environment = more;
  result.environment.emplace("NPM_SECRET", settings.npm_secret);
  result.environment.emplace("DOCKER_CONFIG", directory_.path());
  result.environment.emplace("DOCKER_WATCHER_STATE", directory_.path("state"));
  result.environment.emplace("TERM", "xterm");
  return result;
}

child_process
watcher::start(const arguments& args, const variables& more) const {
  return child_process{make_command(args, more)};
}

child_process watcher::start_on_terminal(const arguments& args) const {
  auto what = make_command(args, {});
  what.on_terminal = true;
  return child_process{std::move(what)};
}

child_end watcher::finish(child_process& running) const {
  auto result = running.wait();
  check_secrets(settings, result);
  return result;
}

child_end watcher::run(const arguments& args, const variables& more) const {
  auto running = start(args, more);
  return finish(running);
}

child_end
watcher::run_with_input(const std::string& input, const arguments& args,
                        const variables& more) const {
  auto what = make_command(args, more);
  what.input_file = directory_.write("input", input);
  child_process running{std::move(what)};
  return finish(running);
}

std::vector<json> json_lines(const std::string& output) {
  std::vector<json> result;
  std::istringstream in{output};
  for (std::string line; std::getline(in, line);) {
    auto object = json::parse(line);
    if (!object || !object->is_object())
      throw std::runtime_error{"no object of JSON: " + line};
    result.push_back(std::move(*object));
  }
  return result;
}

json last_of_type(const std::string& output, const std::string& type) {
  json result;
  for (auto& x : json_lines(output))
    if (x.at("type").is_string() && x.at("type").text() == type)
      result = std::move(x);
  if (result.is_null())
    throw std::runtime_error{"no " + type + " in " + output};
  return result;
}

} // namespace dw::test
