// Images, pulled by a real engine from a real registry.

#include "messages/naming.hpp"
#include "tests/integration/engine_fixture.hpp"
#include "tests/integration/gated_registry.hpp"

#include <algorithm>

using namespace dw;
using namespace dw::test;
using namespace std::chrono_literals;

namespace {

pull_image pull(const std::string& reference, call options = {}) {
  return {options, reference, {}, {}};
}

// A port of loopback where nobody listens.
constexpr auto dead_registry = "127.0.0.1:1";

} // namespace

BOOST_FIXTURE_TEST_SUITE(engine_images, engine_fixture)

// -- removing -----------------------------------------------------------------

BOOST_AUTO_TEST_CASE(an_image_is_removed_by_its_id) {
  auto reference = pulled("shop-labels:v1");
  auto info = ask<image_info>(to.images, inspect_image{{}, reference});
  BOOST_TEST(info.repo_tags == std::vector<std::string>{reference},
             boost::test_tools::per_element());
  ask<done>(to.images, remove_image{{}, info.id});
  for (const auto& name : {reference, info.repo_digests.front(), info.id})
    check_failure(refusal<image_info>(to.images, inspect_image{{}, name}),
                  errc::not_found, name);
  check_failure(refusal<done>(to.images, remove_image{{}, info.id}),
                errc::not_found, info.id);
}

BOOST_AUTO_TEST_CASE(an_image_of_a_stopped_container_is_not_removed) {
  create(spec("keeper"));
  auto reference = image("shop-plain:v1");
  auto info = ask<image_info>(to.images, inspect_image{{}, reference});
  for (const auto& name : {info.id, reference})
    check_failure(refusal<done>(to.images, remove_image{{}, name}),
                  errc::conflict, name);
}

// -- pulling ------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_pull_uses_the_login_of_the_registry_and_inspects) {
  auto reference = forgotten("shop:v1");
  auto info = ask<image_info>(to.images, pull(reference));
  BOOST_TEST(info.id.starts_with("sha256:"));
  BOOST_TEST_REQUIRE(info.repo_digests.size() == 1u);
  BOOST_TEST(info.repo_digests[0].starts_with(image("shop@sha256:")));
  BOOST_TEST(info.size > 0u);
  BOOST_TEST((ask<image_info>(to.images, pull(reference)) == info));
}

BOOST_AUTO_TEST_CASE(an_image_is_pulled_by_its_digest) {
  auto reference = pulled("shop:v2");
  auto info = ask<image_info>(to.images, inspect_image{{}, reference});
  BOOST_TEST_REQUIRE(!info.repo_digests.empty());
  auto again = ask<image_info>(to.images, pull(info.repo_digests[0]));
  BOOST_TEST(again.id == info.id);
}

BOOST_AUTO_TEST_CASE(the_asker_may_bring_a_login) {
  auto reference = forgotten("shop:v1");
  auto settings = engine_settings_of_environment();
  auto what = pull(reference);
  what.credentials = settings.registries.begin()->second;
  settings.registries.clear();
  service_set anonymous{sys, settings};
  auto info = ask<image_info>(anonymous.handles().images, what);
  BOOST_TEST(!info.id.empty());
}

BOOST_AUTO_TEST_CASE(a_wrong_password_is_told_as_such) {
  auto what = pull(image("shop:v1"));
  what.credentials = registry_credentials{"deployer", secret{"wrong"}, {}};
  auto err = refusal<image_info>(to.images, what);
  check_failure(err, errc::unauthorized, what.reference);
  BOOST_TEST(render(err).find("wrong") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(without_a_login_the_hint_is_to_add_one) {
  auto settings = engine_settings_of_environment();
  settings.registries.clear();
  service_set anonymous{sys, settings};
  auto reference = image("shop:v1");
  auto err = refusal<image_info>(anonymous.handles().images, pull(reference));
  check_failure(err, errc::unauthorized, reference);
  BOOST_TEST(failure_of(err).hint.find("docker login") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_unknown_tag_or_repository_is_not_found) {
  for (const auto* name : {"shop:none", "none:v1"}) {
    auto err = refusal<image_info>(to.images, pull(image(name)));
    check_failure(err, errc::not_found, image(name));
    BOOST_TEST(!is_transient(err));
  }
}

BOOST_AUTO_TEST_CASE(a_registry_that_is_down_may_come_back) {
  auto reference = std::string{dead_registry} + "/shop:v1";
  auto err = refusal<image_info>(to.images, pull(reference));
  check_failure(err, errc::busy, reference);
  BOOST_TEST(is_transient(err));
}

BOOST_AUTO_TEST_CASE(what_is_no_reference_is_not_asked_for) {
  auto err = refusal<image_info>(to.images, pull("Shop:v1:x"));
  check_failure(err, errc::invalid_argument, "Shop");
}

BOOST_AUTO_TEST_CASE(a_listener_is_told_how_far_the_pull_is) {
  auto reference = forgotten("shop:v1");
  // Layers that other images share would be there already.
  for (const auto* name : {"shop:v2", "shop:v3", "shop-plain:v1",
                           "shop-plain:v2", "shop-labels:v1"})
    forgotten(name);
  ask<image_info>(to.images, pull(reference), as<pull_listener_actor>());
  auto told = all<pull_progress>();
  BOOST_TEST_REQUIRE(!told.empty());
  const auto& last = told.back();
  BOOST_TEST(last.reference == reference);
  BOOST_TEST(last.layers_total > 0u);
  BOOST_TEST(last.layers_done == last.layers_total);
  BOOST_TEST(std::ranges::is_sorted(told, {}, &pull_progress::layers_done));
}

// -- sharing a pull -----------------------------------------------------------

BOOST_AUTO_TEST_CASE(many_who_ask_share_one_pull) {
  gated_registry registry;
  auto ask_for_one = [&] { return begin(to.images, pull(registry.image())); };
  auto first = ask_for_one();
  registry.await_question();
  std::vector<decltype(first)> others;
  for (auto i = 0; i < 5; ++i)
    others.push_back(ask_for_one());
  // An answer to what was asked after them: all of them have joined.
  refusal<image_info>(to.images, inspect_image{{}, registry.image()});
  auto before = registry.questions();
  registry.open();
  auto err = outcome<image_info>(first);
  BOOST_TEST_REQUIRE(!err);
  check_failure(err.error(), errc::not_found, registry.image());
  for (auto& x : others)
    BOOST_TEST((outcome<image_info>(x) == err));
  // What one pull asks after its first question, and not six times that.
  BOOST_TEST(before == 1);
  BOOST_TEST(registry.questions() <= 2);
}

BOOST_AUTO_TEST_CASE(the_death_of_one_asker_leaves_the_pull_to_the_others) {
  gated_registry registry;
  auto asker = spawn_asker<image_info>(to.images, pull(registry.image()));
  registry.await_question();
  auto other = begin(to.images, pull(registry.image()));
  refusal<image_info>(to.images, inspect_image{{}, registry.image()});
  self->monitor(asker);
  kill(asker);
  next<caf::down_msg>();
  registry.open();
  auto result = outcome<image_info>(other);
  BOOST_TEST_REQUIRE(!result);
  check_failure(result.error(), errc::not_found, registry.image());
}

BOOST_AUTO_TEST_CASE(a_pull_ends_with_its_last_asker) {
  gated_registry registry;
  // Cancelled by message, for nobody is told when the puller has learnt of a
  // death; until then who asks joins the old pull.
  auto only = begin(to.images, pull(registry.image(), {0ms, 6}));
  registry.await_question();
  self->send(to.images, cancel{6});
  BOOST_TEST_REQUIRE(!outcome<image_info>(only));
  // A new pull, for the old one is gone: the engine asks once more.
  auto again = begin(to.images, pull(registry.image(), {0ms, 7}));
  registry.await_question();
  self->send(to.images, cancel{7});
  auto result = outcome<image_info>(again);
  BOOST_TEST_REQUIRE(!result);
  check_failure(result.error(), errc::cancelled, registry.image());
}

BOOST_AUTO_TEST_CASE(a_deadline_ends_the_wait_for_a_registry_that_hangs) {
  gated_registry registry;
  auto err = refusal<image_info>(to.images, pull(registry.image(), {300ms, 0}));
  check_failure(err, errc::timed_out, registry.image());
}

// -- inspecting ---------------------------------------------------------------

BOOST_AUTO_TEST_CASE(an_image_tells_its_port_health_check_and_environment) {
  auto reference = pulled("shop:v1");
  auto info = ask<image_info>(to.images, inspect_image{{}, reference});
  BOOST_TEST(info.exposed_ports == std::vector<std::string>{"8080/tcp"},
             boost::test_tools::per_element());
  BOOST_REQUIRE(info.healthcheck);
  BOOST_TEST_REQUIRE(info.healthcheck->test.size() == 2u);
  BOOST_TEST(info.healthcheck->test[0] == "CMD-SHELL");
  BOOST_TEST((info.healthcheck->interval == 1s));
  BOOST_TEST((info.healthcheck->timeout == 2s));
  BOOST_TEST(info.healthcheck->retries == 3);
  BOOST_TEST(std::ranges::count(info.env, "SHOP_VERSION=v1") == 1);
}

BOOST_AUTO_TEST_CASE(an_image_tells_its_labels_and_all_its_ports) {
  auto labelled = pulled("shop-labels:v1");
  auto info = ask<image_info>(to.images, inspect_image{{}, labelled});
  BOOST_TEST(info.labels["org.example.shop"] == "of the tests");
  BOOST_TEST(!info.healthcheck);
  auto reference = pulled("shop-ports:v1");
  info = ask<image_info>(to.images, inspect_image{{}, reference});
  BOOST_TEST(info.exposed_ports
               == (std::vector<std::string>{"8080/tcp", "9090/tcp"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(an_image_that_the_engine_does_not_have_is_not_found) {
  auto reference = forgotten("shop:v3");
  auto err = refusal<image_info>(to.images, inspect_image{{}, reference});
  check_failure(err, errc::not_found, reference);
}

BOOST_AUTO_TEST_SUITE_END()
