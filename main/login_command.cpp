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

// Opens the store, to do something to the login of the registry that was named.
caf::expected<secret_store>
open_store(const std::string& operation, const std::string& host) {
  if (!is_registry_host(host))
    return make_failure(errc::invalid_argument,
                        {.operation = operation,
                         .object = host,
                         .reply = "this is not a registry's host",
                         .hint = "Expected is one such as registry.example.com,"
                                 " or docker.io for Docker Hub."});
  auto files = stored_logins(process_environment());
  if (!files.secrets.empty())
    return secret_store{std::move(files)};
  return make_failure(errc::invalid_argument,
                      {.operation = operation,
                       .reply = "there is no directory to keep logins in",
                       .hint = "Set DOCKER_WATCHER_STATE or HOME."});
}

caf::expected<registry_credentials> read_login(const arguments& args) {
  constexpr auto hint = "Pass --username and --password-stdin.";
  registry_credentials result;
  result.username = args.username;
  if (result.username.empty()) {
    if (args.password_stdin || ::isatty(STDIN_FILENO) != 1)
      return make_failure(errc::invalid_argument,
                          {.operation = "log in to",
                           .object = args.registry,
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
try_login(const command_context& x, const registry_credentials& login) {
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

bool is_refusal(const caf::error& err) {
  auto code = code_of(err);
  return code == errc::unauthorized || code == errc::forbidden;
}

} // namespace

exit_status run_login(const command_context& x) {
  auto store = open_store("log in to", x.args.registry);
  if (!store)
    return report_error(x.args, store.error());
  auto login = read_login(x.args);
  if (!login)
    return report_error(x.args, login.error());
  auto tried = try_login(x, *login);
  if (!tried && is_refusal(tried.error())) {
    report_error(x.args, tried.error());
    return exit_status::failed;
  }
  if (auto err = store_login(*store, x.args.registry, tried ? *tried : *login))
    return report_error(x.args, err);
  if (tried)
    fmt::print("Logged in to {} as {}.\n", x.args.registry, login->username);
  else
    fmt::print("Stored the login for {} without trying it: {}\n",
               x.args.registry, render(tried.error()));
  return exit_status::done;
}

exit_status run_logout(const command_context& x) {
  auto store = open_store("log out from", x.args.registry);
  if (!store)
    return report_error(x.args, store.error());
  auto was_there = forget_login(*store, x.args.registry);
  if (!was_there)
    return report_error(x.args, was_there.error());
  fmt::print("{} {}.\n",
             *was_there ? "Removed the login for"
                        : "There was no stored login for",
             x.args.registry);
  return exit_status::done;
}

} // namespace dw
