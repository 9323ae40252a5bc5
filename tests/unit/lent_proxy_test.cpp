#include "actors/lent_proxy.hpp"

#include "messages/error.hpp"
#include "tests/support/scripted_services.hpp"
#include "transports/npm_api.hpp"

#include <boost/test/unit_test.hpp>

using namespace dw;
using namespace dw::test;

namespace {

using hosts = std::vector<proxy_host>;

/// A proxy with a host of shop/prod, which is lent to a node for that stage,
/// and one of somebody else.
struct fixture : actor_fixture {
  fixture() {
    spec.project = "shop";
    spec.stage = "prod";
    spec.domains = {"shop.test", "www.shop.test"};
    routes->allow(spec);
    own = world.proxy().add("shop.test", {"http", "10.0.0.7", 32'768});
    other = world.proxy().add("bank.test", {"http", "10.0.0.9", 80});
    host(own).meta = npm::write_owner("{}", {"shop", "prod", "0123456789ab"});
    before = world.proxy().hosts();
    aut = keep(lent_proxy_actor{sys.spawn(lent_proxy, world.handles().proxy,
                                          pass, std::string{"web1"}, routes)});
  }

  proxy_host& host(int64_t id) {
    for (auto& x : world.proxy().hosts())
      if (x.id == id)
        return x;
    throw std::logic_error{"no such host"};
  }

  template <class T, class Request>
  void check_refused(const Request& x) {
    auto answer = ask<T>(aut, pass, x);
    BOOST_REQUIRE(!answer);
    BOOST_TEST((code_of(answer.error()) == errc::forbidden));
    BOOST_TEST((world.proxy().hosts() == before));
  }

  /// That `own` was another one before.
  revert_route reversal(const proxy_host& before_it) const {
    revert_route result;
    result.changes.push_back({own, false, before_it});
    return result;
  }

  set_route route(const std::string& domain) const {
    set_route result;
    result.domains = {domain};
    result.target = {"http", "10.0.0.7", 32'769};
    result.owner = {"shop", "prod", "ba9876543210"};
    return result;
  }

  scripted_services world{*this};
  deploy_spec spec;
  int64_t own = 0;
  int64_t other = 0;
  hosts before;
  node_pass pass{secret{"the pass"}};
  std::shared_ptr<route_allowance> routes = std::make_shared<route_allowance>();
  lent_proxy_actor aut;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(a_lent_proxy, fixture)

BOOST_AUTO_TEST_CASE(does_for_a_node_what_its_deploys_need) {
  auto made = ask<route_result>(aut, pass, route("shop.test"));
  BOOST_REQUIRE(made);
  BOOST_TEST(host(own).target.port == 32'769);
  revert_route back;
  back.changes = made->changes;
  BOOST_TEST(static_cast<bool>(ask<done>(aut, pass, back)));
  BOOST_TEST((world.proxy().hosts() == before));
}

BOOST_AUTO_TEST_CASE(needs_the_pass_that_it_was_lent_with) {
  auto answer
    = ask<hosts>(aut, node_pass{secret{"another"}}, list_proxy_hosts{});
  BOOST_REQUIRE(!answer);
  BOOST_TEST((code_of(answer.error()) == errc::forbidden));
}

BOOST_AUTO_TEST_CASE(shows_no_hosts_of_others) {
  auto found = ask<hosts>(aut, pass, list_proxy_hosts{});
  BOOST_REQUIRE(found);
  BOOST_TEST_REQUIRE(found->size() == 1u);
  BOOST_TEST(found->front().id == own);
}

BOOST_AUTO_TEST_CASE(gives_a_node_no_other_domain) {
  check_refused<route_result>(route("bank.test"));
  check_refused<route_result>(route("new.test"));
  auto adoption = route("shop.test");
  adoption.adopt = true;
  check_refused<route_result>(adoption);
  auto of_another_stage = route("shop.test");
  of_another_stage.owner.stage = "test";
  check_refused<route_result>(of_another_stage);
}

BOOST_AUTO_TEST_CASE(changes_no_hosts_of_others) {
  update_proxy_host change;
  change.id = other;
  change.target = proxy_target{"http", "10.0.0.7", 1};
  check_refused<proxy_host>(change);
  check_refused<done>(delete_proxy_host{{}, other});
  check_refused<done>(disable_proxy_host{{}, other});
  revert_route removal;
  removal.changes.push_back({other, true, {}});
  check_refused<done>(removal);
}

// A reversal names the host twice.
BOOST_AUTO_TEST_CASE(takes_back_no_changes_of_other_hosts) {
  auto other_before = host(other);
  other_before.domains = {"www.shop.test"}; // which the node may have
  check_refused<done>(reversal(other_before));
}

BOOST_AUTO_TEST_CASE(takes_nothing_back_that_no_change_could_bring) {
  auto with = [&](auto change) {
    auto x = host(own);
    change(x);
    return reversal(x);
  };
  // Members beside `meta`, and directives of nginx.
  check_refused<done>(with([](auto& x) {
    x.meta = R"({},"advanced_config":"location /x { alias /; }")";
  }));
  check_refused<done>(with([](auto& x) { x.meta = "nonsense"; }));
  check_refused<done>(with([](auto& x) { x.target.host = "a\"; root /; #"; }));
  check_refused<done>(with([](auto& x) { x.target.scheme = "file"; }));
  check_refused<done>(with([](auto& x) { x.target.port = 0; }));
  check_refused<done>(with([](auto& x) { x.domains = {"bank.test"}; }));
  check_refused<done>(with([](auto& x) { x.domains.clear(); }));
}

BOOST_AUTO_TEST_SUITE_END()
