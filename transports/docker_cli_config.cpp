#include "transports/docker_cli_config.hpp"

#include "messages/error.hpp"
#include "transports/base64.hpp"
#include "transports/json.hpp"

#include <algorithm>

namespace dw {

namespace {

constexpr const char* docker_hub = "docker.io";
constexpr const char* docker_hub_server = "https://index.docker.io/v1/";

/// "https://example.org/v2/" -> "example.org"
std::string registry_of(std::string server) {
  if (auto scheme = server.find("://"); scheme != std::string::npos)
    server.erase(0, scheme + 3);
  server.erase(std::min(server.find('/'), server.size()));
  return server == "index.docker.io" ? docker_hub : server;
}

/// The name of a program is made of it, so it must not lead elsewhere.
bool is_helper_suffix(const std::string& text) {
  return !text.empty() && text.front() != '.' && text.front() != '-'
         && text.find_first_not_of("abcdefghijklmnopqrstuvwxyz"
                                   "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                   "0123456789._-")
              == std::string::npos;
}

/// Splits the "user:password" of an `auth` member.
bool read_auth(const std::string& text, registry_credentials& out) {
  auto plain = decode_base64(text);
  if (!plain)
    return false;
  auto colon = plain->find(':');
  if (colon == 0 || colon == std::string::npos)
    return false;
  out.username = plain->substr(0, colon);
  auto password = plain->substr(colon + 1);
  // Some tools pad the text with NULs before they encode it.
  password.erase(password.find_last_not_of('\0') + 1);
  out.password = secret{std::move(password)};
  return true;
}

void read_logins(const json::value& auths, docker_cli_config& out,
                 json::document& doc) {
  for (size_t i = 0; i < auths.size(); ++i) {
    auto entry = auths.element(i);
    auto registry = registry_of(auths.key(i));
    registry_credentials login;
    login.username = entry.text("username");
    login.password = secret{entry.text("password")};
    login.identity_token = secret{entry.text("identitytoken")};
    if (auto auth = entry.text("auth");
        !auth.empty() && !read_auth(auth, login))
      doc.fail("the login for " + registry
               + " is not the base64 form of user:password");
    // Where a helper keeps the login, the entry is empty.
    if (!login.password.empty() || !login.identity_token.empty())
      out.logins.insert_or_assign(registry, std::move(login));
  }
}

void check_helper(const std::string& suffix, json::document& doc) {
  if (!is_helper_suffix(suffix))
    doc.fail("a credential helper's name is no part of a program's name");
}

} // namespace

caf::expected<docker_cli_config>
parse_docker_cli_config(const std::string& text, const std::string& path) {
  docker_cli_config result;
  json::document doc{text};
  auto root = doc.root();
  if (!root.is_object())
    root.reject("is not an object");
  if (auto auths = root.member("auths"); auths.is_object())
    read_logins(auths, result, doc);
  for (auto& [server, suffix] : root.text_map("credHelpers")) {
    check_helper(suffix, doc);
    result.helpers.insert_or_assign(registry_of(server), suffix);
  }
  result.store = root.text("credsStore");
  if (!result.store.empty())
    check_helper(result.store, doc);
  if (!doc.ok())
    return make_failure(errc::invalid_argument,
                        {.operation = "read registry logins of",
                         .object = path,
                         .reply = doc.problem(),
                         .hint = "Correct the file, or log in anew with "
                                 "\"docker login\"."});
  return result;
}

std::string credential_server(const std::string& registry) {
  return registry == docker_hub ? docker_hub_server : registry;
}

caf::expected<registry_credentials>
parse_helper_answer(const std::string& text, const std::string& helper) {
  json::document doc{text};
  auto root = doc.root();
  registry_credentials result;
  result.username = root.needed_text("Username");
  secret value{root.needed_text("Secret")};
  if (!doc.ok())
    return make_failure(errc::bad_reply, {.operation = "ask credential helper",
                                          .object = helper,
                                          .reply = doc.problem()});
  if (result.username == "<token>") {
    result.username.clear();
    result.identity_token = std::move(value);
  } else {
    result.password = std::move(value);
  }
  return result;
}

} // namespace dw
