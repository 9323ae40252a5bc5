#include "tests/support/test_environment.hpp"

#include "tests/support/child_process.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>

namespace dw::test {

namespace {

std::string variable(const char* name) {
  const auto* value = std::getenv(name);
  if (value == nullptr)
    throw std::runtime_error{std::string{name} + " is not set"};
  return value;
}

std::string first_line_of(const std::string& path) {
  std::ifstream file{path};
  std::string result;
  if (!std::getline(file, result))
    throw std::runtime_error{"cannot read " + path};
  return result;
}

test_environment read_environment() {
  test_environment result;
  result.docker_host = variable("DOCKER_HOST");
  if (std::filesystem::exists(variable("DW_TEST_DIR") + "/engine.pid"))
    result.directory = variable("DW_TEST_DIR");
  result.address = variable("DW_TEST_ADDRESS");
  result.machines = std::stoi(variable("DW_TEST_MACHINES"));
  result.registry = variable("DW_TEST_REGISTRY");
  result.registry_username = variable("DW_TEST_REGISTRY_USERNAME");
  result.registry_password
    = first_line_of(variable("DW_TEST_REGISTRY_PASSWORD_FILE"));
  result.docker_config = variable("DW_TEST_DOCKER_CONFIG");
  result.npm_url = variable("DW_TEST_NPM_URL");
  result.npm_identity = variable("DW_TEST_NPM_IDENTITY");
  result.npm_secret = variable("DW_TEST_NPM_SECRET");
  result.proxy_url = variable("DW_TEST_NPM_TRAFFIC_URL");
  result.forward_host = variable("DW_TEST_FORWARD_HOST");
  return result;
}

} // namespace

const test_environment& environment() {
  static const auto result = read_environment();
  return result;
}

void change_engine(const std::string& verb) {
  output_of({variable("DW_TEST_ENV"), "engine", environment().directory, verb});
}

void change_machine(int number, const std::vector<std::string>& words) {
  std::vector<std::string> command{variable("DW_TEST_ENV"), "machine",
                                   environment().directory,
                                   std::to_string(number)};
  command.insert(command.end(), words.begin(), words.end());
  output_of(std::move(command));
}

} // namespace dw::test
