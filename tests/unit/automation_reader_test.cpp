#include "main/automation_tables.hpp"
#include "main/configuration.hpp"
#include "messages/error.hpp"
#include "tests/support/temp_directory.hpp"

#include <boost/test/unit_test.hpp>

using namespace dw;
using namespace std::chrono_literals;

namespace {

constexpr auto two_stages = "projects:\n"
                            "  shop:\n"
                            "    image: registry.example.com/shop\n"
                            "    tag: v1\n"
                            "    stages: {prod: , test: }\n";

/// Loads texts as if they were files.
struct loader {
  caf::expected<configuration> load(const std::string& text) const {
    return load_configuration(directory.write("f.yml", text),
                              [](const std::string&) { return std::nullopt; });
  }

  automation good(const std::string& text) const {
    auto result = load(text);
    if (!result)
      BOOST_FAIL("failed: " << render(result.error()));
    return result->automatic;
  }

  /// What is wrong with a text, from the key on.
  std::string problem(const std::string& text) const {
    auto result = load(text);
    BOOST_REQUIRE_MESSAGE(!result, text);
    auto reply = failure_of(result.error()).reply;
    return reply.substr(reply.find(": ") + 2);
  }

  std::string stage_problem(const std::string& lines) const {
    auto text = problem("projects: {p: {image: i, tag: t, stages: {s: {" + lines
                        + "}}}}");
    constexpr std::string_view prefix = "projects.p.stages.s.";
    auto begin = text.find(prefix);
    return begin == std::string::npos ? text
                                      : text.substr(begin + prefix.size());
  }

  std::string hook_problem(const std::string& lines) const {
    return problem(two_stages + ("webhooks: {hub: {" + lines + "}}"));
  }

  std::string notification_problem(const std::string& lines) const {
    return problem(two_stages + ("notifications: {team: {" + lines + "}}"));
  }

  test::temp_directory directory;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(the_automation_of_a_configuration, loader)

BOOST_AUTO_TEST_CASE(without_it_nothing_happens_by_itself) {
  auto x = good(two_stages);
  BOOST_TEST(x.webhooks.empty());
  BOOST_TEST(x.notifications.empty());
  BOOST_TEST(x.stages.size() == 2u);
  for (const auto& [name, rule] : x.stages)
    BOOST_TEST((rule == auto_deploy{}), name);
}

// -- webhooks -----------------------------------------------------------------

BOOST_AUTO_TEST_CASE(webhooks_have_names) {
  directory.write("s.txt", "from a file\n");
  auto x = good(std::string{two_stages}
                + "webhooks:\n"
                  "  hub: {kind: dockerhub, secret: abc}\n"
                  "  own: {kind: registry, secret: 'file:s.txt', registry: "
                  "'registry.example.com:5000'}\n"
                  "  x-ignored: 7\n");
  BOOST_REQUIRE(x.webhooks.size() == 2u);
  const auto& hub = x.webhooks.at("hub");
  BOOST_TEST((hub.from == push_sender::dockerhub));
  BOOST_TEST((hub.key == secret{"abc"}));
  BOOST_TEST(hub.registry == "");
  const auto& own = x.webhooks.at("own");
  BOOST_TEST((own.from == push_sender::registry));
  BOOST_TEST((own.key == secret{"from a file"}));
  BOOST_TEST(own.registry == "registry.example.com:5000");
}

BOOST_AUTO_TEST_CASE(a_webhook_needs_a_kind_and_a_secret) {
  BOOST_TEST(hook_problem("secret: x")
             == "webhooks.hub.kind: is missing, expected registry, dockerhub, "
                "github or gitea");
  BOOST_TEST(hook_problem("kind: github")
               .starts_with("webhooks.hub.secret: is missing"));
  BOOST_TEST(hook_problem("kind: github, secret: ''")
               .starts_with("webhooks.hub.secret: is empty"));
  BOOST_TEST(hook_problem("kind: svn, secret: x")
               .starts_with("webhooks.hub.kind: found \"svn\""));
  BOOST_TEST(hook_problem("kind: github, secret: x, registry: a/b")
               .starts_with("webhooks.hub.registry: found \"a/b\""));
  BOOST_TEST(problem(std::string{two_stages}
                     + "webhooks: {a b: {kind: github, secret: x}}")
               .find("is not a name")
             != std::string::npos);
  BOOST_TEST(problem(std::string{two_stages} + "webhooks: [hub]")
               .starts_with("webhooks: found a list"));
}

// -- stages -------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_stages_own_rule_replaces_that_of_its_project) {
  auto x = good("projects:\n"
                "  shop:\n"
                "    image: shop\n"
                "    tag: v1\n"
                "    auto_deploy: {tags: 'v*', poll: 5m}\n"
                "    stages:\n"
                "      one:\n"
                "      two: {auto_deploy: {semver: '>=1 <2'}}\n"
                "      three: {auto_deploy: {tags: latest, poll: 0s}}\n");
  BOOST_TEST((x.stages.at("shop/one") == auto_deploy{"v*", "", 5min}));
  BOOST_TEST((x.stages.at("shop/two") == auto_deploy{"", ">=1 <2", 5min}));
  BOOST_TEST((x.stages.at("shop/three") == auto_deploy{"latest", "", 0ms}));
}

BOOST_AUTO_TEST_CASE(bad_rules_are_told) {
  BOOST_TEST(stage_problem("auto_deploy: {tags: 'a b'}")
             == "auto_deploy.tags: found \"a b\", expected a tag or a pattern "
                "such as \"v*\"");
  BOOST_TEST(stage_problem("auto_deploy: {semver: '>=x.1'}")
             == "auto_deploy.semver: found \">=x.1\" (it has a version that is "
                "none), expected a range of versions such as \">=1.2 <2\"");
  BOOST_TEST(stage_problem("auto_deploy: {tags: v1, semver: '1'}")
             == "auto_deploy: has both tags and semver, expected one of "
                "them");
  BOOST_TEST(stage_problem("auto_deploy: {poll: 1s}")
             == "auto_deploy.poll: is less than 10s, which registries would "
                "not bear");
  BOOST_TEST(stage_problem("auto_deploy: {tag: v1}")
               .starts_with("auto_deploy.tag: is not a key here"));
  BOOST_TEST(stage_problem("auto_deploy: yes")
               .starts_with("auto_deploy: found \"yes\""));
  BOOST_TEST(stage_problem("digest: 'sha256:" + std::string(64, 'a')
                           + "', auto_deploy: {tags: v1}")
               .starts_with("digest: allows no other image"));
}

// -- notifications ------------------------------------------------------------

BOOST_AUTO_TEST_CASE(notifications_have_names) {
  auto x = good(std::string{two_stages}
                + "notifications:\n"
                  "  all: {kind: webhook, url: 'https://h.example.com', "
                  "secret: k}\n"
                  "  chat: {kind: slack, url: 'http://c.example.com:81/a?b=c', "
                  "on: [failure, rollback], stages: [shop/prod]}\n"
                  "  run: {kind: command, command: [logger, -t, dw]}\n");
  BOOST_REQUIRE(x.notifications.size() == 3u);
  const auto& all = x.notifications[0];
  BOOST_TEST(all.name == "all");
  BOOST_TEST(all.origin.base_url == "https://h.example.com");
  BOOST_TEST((all.path == secret{"/"}));
  BOOST_TEST((all.key == secret{"k"}));
  BOOST_TEST(all.on.size() == 3u);
  BOOST_TEST(all.stages.empty());
  const auto& chat = x.notifications[1];
  BOOST_TEST((chat.kind == notification_kind::slack));
  BOOST_TEST(chat.origin.base_url == "http://c.example.com:81");
  BOOST_TEST((chat.path == secret{"/a?b=c"}));
  std::vector<notification_event> on{notification_event::failure,
                                     notification_event::rollback};
  BOOST_TEST((chat.on == on));
  BOOST_TEST((chat.stages == std::vector<std::string>{"shop/prod"}));
  const auto& run = x.notifications[2];
  BOOST_TEST((run.kind == notification_kind::command));
  BOOST_TEST((run.command == std::vector<std::string>{"logger", "-t", "dw"}));
}

BOOST_AUTO_TEST_CASE(each_kind_of_notification_has_its_keys) {
  auto starts = [this](const char* lines, const char* expected) {
    auto text = notification_problem(lines);
    BOOST_TEST(text.starts_with(std::string{"notifications.team."} + expected),
               text);
  };
  starts("url: 'http://a.example.com'", "kind: is missing");
  starts("kind: slack", "url: is missing");
  starts("kind: command", "command: is missing");
  starts("kind: command, command: []", "command: has no program");
  starts("kind: command, command: [a], url: 'http://a.example.com'",
         "url: is nothing for this kind");
  starts("kind: slack, url: 'http://a.example.com', command: [a]",
         "command: is nothing for this kind");
  starts("kind: slack, url: 'http://a.example.com', secret: x",
         "secret: is nothing for this kind");
  starts("kind: slack, url: 'http://a.example.com', on: [never]",
         "on[0]: found \"never\"");
  starts("kind: slack, url: 'http://a.example.com', stages: [prod]",
         "stages[0]: found \"prod\"");
  starts("kind: slack, url: 'http://a.example.com', stages: [shop/none]",
         "stages: has \"shop/none\", which is no stage");
}

BOOST_AUTO_TEST_CASE(a_bad_address_is_not_shown) {
  for (const auto* url :
       {"ftp://a.example.com/very-secret", "a.example.com/very-secret",
        "http://u:very-secret@a.example.com",
        "http://a.example.com/very secret", "http://a.example.com/?very secret",
        "http://a.example.com/?a#very-secret"}) {
    auto text
      = notification_problem(std::string{"kind: slack, url: '"} + url + "'");
    BOOST_TEST(text.find("is no URL of http or https") != std::string::npos,
               text);
    BOOST_TEST(text.find("secret") == std::string::npos, text);
  }
}

BOOST_AUTO_TEST_SUITE_END()
