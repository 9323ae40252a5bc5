#include "main/advice.hpp"

#include "tests/support/temp_directory.hpp"

#include <boost/test/unit_test.hpp>

#include <sys/stat.h>

#include <set>

using namespace dw;

namespace {

constexpr auto projects
  = "projects: {shop: {image: r.test/shop, stages: {prod: {tag: v1}}}}\n";

struct fixture {
  fixture() {
    ::mkdir(directory.path("state").c_str(), 0700);
  }

  std::optional<std::string> variable(const std::string& name) const {
    if (name == "DOCKER_WATCHER_STATE")
      return directory.path("state");
    return name == "WORD" ? std::optional<std::string>{"from-outside"}
                          : std::nullopt;
  }

  /// "WHAT: TEXT" for each advice on a file of that mode.
  std::set<std::string>
  advice_on(const std::string& text, mode_t mode = 0600) const {
    auto env = [this](const std::string& name) { return variable(name); };
    auto path = directory.write("f.yml", text + projects, mode);
    auto config = load_configuration(path, env);
    if (!config)
      BOOST_FAIL("failed: " << to_string(config.error()));
    std::set<std::string> result;
    for (const auto& x : advise(*config, env))
      result.insert(x.what + ": " + x.text);
    return result;
  }

  /// Whether there is one advice, which begins so and contains `part`.
  bool is_advised(const std::set<std::string>& found, const std::string& what,
                  const std::string& part) const {
    for (const auto& x : found)
      BOOST_TEST_MESSAGE(x);
    return found.size() == 1 && found.begin()->starts_with(what + ": ")
           && found.begin()->find(part) != std::string::npos;
  }

  test::temp_directory directory;
};

constexpr auto plain_secret
  = "registries: {r.test: {username: ci, password: hunter2}}\n";

} // namespace

BOOST_FIXTURE_TEST_SUITE(advice_on_configurations, fixture)

BOOST_AUTO_TEST_CASE(there_is_none_where_all_is_well) {
  BOOST_TEST(advice_on(plain_secret).empty());
  BOOST_TEST(advice_on("", 0644).empty());
}

BOOST_AUTO_TEST_CASE(a_file_with_secrets_that_every_user_can_read_is_told) {
  auto found = advice_on(plain_secret, 0644);
  BOOST_TEST(is_advised(found, "configuration", "every user can read"));
  BOOST_TEST(found.begin()->find("hunter2") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_file_whose_secrets_are_elsewhere_may_be_read) {
  auto found = advice_on(
    "registries: {r.test: {username: ci, password: \"${WORD}\"}}\n", 0644);
  BOOST_TEST(found.empty());
}

BOOST_AUTO_TEST_CASE(a_secret_s_own_file_that_every_user_can_read_is_told) {
  directory.write("word", "hunter2", 0604);
  auto found = advice_on(
    "registries: {r.test: {username: ci, password: \"file:word\"}}\n", 0644);
  BOOST_TEST(is_advised(found, "configuration", "/word"));
}

BOOST_AUTO_TEST_CASE(a_key_that_every_user_can_read_is_told) {
  directory.write("cert.pem", "-----BEGIN CERTIFICATE-----\n", 0644);
  directory.write("key.pem", "-----BEGIN PRIVATE KEY-----\n", 0644);
  auto found
    = advice_on("server: {tls: {cert: cert.pem, key: key.pem}}\n", 0644);
  BOOST_TEST(is_advised(found, "configuration", "/key.pem"));
}

BOOST_AUTO_TEST_CASE(a_file_that_every_user_can_change_is_told) {
  BOOST_TEST(
    is_advised(advice_on("", 0602), "configuration", "every user can change"));
}

BOOST_AUTO_TEST_CASE(a_state_that_others_may_enter_is_told) {
  for (mode_t mode : {0710U, 0701U, 0750U}) {
    ::chmod(directory.path("state").c_str(), mode);
    BOOST_TEST(is_advised(advice_on(""), "state", "chmod 700"));
  }
}

BOOST_AUTO_TEST_CASE(an_engine_without_tls_on_another_machine_is_told) {
  BOOST_TEST(is_advised(advice_on("engine: {host: \"tcp://10.0.0.7:2375\"}\n"),
                        "engine", "10.0.0.7"));
  BOOST_TEST(advice_on("engine: {host: \"tcp://127.0.0.1:2375\"}\n").empty());
  BOOST_TEST(
    advice_on("engine: {host: \"tcp://10.0.0.7:2376\", tls: {}}\n").empty());
}

BOOST_AUTO_TEST_CASE(a_proxy_without_tls_on_another_machine_is_told) {
  auto proxy = [](const std::string& url) {
    return "proxy: {url: \"" + url
           + "\", identity: a@b.test, secret: hunter2}\n";
  };
  BOOST_TEST(is_advised(advice_on(proxy("http://npm.test:81/api")), "proxy",
                        "npm.test"));
  BOOST_TEST(advice_on(proxy("http://127.0.0.1:81/api")).empty());
  BOOST_TEST(advice_on(proxy("https://npm.test/api")).empty());
}

BOOST_AUTO_TEST_CASE(whoever_is_told_without_tls_is_named_but_not_the_address) {
  auto found = advice_on("notifications: {team: {kind: ntfy, "
                         "url: \"http://ntfy.test/word\"}}\n");
  BOOST_TEST(is_advised(found, "notifications", "team"));
  BOOST_TEST(found.begin()->find("/word") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(nodes_without_tls_on_other_machines_are_told) {
  auto nodes = [](const std::string& host) {
    return "controller: {insecure: true}\n"
           "nodes: {web1: {address: \""
           + host + ":7443\", token: \"${WORD}\"}}\n";
  };
  BOOST_TEST(is_advised(advice_on(nodes("10.0.0.8")), "nodes", "web1"));
  BOOST_TEST(advice_on(nodes("127.0.0.1")).empty());
}

BOOST_AUTO_TEST_SUITE_END()
