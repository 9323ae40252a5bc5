#include "actors/image_pruner.hpp"

#include "messages/error.hpp"
#include "tests/support/scripted_journal.hpp"

#include <boost/test/unit_test.hpp>

#include <map>

using namespace dw;
using namespace dw::test;

using text = std::vector<std::string>;

namespace {

struct fixture : actor_fixture {
  fixture() {
    auto supervisor = caf::actor_cast<deploy_supervisor_actor>(
      keep(sys.spawn([]() -> caf::behavior {
        return {[](const deploy_listener_actor&) { return done{}; }};
      })));
    pruner = keep(image_pruner_actor{
      sys.spawn(image_pruner, supervisor, scripted.handle(), spawn_images())});
    run();
  }

  image_puller_actor spawn_images() {
    return caf::actor_cast<image_puller_actor>(
      keep(sys.spawn([this]() -> caf::behavior {
        return {
          [this](const inspect_image& x) -> caf::result<image_info> {
            asked.push_back(x.reference);
            if (auto i = images.find(x.reference); i != images.end())
              return i->second;
            return make_failure(errc::not_found, {});
          },
          [this](const remove_image& x) -> caf::result<done> {
            removed.push_back(x.reference);
            if (auto i = refusals.find(x.reference); i != refusals.end())
              return make_failure(i->second, {});
            return done{};
          },
        };
      })));
  }

  // An image that nothing needs, and that the engine has.
  void add(const std::string& digest, const text& tags) {
    scripted.unneeded[digest] = {"reg.test/shop:1", "reg.test/shop:2"};
    auto& image = images["reg.test/shop@" + digest];
    image.id = "id of " + digest;
    image.repo_tags = tags;
  }

  void end_work(stage_action action = stage_action::deploy) {
    deploy_report x;
    x.action = action;
    self->send(pruner, x);
  }

  void prune() {
    end_work();
    run();
  }

  void check_removed(const text& references, const text& forgotten) {
    BOOST_TEST(removed == references, boost::test_tools::per_element());
    BOOST_TEST(scripted.entries == forgotten, boost::test_tools::per_element());
  }

  scripted_journal scripted{*this};
  std::map<std::string, image_info> images;
  std::map<std::string, errc> refusals;
  text asked;
  text removed;
  image_pruner_actor pruner;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(an_image_pruner, fixture)

BOOST_AUTO_TEST_CASE(removes_what_nothing_needs_when_work_has_ended) {
  add("sha256:a", {"reg.test/shop:1"});
  add("sha256:b", {});
  run();
  BOOST_TEST(asked.empty());
  prune();
  check_removed({"id of sha256:a", "id of sha256:b"},
                {"removed sha256:a", "removed sha256:b"});
}

BOOST_AUTO_TEST_CASE(takes_all_names_but_one_away_first) {
  add("sha256:a", {"reg.test/shop:1", "reg.test/shop:2"});
  prune();
  check_removed({"reg.test/shop:1", "id of sha256:a"}, {"removed sha256:a"});
}

BOOST_AUTO_TEST_CASE(leaves_an_image_that_somebody_else_has_named) {
  add("sha256:a", {"mine:1", "reg.test/shop:1"});
  add("sha256:b", {"reg.test/shop:3"});
  prune();
  check_removed({}, {});
}

BOOST_AUTO_TEST_CASE(leaves_what_is_in_use_for_the_next_time) {
  add("sha256:a", {"reg.test/shop:1"});
  add("sha256:b", {"reg.test/shop:2"});
  refusals["id of sha256:a"] = errc::conflict;
  prune();
  check_removed({"id of sha256:a", "id of sha256:b"}, {"removed sha256:b"});
  refusals.clear();
  prune();
  BOOST_TEST(scripted.entries.back() == "removed sha256:a");
}

BOOST_AUTO_TEST_CASE(one_that_fails_does_not_keep_the_others) {
  add("sha256:a", {"reg.test/shop:1"});
  add("sha256:b", {"reg.test/shop:2"});
  refusals["id of sha256:a"] = errc::peer_failed;
  prune();
  check_removed({"id of sha256:a", "id of sha256:b"}, {"removed sha256:b"});
}

BOOST_AUTO_TEST_CASE(forgets_what_the_engine_does_not_have) {
  scripted.unneeded["sha256:a"] = {"nginx:1", "reg.test/nginx:1"};
  prune();
  BOOST_TEST((asked == text{"reg.test/nginx@sha256:a", "nginx@sha256:a"}));
  check_removed({}, {"removed sha256:a"});
}

BOOST_AUTO_TEST_CASE(what_goes_by_itself_meanwhile_is_as_good) {
  add("sha256:a", {"reg.test/shop:1", "reg.test/shop:2"});
  refusals["reg.test/shop:1"] = errc::not_found;
  refusals["id of sha256:a"] = errc::not_found;
  prune();
  BOOST_TEST(scripted.entries.back() == "removed sha256:a");
}

BOOST_AUTO_TEST_CASE(knows_names_of_docker_hub_in_all_spellings) {
  scripted.unneeded["sha256:a"] = {"docker.io/library/nginx:1"};
  images["nginx@sha256:a"].id = "nginx";
  images["nginx@sha256:a"].repo_tags = {"nginx:1"};
  prune();
  check_removed({"nginx"}, {"removed sha256:a"});
}

BOOST_AUTO_TEST_CASE(looks_once_more_after_work_that_ends_meanwhile) {
  end_work();
  end_work();
  end_work();
  expect<deploy_report>(pruner);
  expect<deploy_report>(pruner);
  expect<deploy_report>(pruner);
  add("sha256:a", {"reg.test/shop:1"});
  refusals["id of sha256:a"] = errc::conflict;
  run();
  BOOST_TEST(removed.size() == 2u);
}

BOOST_AUTO_TEST_CASE(a_repair_is_no_reason_to_look) {
  add("sha256:a", {"reg.test/shop:1"});
  end_work(stage_action::repair);
  run();
  BOOST_TEST(asked.empty());
}

BOOST_AUTO_TEST_SUITE_END()
