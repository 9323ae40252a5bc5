#include "actors/credential_store.hpp"

#include "messages/error.hpp"
#include "tests/support/temp_directory.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scoped_actor.hpp>

#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

using namespace dw;
using namespace std::chrono_literals;

namespace {

/// A home with a Docker CLI's configuration, and a PATH with helpers.
struct store_fixture {
  store_fixture() {
    path_before = ::getenv("PATH");
    auto path = directory.path() + ":" + path_before;
    ::setenv("PATH", path.c_str(), 1);
    sources.docker_config = directory.path("config.json");
    sources.helper_timeout = 20s;
  }

  ~store_fixture() {
    ::setenv("PATH", path_before.c_str(), 1);
  }

  void write_config(const std::string& text) {
    directory.write("config.json", text);
    // The clock of the file system may be too coarse to tell two writes apart.
    std::filesystem::last_write_time(
      sources.docker_config,
      std::filesystem::file_time_type{std::chrono::seconds{++writes}});
  }

  void write_helper(const std::string& suffix, const std::string& script) {
    directory.write("docker-credential-" + suffix, "#!/bin/sh\n" + script,
                    0700);
  }

  credential_finder make_finder() {
    return credential_finder{sources, [this] { return now; }};
  }

  found_credentials
  find(credential_finder& finder, const std::string& registry) {
    auto result = finder.find(registry);
    if (!result)
      BOOST_FAIL("failed: " << render(result.error()));
    return std::move(*result);
  }

  /// With a finder of its own.
  found_credentials find(const std::string& registry) {
    auto finder = make_finder();
    return find(finder, registry);
  }

  caf::error failure_for(const std::string& registry,
                         std::chrono::milliseconds timeout = 0ms) {
    auto result = make_finder().find(registry, timeout);
    BOOST_REQUIRE(!result);
    return result.error();
  }

  int calls_of_helper() {
    std::ifstream in{directory.path("calls")};
    auto result = 0;
    for (std::string line; std::getline(in, line);)
      ++result;
    return result;
  }

  test::temp_directory directory;
  credential_sources sources;
  credential_finder::clock_type::time_point now{};
  std::string path_before;
  int64_t writes = 0;
};

constexpr auto registry = "registry.example.com";

// "user:word" and "other:word2"
constexpr auto two_logins = R"({"auths": {
  "registry.example.com": {"auth": "dXNlcjp3b3Jk"},
  "https://index.docker.io/v1/": {"auth": "b3RoZXI6d29yZDI="}}})";

std::string code(const caf::error& err) {
  return to_string(code_of(err));
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(the_credential_finder, store_fixture)

BOOST_AUTO_TEST_CASE(without_any_source_there_is_no_login) {
  auto found = find(registry);
  BOOST_TEST(!found.credentials);
  BOOST_TEST(found.source.empty());
  sources.docker_config.clear();
  BOOST_TEST(!find(registry).credentials);
}

BOOST_AUTO_TEST_CASE(the_configuration_comes_first) {
  registry_credentials login{"ci", secret{"pw"}, {}};
  sources.registries[registry] = login;
  write_config("not even JSON");
  auto found = find(registry);
  BOOST_TEST((found.credentials == login));
  BOOST_TEST(found.source == "the configuration");
}

BOOST_AUTO_TEST_CASE(the_docker_cli_s_logins_are_used) {
  write_config(two_logins);
  auto found = find(registry);
  BOOST_REQUIRE(found.credentials);
  BOOST_TEST(found.credentials->username == "user");
  BOOST_TEST(found.credentials->password.reveal() == "word");
  BOOST_TEST(found.source == directory.path("config.json"));
  BOOST_TEST(find("docker.io").credentials->username == "other");
  BOOST_TEST(!find("other.example.com").credentials);
}

BOOST_AUTO_TEST_CASE(stored_logins_come_between_the_two) {
  write_config(two_logins);
  sources.stored
    = {directory.path("secrets.json"), directory.path("sealing.key")};
  secret_store stored{sources.stored};
  auto finder = make_finder();
  BOOST_TEST(find(finder, registry).credentials->username == "user");
  BOOST_TEST(!store_login(stored, registry_login(registry),
                          {"stored", secret{"x"}, {}}));
  auto found = find(finder, registry);
  BOOST_TEST(found.credentials->username == "stored");
  BOOST_TEST(found.source == sources.stored.secrets);
  BOOST_TEST(find(finder, "docker.io").credentials->username == "other");
  sources.registries[registry] = {"configured", secret{"x"}, {}};
  BOOST_TEST(find(registry).credentials->username == "configured");
}

BOOST_AUTO_TEST_CASE(a_stored_login_without_its_key_is_told) {
  sources.stored
    = {directory.path("secrets.json"), directory.path("sealing.key")};
  secret_store stored{sources.stored};
  BOOST_TEST(!store_login(stored, registry_login(registry),
                          {"stored", secret{"x"}, {}}));
  std::filesystem::remove(sources.stored.key);
  auto text = render(failure_for(registry));
  BOOST_TEST(text.find("docker-watcher login") != std::string::npos, text);
}

BOOST_AUTO_TEST_CASE(a_new_login_is_seen) {
  auto finder = make_finder();
  BOOST_TEST(!find(finder, registry).credentials);
  write_config(two_logins);
  BOOST_TEST(find(finder, registry).credentials->username == "user");
  write_config("{}");
  BOOST_TEST(!find(finder, registry).credentials);
  write_config(two_logins);
  BOOST_TEST(find(finder, registry).credentials->username == "user");
  std::filesystem::remove(sources.docker_config);
  BOOST_TEST(!find(finder, registry).credentials);
}

BOOST_AUTO_TEST_CASE(a_damaged_file_is_told_until_it_is_corrected) {
  write_config("{\"auths\": ");
  auto finder = make_finder();
  for (auto i = 0; i < 2; ++i) {
    auto result = finder.find(registry);
    BOOST_REQUIRE(!result);
    BOOST_TEST(code(result.error()) == "invalid_argument");
    auto text = render(result.error());
    BOOST_TEST(text.starts_with("could not find the login for "
                                "registry.example.com: "
                                + directory.path("config.json") + ": "));
    BOOST_TEST(text.ends_with("\n  Correct it, or set DOCKER_CONFIG to a "
                              "directory with a config.json of its own."));
  }
  write_config(two_logins);
  BOOST_TEST(find(finder, registry).credentials->username == "user");
}

BOOST_AUTO_TEST_CASE(a_helper_is_asked_for_the_server) {
  write_config(R"({"credsStore": "fake"})");
  write_helper("fake", "read -r server || true\n"
                       "echo \"{\\\"ServerURL\\\": \\\"$server\\\", "
                       "\\\"Username\\\": \\\"$1 $server\\\", "
                       "\\\"Secret\\\": \\\"word\\\"}\"\n");
  auto found = find(registry);
  BOOST_REQUIRE(found.credentials);
  BOOST_TEST(found.credentials->username == "get registry.example.com");
  BOOST_TEST(found.credentials->password.reveal() == "word");
  BOOST_TEST(found.source == "docker-credential-fake");
  BOOST_TEST(find("docker.io").credentials->username
             == "get https://index.docker.io/v1/");
}

BOOST_AUTO_TEST_CASE(a_helper_gets_none_of_our_secrets) {
  write_config(R"({"credsStore": "fake"})");
  write_helper("fake", "echo \"{\\\"Username\\\": \\\"$OF_HELPER-"
                       "${DOCKER_WATCHER_KEY-none}\\\", "
                       "\\\"Secret\\\": \\\"x\\\"}\"\n");
  ::setenv("OF_HELPER", "its", 1);
  ::setenv("DOCKER_WATCHER_KEY", "ours", 1);
  auto found = find(registry);
  ::unsetenv("DOCKER_WATCHER_KEY");
  ::unsetenv("OF_HELPER");
  BOOST_TEST(found.credentials->username == "its-none");
}

BOOST_AUTO_TEST_CASE(who_looks_like_a_registry_gets_no_login_of_it) {
  write_config(two_logins);
  sources.registries["own.test:5000"].username = "ours";
  for (const auto* name :
       {"registry.example.com:443", "registry.example.com.evil.test",
        "registry.example.co", "x.registry.example.com", "REGISTRY.example.com",
        "registry-1.docker.io", "docker.io.evil.test", "hub.docker.io",
        "own.test", "own.test:5001", "own.test:50000", "xown.test:5000"})
    BOOST_TEST(!find(name).credentials, name);
}

BOOST_AUTO_TEST_CASE(a_helper_of_the_registry_s_own_comes_first) {
  write_config(R"({"credsStore": "all",
                   "credHelpers": {"registry.example.com": "own"},
                   "auths": {"registry.example.com":
                             {"auth": "dXNlcjp3b3Jk"}}})");
  for (const auto* name : {"all", "own"})
    write_helper(name, "echo '{\"Username\": \"" + std::string{name}
                         + "\", \"Secret\": \"x\"}'\n");
  BOOST_TEST(find(registry).credentials->username == "own");
  BOOST_TEST(find("other.example.com").credentials->username == "all");
}

BOOST_AUTO_TEST_CASE(an_identity_token_is_not_a_password) {
  write_config(R"({"credsStore": "fake"})");
  write_helper("fake", "echo '{\"Username\": \"<token>\", \"Secret\": "
                       "\"refresh\"}'\n");
  auto found = find(registry);
  BOOST_REQUIRE(found.credentials);
  BOOST_TEST(found.credentials->username.empty());
  BOOST_TEST(found.credentials->password.empty());
  BOOST_TEST(found.credentials->identity_token.reveal() == "refresh");
}

BOOST_AUTO_TEST_CASE(a_helper_that_knows_nothing_is_no_failure) {
  write_config(R"({"credsStore": "fake"})");
  write_helper("fake",
               "echo 'credentials not found in native keychain'; exit 1\n");
  auto found = find(registry);
  BOOST_TEST(!found.credentials);
  BOOST_TEST(found.source.empty());
}

BOOST_AUTO_TEST_CASE(a_helper_that_is_missing_is_explained) {
  write_config(R"({"credsStore": "missing"})");
  auto err = failure_for(registry);
  BOOST_TEST(code(err) == "unauthorized");
  BOOST_TEST(render(err)
             == "could not find the login for registry.example.com: the "
                "credential helper docker-credential-missing is not in the "
                "PATH\n  Install it, or give the login in the configuration "
                "under registries.");
}

BOOST_AUTO_TEST_CASE(a_helper_that_fails_is_explained) {
  write_config(R"({"credsStore": "fake"})");
  write_helper("fake", "echo 'the keychain is locked'; exit 2\n");
  BOOST_TEST(render(failure_for(registry))
             == "could not find the login for registry.example.com: the "
                "credential helper docker-credential-fake ended with status 2: "
                "the keychain is locked");
  write_helper("fake", "echo 'on the other output' >&2; exit 1\n");
  BOOST_TEST(failure_of(failure_for(registry)).reply
             == "the credential helper docker-credential-fake ended with "
                "status 1: on the other output");
  write_helper("fake", "exit 1\n");
  auto err = failure_for(registry);
  BOOST_TEST(code(err) == "unauthorized");
  BOOST_TEST(failure_of(err).reply
             == "the credential helper docker-credential-fake ended with "
                "status 1");
}

BOOST_AUTO_TEST_CASE(a_helper_that_talks_nonsense_does_not_get_shown) {
  write_config(R"({"credsStore": "fake"})");
  write_helper("fake", "echo 'hunter2 is the word'\n");
  auto err = failure_for(registry);
  BOOST_TEST(code(err) == "bad_reply");
  BOOST_TEST(render(err).find("hunter2") == std::string::npos);
  BOOST_TEST(render(err).starts_with("could not find the login for "
                                     "registry.example.com: "
                                     "docker-credential-fake: "));
}

BOOST_AUTO_TEST_CASE(a_helper_that_takes_too_long_is_ended) {
  write_config(R"({"credsStore": "fake"})");
  write_helper("fake", "exec tail -f /dev/null\n");
  auto err = failure_for(registry, 100ms);
  BOOST_TEST(code(err) == "timed_out");
  BOOST_TEST(render(err)
             == "could not find the login for registry.example.com: "
                "docker-credential-fake: it did not end within 100 ms\n"
                "  Run \"echo registry.example.com | docker-credential-fake "
                "get\" to see what it is waiting for.");
}

BOOST_AUTO_TEST_CASE(a_helper_that_never_stops_talking_is_ended) {
  write_config(R"({"credsStore": "fake"})");
  write_helper("fake", "exec cat /dev/zero\n");
  BOOST_TEST(code(failure_for(registry)) == "too_large");
}

BOOST_AUTO_TEST_CASE(many_pulls_at_once_ask_a_helper_once) {
  write_config(R"({"credsStore": "fake"})");
  write_helper("fake", "echo called >> " + directory.path("calls")
                         + "; echo '{\"Username\": \"u\", \"Secret\": "
                           "\"s\"}'\n");
  auto finder = make_finder();
  for (auto i = 0; i < 3; ++i)
    BOOST_TEST(find(finder, registry).credentials->username == "u");
  BOOST_TEST(calls_of_helper() == 1);
  now += sources.helper_reuse;
  BOOST_TEST(find(finder, registry).credentials->username == "u");
  BOOST_TEST(calls_of_helper() == 2);
  write_config(R"({"credsStore": "fake" })");
  BOOST_TEST(find(finder, registry).credentials->username == "u");
  BOOST_TEST(calls_of_helper() == 3);
}

BOOST_AUTO_TEST_CASE(the_docker_cli_s_configuration_is_found) {
  std::string home = ::getenv("HOME") != nullptr ? ::getenv("HOME") : "";
  ::unsetenv("DOCKER_CONFIG");
  ::setenv("HOME", "/home/me", 1);
  BOOST_TEST(docker_config_path() == "/home/me/.docker/config.json");
  ::setenv("DOCKER_CONFIG", "/etc/docker-cli", 1);
  BOOST_TEST(docker_config_path() == "/etc/docker-cli/config.json");
  ::unsetenv("DOCKER_CONFIG");
  ::unsetenv("HOME");
  BOOST_TEST(docker_config_path().empty());
  ::setenv("HOME", home.c_str(), 1);
}

BOOST_AUTO_TEST_CASE(the_actor_answers_what_the_finder_finds) {
  write_config(two_logins);
  caf::actor_system_config cfg;
  add_message_types(cfg);
  caf::actor_system sys{cfg};
  caf::scoped_actor self{sys};
  auto store = spawn_credential_store(sys, sources);
  auto ask = [&](const std::string& host) {
    caf::expected<found_credentials> result{caf::sec::runtime_error};
    self->request(store, 10s, find_credentials{{}, host})
      .receive([&](found_credentials& x) { result = std::move(x); },
               [&](caf::error& err) { result = std::move(err); });
    return result;
  };
  auto found = ask(registry);
  BOOST_REQUIRE(found);
  BOOST_TEST(found->credentials->username == "user");
  write_config("{");
  auto failed = ask(registry);
  BOOST_REQUIRE(!failed);
  BOOST_TEST(code(failed.error()) == "invalid_argument");
  self->send_exit(store, caf::exit_reason::user_shutdown);
}

BOOST_AUTO_TEST_SUITE_END()
