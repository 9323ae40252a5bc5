// A server that is killed in the middle of a call: the engine or the proxy has
// done what it was asked for, and the answer never came.

#include "tests/support/await.hpp"
#include "tests/support/http_relay.hpp"
#include "tests/support/served_stage.hpp"
#include "tests/support/test_environment.hpp"

#include <boost/test/unit_test.hpp>

#include <csignal>

using namespace dw::test;

using npm_standin::json;

namespace {

/// More calls than a deploy makes.
constexpr int many_calls = 40;

/// A stage whose v1 serves, and whose engine and proxy are behind relays.
struct fixture : served_stage {
  fixture() {
    auto& settings = stage.program.settings;
    settings.engine_host = "http://127.0.0.1:" + std::to_string(engine.port());
    settings.npm_url
      = "http://127.0.0.1:" + std::to_string(npm.port()) + "/api";
    stage.must_deploy("v1");
  }

  /// Asks for a deploy; the same key means the same one.
  /// @returns its id; empty if there was no answer.
  std::string submit(const std::string& tag, const std::string& key) const {
    auto body = R"({"stage":")" + stage.name() + R"(","tag":")" + tag + "\"}";
    auto text = run_child({curl({"--header", "Idempotency-Key: " + key,
                                 "--data", body, "http://x/v1/deploys"})})
                  .output;
    if (text.empty())
      return {};
    auto reply = json::parse(text);
    BOOST_TEST_REQUIRE((reply && reply->find("deploy_id") != nullptr), text);
    return reply->at("deploy_id").text();
  }

  /// Waits for the end of a deploy, or until `is_enough`.
  /// @returns its outcome; empty if it has not ended.
  template <class Predicate>
  std::string await_end(const std::string& id, Predicate is_enough) const {
    std::string outcome;
    await("the end of deploy " + id, [&] {
      // Without a server there is no answer.
      auto text = run_child({curl({"http://x/v1/deploys/" + id})}).output;
      auto record = json::parse(text);
      if (record && record->find("report") != nullptr)
        outcome = record->at("report").at("outcome").text();
      return !outcome.empty() || is_enough();
    });
    return outcome;
  }

  /// Deploys, and kills the server in the middle of the `number`-th call by way
  /// of `relay`; then has another one go on.
  /// @returns false if there are not so many calls.
  bool
  deploy_with_a_kill(const std::string& tag, http_relay& relay, int number) {
    auto key = std::to_string(number);
    auto was_killed = false;
    {
      auto daemon = serve();
      relay.lose_answer(number, [&daemon] { daemon.send(SIGKILL); });
      // It has calls of its own, too, and may be killed before it answers.
      auto id = submit(tag, key);
      await_end(id, [&relay] { return relay.has_lost(); });
      was_killed = relay.has_lost();
      relay.lose_answer(0, {});
      daemon.send(SIGKILL);
      daemon.wait();
    }
    auto daemon = serve();
    auto id = submit(tag, key);
    BOOST_TEST_REQUIRE(id != "");
    BOOST_TEST(await_end(id, [] { return false; }) == "deployed");
    BOOST_TEST(stage.whats_wrong_with_only(tag) == "");
    return was_killed;
  }

  void check_all_calls(http_relay& relay) {
    int number = 1;
    for (; number <= many_calls; ++number) {
      BOOST_TEST_CONTEXT("call " << number) {
        if (!deploy_with_a_kill(number % 2 == 0 ? "v1" : "v2", relay, number))
          break;
      }
    }
    BOOST_TEST_MESSAGE("killed in the middle of " << number - 1 << " calls");
    BOOST_TEST(number > 2);
    BOOST_TEST(number <= many_calls);
  }

  http_relay engine{environment().docker_host};
  http_relay npm{stage.program.settings.npm_url};
};

} // namespace

BOOST_FIXTURE_TEST_CASE(killed_while_the_engine_answers_it_goes_on, fixture) {
  check_all_calls(engine);
}

BOOST_FIXTURE_TEST_CASE(killed_while_the_proxy_answers_it_goes_on, fixture) {
  check_all_calls(npm);
}
