// Logins that others keep: the Docker CLI's config.json, a helper's answer.

#include "tests/fuzz/fuzz.hpp"
#include "transports/docker_api.hpp"
#include "transports/docker_cli_config.hpp"

using namespace dw;
using namespace dw::fuzz;

namespace {

// Longer than what an error may quote by chance.
bool is_shown(const secret& x, const caf::error& err) {
  constexpr size_t shortest = 12;
  const auto& text = x.reveal();
  return text.size() >= shortest && render(err).find(text) != std::string::npos;
}

void check_login(const registry_credentials& x, const std::string& registry) {
  auto sent = docker::encode_registry_auth(x, registry).reveal();
  require(sent.find_first_of("\r\n") == std::string::npos,
          "a login fits into a header");
  credential_server(registry);
}

void check_config(const std::string& text) {
  auto config = parse_docker_cli_config(text, "config.json");
  if (!is_good(config))
    return;
  for (const auto& [registry, login] : config->logins)
    check_login(login, registry);
  for (const auto& [registry, helper] : config->helpers)
    require(helper.find('/') == std::string::npos,
            "a helper is a program of the path");
}

void check_answer(const std::string& text) {
  auto login = parse_helper_answer(text, "docker-credential-pass");
  if (is_good(login))
    check_login(*login, "docker.io");
}

// The same texts, as what the engine answers to a login.
void check_login_answer(const std::string& text) {
  http_response response;
  response.operation = "log in to";
  response.object = "registry.example.com";
  response.peer = "Docker Engine";
  response.status = 200;
  response.body = text;
  auto token = docker::parse_login(response);
  if (is_good(token))
    require(!is_shown(*token, docker::to_error(response)),
            "an error does not show the token");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string text{text_of(data, size)};
  check_config(text);
  check_answer(text);
  check_login_answer(text);
  return 0;
}
