#include "main/api/auto_deployer.hpp"

#include "actors/stage_record.hpp"
#include "messages/error.hpp"
#include "messages/naming.hpp"
#include "tests/support/actor_fixture.hpp"
#include "transports/obligation.hpp"

#include <boost/test/unit_test.hpp>

#include <deque>

using namespace dw;
using namespace dw::api;
using namespace dw::test;

namespace {

std::string digest(char x) {
  return "sha256:" + std::string(64, x);
}

deploy_spec spec_of(const std::string& stage, const std::string& image) {
  deploy_spec result;
  result.project = "shop";
  result.stage = stage;
  result.image = image;
  result.tag = "configured";
  return result;
}

container_summary container_of(const std::string& tag, char its_digest) {
  deploy_spec spec;
  spec.tag = tag;
  spec.digest = digest(its_digest);
  container_summary result;
  result.project = "shop";
  result.stage = "prod";
  result.state = container_state::running;
  result.labels = {{label::tag, tag}, {label::record, write_record(spec)}};
  return result;
}

/// Two stages of one image, and one of another.
struct fixture : actor_fixture {
  fixture() {
    config.stages = {
      spec_of("prod", "registry.example.com/shop"),
      spec_of("test", "registry.example.com/shop"),
      spec_of("mail", "registry.example.com/mailer"),
    };
    auto& rules = config.automatic.stages;
    rules["shop/prod"].semver = ">=1";
    rules["shop/test"].tags = "v*";
    rules["shop/mail"].tags = "*";
    deployer = keep(sys.spawn(
      auto_deployer, auto_deployer_sources{spawn_journal(), spawn_containers(),
                                           spawn_images(), spawn_tracker()}));
    configure();
  }

  journal_actor spawn_journal() {
    return caf::actor_cast<journal_actor>(
      keep(sys.spawn([this]() -> caf::behavior {
        return {
          [this](const list_history& x) {
            BOOST_TEST(x.project == "shop");
            return history;
          },
          [this](const list_unfinished&) { return unfinished; },
        };
      })));
  }

  container_manager_actor spawn_containers() {
    using result = caf::result<std::vector<container_summary>>;
    return caf::actor_cast<container_manager_actor>(
      keep(sys.spawn([this]() -> caf::behavior {
        return {[this](const list_containers& x) -> result {
          listed.push_back(x.labels.at(label::stage));
          if (engine_problem)
            return engine_problem;
          return containers;
        }};
      })));
  }

  image_puller_actor spawn_images() {
    return caf::actor_cast<image_puller_actor>(
      keep(sys.spawn([this]() -> caf::behavior {
        return {[this](const find_digest& x) {
          polled.push_back(x.reference);
          return found_digest{digest('b')};
        }};
      })));
  }

  void configure() {
    self->send(deployer,
               use_configuration{std::make_shared<configuration>(config)});
    run();
  }

  submitter_actor spawn_tracker() {
    return keep(
      submitter_actor{sys.spawn([this]() -> submitter_actor::behavior_type {
        return {[this](const submit_request& x) -> caf::result<std::string> {
          submitted.push_back(x);
          if (refusal)
            return refusal;
          // The journal has it from here on.
          unfinished_work work;
          work.work = x.work;
          unfinished.push_back(work);
          return "id-" + std::to_string(submitted.size());
        }};
      })});
  }

  static pushed_image image(const std::string& tag, char its_digest,
                            const std::string& repository = "shop") {
    return {"registry.example.com", repository, tag, digest(its_digest),
            "event-" + tag};
  }

  void push(std::vector<pushed_image> images) {
    push_call x;
    x.client = "webhook hub";
    x.images = std::move(images);
    x.answer = [this](caf::expected<std::vector<push_verdict>> y) {
      answers.push_back(std::move(y));
    };
    self->send(deployer, x);
  }

  /// "shop/prod v1: id-1" for each verdict of the next answer.
  std::vector<std::string> next_answer() {
    run();
    BOOST_REQUIRE(!answers.empty());
    auto verdicts = std::move(answers.front());
    answers.pop_front();
    BOOST_REQUIRE(verdicts);
    std::vector<std::string> result;
    for (const auto& x : *verdicts)
      result.push_back(x.project + "/" + x.stage + " " + x.tag + ": "
                       + x.deploy_id + x.reason
                       + (x.error ? to_string(code_of(x.error)) : ""));
    return result;
  }

  std::vector<std::string> answer_to(std::vector<pushed_image> images) {
    push(std::move(images));
    return next_answer();
  }

  push_verdict follow(const std::string& tag, char its_digest) {
    auto result = ask<push_verdict>(deployer, tag_seen{"shop", "prod", tag,
                                                       digest(its_digest)});
    BOOST_REQUIRE(result);
    return *result;
  }

  using strings = std::vector<std::string>;

  configuration config;
  auto_deployer_actor deployer;
  std::vector<std::string> polled;
  std::vector<work_record> history;
  std::vector<unfinished_work> unfinished;
  std::vector<container_summary> containers;
  caf::error engine_problem;
  caf::error refusal;
  std::vector<std::string> listed;
  std::vector<submit_request> submitted;
  std::deque<caf::expected<std::vector<push_verdict>>> answers;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(an_auto_deployer, fixture)

BOOST_AUTO_TEST_CASE(a_push_is_deployed_to_the_stages_that_take_its_tag) {
  BOOST_TEST((answer_to({image("v1.0.0", 'a')})
              == strings{"shop/prod v1.0.0: id-1", "shop/test v1.0.0: id-2"}));
  BOOST_TEST((answer_to({image("v7", 'a')}) == strings{"shop/test v7: id-3"}));
  BOOST_TEST(
    (answer_to({image("x", 'a', "mailer")}) == strings{"shop/mail x: id-4"}));
}

BOOST_AUTO_TEST_CASE(exactly_what_was_pushed_is_deployed) {
  answer_to({image("v7", 'b')});
  BOOST_REQUIRE(submitted.size() == 1u);
  const auto& x = submitted.front();
  BOOST_TEST(x.client == "webhook hub");
  BOOST_TEST(x.key == "event-v7\nshop/test");
  BOOST_TEST(to_string(x.work.action) == "deploy");
  BOOST_TEST(x.work.spec.image == "registry.example.com/shop");
  BOOST_TEST(x.work.spec.tag == "v7");
  BOOST_TEST(x.work.spec.digest == digest('b'));
}

BOOST_AUTO_TEST_CASE(what_no_stage_wants_is_answered_with_nothing) {
  BOOST_TEST(answer_to({}).empty());
  BOOST_TEST(answer_to({image("latest", 'a')}).empty());
  BOOST_TEST(answer_to({image("v1", 'a', "another")}).empty());
  auto foreign = image("v1", 'a');
  foreign.registry = "docker.io";
  BOOST_TEST(answer_to({foreign}).empty());
  BOOST_TEST(listed.empty());
}

BOOST_AUTO_TEST_CASE(pushes_at_the_same_time_deploy_once) {
  push({image("v7", 'a'), image("v7", 'a')});
  push({image("v7", 'a')});
  BOOST_TEST(
    (next_answer()
     == strings{"shop/test v7: id-1", "shop/test v7: it is being deployed"}));
  BOOST_TEST((next_answer() == strings{"shop/test v7: it is being deployed"}));
  BOOST_TEST(submitted.size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_burst_of_versions_only_goes_up) {
  push({image("1.0.0", 'a'), image("1.2.0", 'c'), image("1.1.0", 'b')});
  BOOST_TEST((next_answer()
              == strings{"shop/prod 1.0.0: id-1", "shop/prod 1.2.0: id-2",
                         "shop/prod 1.1.0: 1.2.0 is newer"}));
}

BOOST_AUTO_TEST_CASE(what_serves_is_left_alone) {
  containers = {container_of("1.1.0", 'a')};
  BOOST_TEST((answer_to({image("1.1.0", 'a')})
              == strings{"shop/prod 1.1.0: it is there already"}));
  BOOST_TEST((answer_to({image("1.0.0", 'b')})
              == strings{"shop/prod 1.0.0: 1.1.0 is newer"}));
}

BOOST_AUTO_TEST_CASE(an_engine_that_does_not_answer_is_told) {
  engine_problem = make_failure(errc::timed_out, {});
  BOOST_TEST(
    (answer_to({image("v7", 'a')}) == strings{"shop/test v7: timed_out"}));
  // The next one gets its turn.
  engine_problem = {};
  BOOST_TEST((answer_to({image("v7", 'a')}) == strings{"shop/test v7: id-1"}));
}

BOOST_AUTO_TEST_CASE(a_stage_that_is_busy_is_told) {
  refusal = make_failure(errc::stage_busy, {});
  BOOST_TEST(
    (answer_to({image("v7", 'a')}) == strings{"shop/test v7: stage_busy"}));
}

BOOST_AUTO_TEST_CASE(too_many_pushes_are_refused) {
  std::vector<pushed_image> many(100, image("v7", 'a'));
  for (int i = 0; i < 11; ++i)
    push(many);
  run();
  BOOST_REQUIRE(answers.size() == 11u);
  // It is refused while the others wait, so before them.
  BOOST_REQUIRE(!answers.front());
  BOOST_TEST((code_of(answers.front().error()) == errc::busy));
  answers.pop_front();
  for (const auto& x : answers)
    BOOST_TEST(static_cast<bool>(x));
}

BOOST_AUTO_TEST_CASE(a_tag_that_is_followed_is_deployed) {
  containers = {container_of("v1", 'a')};
  BOOST_TEST(follow("v1", 'b').deploy_id == "id-1");
  BOOST_REQUIRE(submitted.size() == 1u);
  BOOST_TEST(submitted.front().client == "poll");
  BOOST_TEST(submitted.front().key == "");
  BOOST_TEST(submitted.front().work.spec.digest == digest('b'));
}

BOOST_AUTO_TEST_CASE(a_tag_that_has_not_moved_is_not_deployed) {
  containers = {container_of("v1", 'a')};
  BOOST_TEST(follow("v1", 'a').reason == "it is there already");
  BOOST_TEST(submitted.empty());
}

BOOST_AUTO_TEST_CASE(a_stage_that_there_is_not_is_an_error) {
  auto result
    = ask<push_verdict>(deployer, tag_seen{"no", "where", "v1", digest('a')});
  BOOST_REQUIRE(!result);
  BOOST_TEST((code_of(result.error()) == errc::not_found));
}

BOOST_AUTO_TEST_CASE(a_new_configuration_has_its_effect_at_once) {
  config.automatic.stages["shop/test"] = {"release-*", "", {}};
  configure();
  BOOST_TEST(answer_to({image("v7", 'a')}).empty());
  BOOST_TEST((answer_to({image("release-1", 'a')})
              == strings{"shop/test release-1: id-1"}));
  config.stages.clear();
  configure();
  BOOST_TEST(answer_to({image("release-2", 'a')}).empty());
}

BOOST_AUTO_TEST_CASE(a_push_under_way_is_not_lost_by_a_new_configuration) {
  push({image("v7", 'a')});
  config.stages.clear();
  self->send(deployer,
             use_configuration{std::make_shared<configuration>(config)});
  BOOST_TEST((next_answer() == strings{"shop/test v7: id-1"}));
}

BOOST_AUTO_TEST_CASE(registries_are_asked_as_the_configuration_says) {
  using namespace std::chrono_literals;
  advance(1h);
  BOOST_TEST(polled.empty());
  config.automatic.stages["shop/prod"].poll = 60s;
  configure();
  advance(60s);
  BOOST_REQUIRE(!polled.empty());
  BOOST_TEST(polled.front() == "registry.example.com/shop:configured");
  BOOST_REQUIRE(submitted.size() == 1u);
  BOOST_TEST(submitted.front().work.spec.digest == digest('b'));
  config.stages.clear();
  configure();
  polled.clear();
  advance(1h);
  BOOST_TEST(polled.empty());
}

BOOST_AUTO_TEST_CASE(when_it_is_to_stop_registries_are_not_asked) {
  using namespace std::chrono_literals;
  config.automatic.stages["shop/prod"].poll = 60s;
  configure();
  self->send(deployer, caf::close_atom::value);
  run();
  advance(1h);
  BOOST_TEST(polled.empty());
}

BOOST_AUTO_TEST_CASE(a_push_that_is_not_decided_is_not_answered) {
  push({image("v7", 'a'), image("v8", 'b')});
  expect<push_call>(deployer);
  kill(deployer);
  BOOST_TEST(answers.empty());
}

BOOST_AUTO_TEST_SUITE_END()
