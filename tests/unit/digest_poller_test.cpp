#include "actors/digest_poller.hpp"

#include "messages/error.hpp"
#include "tests/support/actor_fixture.hpp"

#include <boost/test/unit_test.hpp>

using namespace dw;
using namespace dw::test;
using namespace std::chrono_literals;

namespace {

struct fixture : actor_fixture {
  void start(std::vector<polled_tag> tags) {
    auto images = caf::actor_cast<image_puller_actor>(
      keep(sys.spawn([this]() -> caf::behavior {
        return {[this](const find_digest& x) -> caf::result<found_digest> {
          asked.push_back(x.reference);
          if (registry_problem)
            return registry_problem;
          return found_digest{digest};
        }};
      })));
    auto listener = keep(tag_listener_actor{
      sys.spawn([this]() -> tag_listener_actor::behavior_type {
        return {[this](const tag_seen& x) {
          told.push_back(x.project + "/" + x.stage + " " + x.tag + " "
                         + x.digest);
          push_verdict result;
          result.error = verdict_problem;
          return result;
        }};
      })});
    poller = keep(digest_poller_actor{
      sys.spawn(digest_poller, tags, images, listener, poll_policy{})});
    run();
  }

  static polled_tag tag_of(const std::string& stage, std::chrono::seconds x) {
    return {"shop", stage, "registry.example.com/shop", "v1", x};
  }

  // How often the registry was asked within a time.
  size_t count_within(std::chrono::nanoseconds time) {
    asked.clear();
    advance(time);
    return asked.size();
  }

  digest_poller_actor poller;
  std::string digest = "sha256:1";
  caf::error registry_problem;
  caf::error verdict_problem;
  std::vector<std::string> asked;
  std::vector<std::string> told;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(a_digest_poller, fixture)

BOOST_AUTO_TEST_CASE(it_asks_once_an_interval_and_tells) {
  start({tag_of("prod", 60s)});
  BOOST_TEST(count_within(60s) >= 1u);
  BOOST_TEST(told.front() == "shop/prod v1 sha256:1");
  BOOST_TEST(asked.front() == "registry.example.com/shop:v1");
  auto count = count_within(6000s);
  BOOST_TEST(count >= 90u);
  BOOST_TEST(count <= 112u);
}

BOOST_AUTO_TEST_CASE(each_tag_has_its_own_interval) {
  start({tag_of("prod", 60s), tag_of("test", 600s)});
  advance(6000s);
  auto test = std::count(told.begin(), told.end(), "shop/test v1 sha256:1");
  BOOST_TEST(test >= 9);
  BOOST_TEST(test <= 12);
}

BOOST_AUTO_TEST_CASE(stages_do_not_ask_at_the_same_time) {
  std::vector<polled_tag> many;
  for (int i = 0; i < 100; ++i)
    many.push_back(tag_of("prod", 100s));
  start(many);
  BOOST_TEST(count_within(20s) <= 50u);
  BOOST_TEST(count_within(80s) >= 50u);
}

BOOST_AUTO_TEST_CASE(it_asks_less_often_when_the_registry_does_not_answer) {
  start({tag_of("prod", 60s)});
  registry_problem = make_failure(errc::connection_refused, {});
  auto count = count_within(3600s);
  BOOST_TEST(count >= 4u);
  BOOST_TEST(count <= 7u);
  BOOST_TEST(told.empty());
  // It is back within the cap.
  registry_problem = {};
  advance(66min);
  BOOST_TEST(!told.empty());
  BOOST_TEST(count_within(600s) >= 9u);
}

BOOST_AUTO_TEST_CASE(it_leaves_a_registry_alone_that_was_asked_too_often) {
  registry_problem = make_failure(errc::busy, {});
  start({tag_of("prod", 10s)});
  advance(10s);
  BOOST_TEST(count_within(13min) == 0u);
  registry_problem = {};
  advance(4min);
  BOOST_TEST(!told.empty());
}

BOOST_AUTO_TEST_CASE(what_could_not_be_deployed_comes_again) {
  verdict_problem = make_failure(errc::stage_busy, {});
  start({tag_of("prod", 60s)});
  advance(60s);
  auto before = told.size();
  advance(240s);
  BOOST_TEST(told.size() > before);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_CASE(the_pause_doubles_up_to_a_cap) {
  poll_policy policy;
  auto pause = [&](std::chrono::milliseconds interval, uint32_t failures,
                   bool too_often = false, double jitter = 0.5) {
    return next_poll(policy, interval, failures, too_often, jitter);
  };
  BOOST_TEST((pause(60s, 0) == 60s));
  BOOST_TEST((pause(60s, 0, false, 0) == 54s));
  BOOST_TEST((pause(60s, 0, false, 1) == 66s));
  BOOST_TEST((pause(60s, 1) == 120s));
  BOOST_TEST((pause(60s, 5) == 1920s));
  BOOST_TEST((pause(60s, 6) == 1h));
  BOOST_TEST((pause(60s, 4'000'000'000) == 1h));
  BOOST_TEST((pause(60s, 1, true) == 15min));
  // A stage that wants to be asked rarely is never asked more often.
  BOOST_TEST((pause(24h, 0) == 24h));
  BOOST_TEST((pause(24h, 3) == 24h));
  BOOST_TEST((pause(24h, 1, true) == 24h));
}
