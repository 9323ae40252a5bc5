#include "actors/credential_store.hpp"

#include "actors/harden.hpp"
#include "actors/run_program.hpp"
#include "actors/text_file.hpp"
#include "messages/error.hpp"
#include "transports/text.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

namespace dw {

namespace {

constexpr auto operation = "find the login for";

// What all helpers say, on standard output, of a registry that they do not
// know.
constexpr auto not_found_text = "credentials not found";

constexpr size_t max_shown = 512;

/// The same error as one about the login for a registry.
caf::error
about(const std::string& registry, const caf::error& err, std::string hint) {
  return with_failure(err, [&](failure& x) {
    x.reply = x.object + ": " + x.reply;
    x.operation = operation;
    x.object = registry;
    x.hint = std::move(hint);
  });
}

caf::error explain(const std::string& program, const std::string& registry,
                   const caf::error& err) {
  if (code_of(err) == errc::not_found)
    return make_failure(
      errc::unauthorized,
      {.operation = operation,
       .object = registry,
       .reply = "the credential helper " + program + " is not in the PATH",
       .hint = "Install it, or give the login in the configuration under "
               "registries."});
  return about(registry, err,
               "Run \"echo " + credential_server(registry) + " | " + program
                 + " get\" to see what it is waiting for.");
}

/// Why a helper has no answer: it says so on either output.
std::string complaint_of(const program_result& x) {
  auto text = clean_text(x.output, max_shown);
  return text.empty() ? clean_text(x.error_output, max_shown) : text;
}

/// Helpers need variables that nobody knows all of, but none of our secrets.
std::vector<std::string> helper_environment() {
  std::vector<std::string> result;
  for (auto** x = environ; *x != nullptr; ++x)
    if (std::string_view entry{*x}; !entry.starts_with("DOCKER_WATCHER_"))
      result.emplace_back(entry);
  return result;
}

std::string value_of(const char* variable) {
  const auto* value = std::getenv(variable);
  return value != nullptr ? value : "";
}

} // namespace

std::string docker_config_path() {
  if (auto directory = value_of("DOCKER_CONFIG"); !directory.empty())
    return directory + "/config.json";
  if (auto home = value_of("HOME"); !home.empty())
    return home + "/.docker/config.json";
  return {};
}

// -- credential_finder --------------------------------------------------------

credential_finder::credential_finder(
  credential_sources sources, std::function<clock_type::time_point()> now)
  : sources_{std::move(sources)}, now_{std::move(now)} {
  // nop
}

caf::expected<found_credentials>
credential_finder::find(const std::string& registry,
                        std::chrono::milliseconds timeout) {
  auto known = sources_.registries.find(registry);
  if (known != sources_.registries.end())
    return found_credentials{known->second, "the configuration"};
  auto stored
    = find_login(secret_store{sources_.stored}, registry_login(registry));
  if (!stored)
    return about(registry, stored.error(),
                 "Make the key available that it was stored with, or store it "
                 "again with \"docker-watcher login\".");
  if (*stored)
    return found_credentials{std::move(**stored), sources_.stored.secrets};
  if (auto err = reload())
    return about(registry, err,
                 "Correct it, or set DOCKER_CONFIG to a directory with a "
                 "config.json of its own.");
  auto own = config_.helpers.find(registry);
  if (own != config_.helpers.end())
    return ask_helper(own->second, registry, timeout);
  if (!config_.store.empty())
    return ask_helper(config_.store, registry, timeout);
  auto login = config_.logins.find(registry);
  if (login != config_.logins.end())
    return found_credentials{login->second, sources_.docker_config};
  return found_credentials{};
}

caf::error credential_finder::reload() {
  const auto& path = sources_.docker_config;
  struct stat info = {};
  if (path.empty() || ::stat(path.c_str(), &info) != 0) {
    auto error_number = path.empty() ? ENOENT : errno;
    version_ = {};
    config_ = {};
    answers_.clear();
    if (error_number == ENOENT || error_number == ENOTDIR)
      return caf::none;
    return make_failure(
      errc::invalid_argument,
      {.object = path, .reply = std::generic_category().message(error_number)});
  }
  file_version version{info.st_ino, info.st_size, info.st_mtim.tv_sec,
                       info.st_mtim.tv_nsec};
  if (version == version_)
    return caf::none;
  auto text = read_text_file(path);
  if (!text)
    return std::move(text.error());
  auto config = parse_docker_cli_config(*text, path);
  if (!config)
    return std::move(config.error());
  config_ = std::move(*config);
  version_ = version;
  answers_.clear();
  return caf::none;
}

caf::expected<found_credentials>
credential_finder::ask_helper(const std::string& helper,
                              const std::string& registry,
                              std::chrono::milliseconds timeout) {
  auto cached = answers_.find(registry);
  if (cached != answers_.end() && now_() < cached->second.expires)
    return cached->second.found;
  auto program = "docker-credential-" + helper;
  program_call call{{program, "get"}, credential_server(registry)};
  call.environment = helper_environment();
  call.timeout = sources_.helper_timeout;
  if (timeout.count() > 0 && timeout < call.timeout)
    call.timeout = timeout;
  auto result = run_program(call);
  if (!result)
    return explain(program, registry, result.error());
  found_credentials found;
  if (result->status == 0) {
    auto login = parse_helper_answer(result->output, program);
    if (!login)
      return about(registry, login.error(), {});
    found = {std::move(*login), program};
  } else if (auto text = complaint_of(*result);
             !contains_text(text, not_found_text)) {
    return make_failure(errc::unauthorized,
                        {.operation = operation,
                         .object = registry,
                         .reply = "the credential helper " + program
                                  + " ended with status "
                                  + std::to_string(result->status)
                                  + (text.empty() ? "" : ": " + text)});
  }
  answers_[registry] = {found, now_() + sources_.helper_reuse};
  return found;
}

// -- the actor ----------------------------------------------------------------

namespace {

struct credential_store_state {
  static inline const char* name = "credential-store";

  std::optional<credential_finder> finder;
};

credential_store_actor::behavior_type credential_store(
  credential_store_actor::stateful_pointer<credential_store_state> self,
  const credential_sources& sources) {
  harden(self);
  self->state.finder.emplace(sources);
  return {
    [self](const find_credentials& x) -> caf::result<found_credentials> {
      auto found = self->state.finder->find(x.registry, x.options.timeout);
      if (!found)
        return std::move(found.error());
      return std::move(*found);
    },
  };
}

} // namespace

credential_store_actor
spawn_credential_store(caf::actor_system& sys, credential_sources sources) {
  return sys.spawn<caf::detached>(credential_store, std::move(sources));
}

credential_store_actor
spawn_credential_store(caf::actor_system& sys,
                       std::map<std::string, registry_credentials> registries,
                       secret_files stored) {
  return spawn_credential_store(sys, credential_sources{std::move(registries),
                                                        std::move(stored)});
}

} // namespace dw
