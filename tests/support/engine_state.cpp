#include "tests/support/engine_state.hpp"

#include "tests/support/child_process.hpp"

#include <algorithm>
#include <sstream>
#include <utility>

namespace dw::test {

namespace {

std::vector<std::string> split(const std::string& text, char at) {
  std::vector<std::string> result;
  std::istringstream in{text};
  for (std::string part; std::getline(in, part, at);)
    result.push_back(part);
  return result;
}

std::string docker(const std::string& engine, std::vector<std::string> words) {
  std::vector<std::string> begin{"docker"};
  if (!engine.empty())
    begin.insert(begin.end(), {"--host", engine});
  words.insert(words.begin(), begin.begin(), begin.end());
  return output_of(std::move(words));
}

} // namespace

std::vector<listed_container>
containers_of(const std::string& project, const std::string& engine) {
  const auto lines = split(
    docker(engine, {"container", "ls", "--all", "--no-trunc", "--filter",
                    "label=docker-watcher.project=" + project, "--format",
                    "{{.ID}}|{{.Names}}|{{.State}}"
                    "|{{.Label \"docker-watcher.stage\"}}"
                    "|{{.Label \"docker-watcher.tag\"}}"
                    "|{{.Label \"docker-watcher.instance-id\"}}|"}),
    '\n');
  std::vector<listed_container> result;
  for (const auto& line : lines) {
    const auto x = split(line, '|');
    result.push_back({x.at(0), x.at(1), x.at(2), x.at(3), x.at(4), x.at(5)});
  }
  std::ranges::sort(result, {}, &listed_container::name);
  return result;
}

std::vector<std::string> container_states_of(const std::string& project) {
  std::vector<std::string> result;
  for (const auto& x : containers_of(project))
    result.push_back(x.name + " " + x.state);
  return result;
}

std::vector<std::string> networks(const std::string& engine) {
  return split(docker(engine, {"network", "ls", "--format", "{{.Name}}"}),
               '\n');
}

std::string
inspect_value(const std::string& object, const std::string& format) {
  auto result = output_of({"docker", "inspect", "--format", format, object});
  result.erase(result.find_last_not_of('\n') + 1);
  return result;
}

void forget_project(const std::string& project, const std::string& network,
                    const std::string& engine) {
  for (const auto& x : containers_of(project, engine))
    docker(engine, {"container", "rm", "--force", "--volumes", x.id});
  if (std::ranges::count(networks(engine), network) > 0)
    docker(engine, {"network", "rm", network});
}

} // namespace dw::test
