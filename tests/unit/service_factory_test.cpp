#include "actors/service_factory.hpp"

#include "actors/deploy_system.hpp"
#include "tests/support/actor_fixture.hpp"
#include "tests/support/scripted_http.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

using namespace dw;
using namespace dw::test;

namespace {

struct fixture : actor_fixture {
  fixture() {
    given.http = http.actor();
    settings.engine = engine_at("/run/engine.sock");
    npm_endpoint npm;
    npm.origin.base_url = "http://npm.example.com";
    settings.proxy = npm;
  }

  ~fixture() override {
    run(); // the services end
  }

  scripted_http http{*this};
  services given;
  service_settings settings;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(service_factory, fixture)

BOOST_AUTO_TEST_CASE(all_that_is_not_given_is_spawned) {
  const service_set set{sys, settings, given};
  const auto& x = set.handles();
  BOOST_TEST((x.http == given.http));
  BOOST_TEST((x.credentials && x.tokens && x.proxy && x.engine && x.images
              && x.containers && x.networks && x.swarm && x.watch));
  BOOST_TEST(!x.journal);
}

BOOST_AUTO_TEST_CASE(without_a_proxy_nothing_is_spawned_for_one) {
  settings.proxy.reset();
  const service_set set{sys, settings, given};
  BOOST_TEST(!set.handles().tokens);
  BOOST_TEST(!set.handles().proxy);
}

BOOST_AUTO_TEST_CASE(a_given_actor_is_what_the_others_ask) {
  // The engine's gateway, which the CONTAINER MANAGER asks.
  given.engine = http.actor();
  http.on(http_method::get, target_begins("/containers/json"))
    .answer(200, "[]", {{"content-type", secret{"application/json"}}});
  const service_set set{sys, settings, given};
  auto found = ask<std::vector<container_summary>>(set.handles().containers,
                                                   list_containers{});
  BOOST_TEST_REQUIRE(!!found);
  BOOST_TEST(found->empty());
}

BOOST_AUTO_TEST_CASE(an_own_credential_store_is_asked_for_logins) {
  std::vector<std::string> asked;
  given.engine = http.actor();
  given.credentials
    = keep(sys.spawn([&](credential_store_actor::pointer)
                       -> credential_store_actor::behavior_type {
        return {[&](const find_credentials& x) {
          asked.push_back(x.registry);
          return found_credentials{};
        }};
      }));
  http.on(http_method::post, target_begins("/images/create"))
    .fail(errc::forbidden);
  const service_set set{sys, settings, given};
  pull_image what;
  what.reference = "registry.example.com/shop:1";
  BOOST_TEST(!ask<image_info>(set.handles().images, what));
  BOOST_TEST(asked == std::vector<std::string>{"registry.example.com"},
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(given_actors_outlive_the_set) {
  given.engine = http.actor();
  http.on_ping(engine_info{});
  { const service_set set{sys, settings, given}; }
  run();
  BOOST_TEST(!!ask<engine_info>(given.engine, ping_engine{}));
}

BOOST_AUTO_TEST_CASE(spawned_actors_end_with_the_set) {
  container_manager_actor left;
  {
    const service_set set{sys, settings, given};
    left = set.handles().containers;
  }
  run();
  auto answer = ask<std::vector<container_summary>>(left, list_containers{});
  BOOST_TEST_REQUIRE(!answer);
  BOOST_TEST(to_string(code_of(answer.error())) == "service_restarted");
}

BOOST_AUTO_TEST_CASE(engines_share_what_is_one_for_all) {
  const shared_services shared{sys, settings, given};
  const service_set one{sys, settings, shared.handles()};
  const service_set other{sys, settings, shared.handles()};
  BOOST_TEST((one.handles().proxy == other.handles().proxy));
  BOOST_TEST((one.handles().credentials == other.handles().credentials));
  BOOST_TEST((one.handles().engine != other.handles().engine));
}

BOOST_AUTO_TEST_CASE(a_deploy_system_works_with_what_is_given) {
  auto journal = keep(
    sys.spawn([](journal_actor::pointer me) -> journal_actor::behavior_type {
      me->quit();
      return journal_actor::behavior_type::make_empty_behavior();
    }));
  given.journal = journal;
  const deploy_system deploys{sys, settings, given};
  BOOST_TEST((deploys.svc().journal == journal));
  submit_work work;
  work.spec.project = "shop";
  work.spec.stage = "prod";
  work.spec.image = "registry.example.com/shop";
  work.spec.tag = "v1";
  // Work that cannot be recorded is not begun.
  auto answer = ask<deploy_report>(deploys.supervisor(), work);
  BOOST_TEST_REQUIRE(!answer);
  BOOST_TEST(to_string(code_of(answer.error())) == "service_restarted");
}

BOOST_AUTO_TEST_SUITE_END()
