#include "actors/secret_store.hpp"
#include "main/commands.hpp"
#include "main/password_prompt.hpp"
#include "main/session.hpp"
#include "main/state_directory.hpp"
#include "messages/error.hpp"
#include "transports/docker_api.hpp"
#include "transports/image_reference.hpp"

#include <fmt/format.h>

#include <unistd.h>

#include <iostream>

namespace dw {

namespace {

constexpr auto log_in = "log in to";

/// What a login is for.
struct login_target {
  /// What it is stored as.
  std::string name;
  /// For people.
  std::string display;
  /// Of the account, if the configuration says so.
  std::string username;
};

caf::expected<login_target>
find_proxy(const command_context& x, const std::string& operation) {
  const auto& npm = *x.config.npm;
  auto url = api_url(npm);
  const auto& username = x.args.username;
  if (username.empty() || npm.identity.empty() || username == npm.identity)
    return login_target{proxy_login(url), url, npm.identity};
  return make_failure(errc::invalid_argument,
                      {.operation = operation,
                       .object = url,
                       .reply = "the configuration's proxy.identity is "
                                + npm.identity + ", not " + username,
                       .hint = "Leave one of the two out."});
}

caf::expected<login_target>
find_target(const command_context& x, const std::string& operation) {
  if (x.args.of_proxy)
    return find_proxy(x, operation);
  const auto& host = x.args.registry;
  if (is_registry_host(host))
    return login_target{registry_login(host), host, {}};
  return make_failure(errc::invalid_argument,
                      {.operation = operation,
                       .object = host,
                       .reply = "this is not a registry's host",
                       .hint = "Expected is one such as registry.example.com, "
                               "or docker.io for Docker Hub."});
}

caf::expected<secret_store> open_store(const std::string& operation) {
  auto files = stored_logins(process_environment());
  if (!files.secrets.empty())
    return secret_store{std::move(files)};
  return make_failure(errc::invalid_argument,
                      {.operation = operation,
                       .reply = "there is no directory to keep logins in",
                       .hint = "Set DOCKER_WATCHER_STATE or HOME."});
}

caf::expected<registry_credentials>
read_login(const arguments& args, const login_target& target) {
  constexpr auto hint = "Pass --username and --password-stdin.";
  registry_credentials result;
  result.username = args.username.empty() ? target.username : args.username;
  if (result.username.empty()) {
    if (args.password_stdin || ::isatty(STDIN_FILENO) != 1)
      return make_failure(errc::invalid_argument,
                          {.operation = log_in,
                           .object = target.display,
                           .reply = "the username is missing",
                           .hint = hint});
    fmt::print(stderr, "Username: ");
    std::getline(std::cin, result.username);
  }
  auto password
    = args.password_stdin ? read_password() : ask_password("Password: ", hint);
  if (!password)
    return std::move(password.error());
  result.password = std::move(*password);
  return result;
}

// Has the engine try a login. A registry may answer with a token, which then
// takes the place of the password.
caf::expected<registry_credentials>
try_registry_login(const command_context& x,
                   const registry_credentials& login) {
  session running{x.config};
  auto response = running.ask<http_response>(
    running.svc().engine, docker::check_login(login, x.args.registry));
  if (!response)
    return std::move(response.error());
  auto token = docker::parse_login(*response);
  if (!token)
    return std::move(token.error());
  auto result = login;
  if (!token->empty())
    result = {login.username, {}, std::move(*token)};
  return result;
}

caf::expected<registry_credentials>
try_proxy_login(const command_context& x, const registry_credentials& login) {
  auto config = x.config;
  config.npm->identity = login.username;
  config.npm->password = login.password;
  session running{config};
  auto info = running.ask<proxy_info>(running.svc().proxy, ping_proxy{});
  if (!info)
    return std::move(info.error());
  return login;
}

bool is_refusal(const caf::error& err) {
  auto code = code_of(err);
  return code == errc::unauthorized || code == errc::forbidden;
}

} // namespace

exit_status run_login(const command_context& x) {
  auto target = find_target(x, log_in);
  if (!target)
    return report_error(x.args, target.error());
  auto store = open_store(log_in);
  if (!store)
    return report_error(x.args, store.error());
  auto login = read_login(x.args, *target);
  if (!login)
    return report_error(x.args, login.error());
  auto tried = x.args.of_proxy ? try_proxy_login(x, *login)
                               : try_registry_login(x, *login);
  if (!tried && is_refusal(tried.error())) {
    report_error(x.args, tried.error());
    return exit_status::failed;
  }
  if (auto err = store_login(*store, target->name, tried ? *tried : *login))
    return report_error(x.args, err);
  if (tried)
    fmt::print("Logged in to {} as {}.\n", target->display, login->username);
  else
    fmt::print("Stored the login for {} without trying it: {}\n",
               target->display, render(tried.error()));
  return exit_status::done;
}

exit_status run_logout(const command_context& x) {
  constexpr auto operation = "log out from";
  auto target = find_target(x, operation);
  if (!target)
    return report_error(x.args, target.error());
  auto store = open_store(operation);
  if (!store)
    return report_error(x.args, store.error());
  auto was_there = store->erase(target->name);
  if (!was_there)
    return report_error(x.args, was_there.error());
  fmt::print("{} {}.\n",
             *was_there ? "Removed the login for"
                        : "There was no stored login for",
             target->display);
  return exit_status::done;
}

} // namespace dw
