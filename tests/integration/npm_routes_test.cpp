// Routes of deploys through a real NPM, or through its stand-in, and the
// visitors who follow them.

#include "tests/integration/npm_fixture.hpp"

using namespace dw;
using namespace dw::test;

namespace {

struct routes_fixture : npm_fixture {
  set_route route(const std::string& name, const proxy_target& to) const {
    set_route result;
    result.domains = {domain(name)};
    result.target = to;
    result.owner = owner("one");
    return result;
  }

  route_result set(const set_route& what) {
    return ask<route_result>(proxy, what);
  }

  proxy_host find(const std::string& name) {
    return ask<proxy_host>(proxy, find_proxy_host{{}, domain(name)});
  }

  bool exists(const std::string& name) {
    auto host = try_ask<proxy_host>(proxy, find_proxy_host{{}, domain(name)});
    return host.engaged();
  }

  /// A host as an operator makes one, with settings that a deploy leaves alone.
  std::int64_t host_by_hand(const std::string& name, const proxy_target& to) {
    auto host
      = admin("POST", "/nginx/proxy-hosts",
              R"({"domain_names":[")" + domain(name)
                + R"("],"forward_scheme":"http","forward_host":")" + to.host
                + R"(","forward_port":)" + std::to_string(to.port)
                + R"(,"access_list_id":)" + std::to_string(access_list())
                + R"(,"allow_websocket_upgrade":true,"caching_enabled":true,)"
                  R"("advanced_config":"# by hand","meta":{"note":"kept"},)"
                  R"("locations":[]})");
    return host.at("id").integer();
  }

  /// Whether the settings of `host_by_hand` are still there.
  void check_kept(const proxy_host& now) {
    BOOST_TEST(now.access_list_id > 0);
    BOOST_TEST(now.websockets);
    BOOST_TEST(now.caching);
    BOOST_TEST(now.advanced_config == "# by hand");
    BOOST_TEST(now.meta.find(R"("note":"kept")") != std::string::npos);
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(npm_routes, routes_fixture)

// -- what is stored -----------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_route_is_created_changed_and_then_left_alone) {
  auto what = route("app", nowhere());
  auto made = set(what);
  BOOST_TEST_REQUIRE(made.changes.size() == 1u);
  BOOST_TEST(made.changes[0].created);
  what.target.port = 2;
  what.owner.instance_id = "two";
  auto changed = set(what);
  BOOST_TEST_REQUIRE(changed.changes.size() == 1u);
  BOOST_TEST(!changed.changes[0].created);
  BOOST_TEST(changed.changes[0].host_id == made.changes[0].host_id);
  BOOST_TEST((find("app").target == what.target));
  BOOST_TEST(set(what).changes.empty());
}

BOOST_AUTO_TEST_CASE(a_revert_deletes_what_was_created) {
  auto made = set(route("app", nowhere()));
  ask<done>(proxy, revert_route{{}, made.changes});
  BOOST_TEST(!exists("app"));
  ask<done>(proxy, revert_route{{}, made.changes});
}

BOOST_AUTO_TEST_CASE(a_revert_puts_back_what_was_changed) {
  auto what = route("app", nowhere());
  set(what);
  auto before = find("app");
  what.target.port = 2;
  what.owner.instance_id = "two";
  auto changed = set(what);
  ask<done>(proxy, revert_route{{}, changed.changes});
  BOOST_TEST((find("app") == before));
}

BOOST_AUTO_TEST_CASE(a_host_made_by_hand_is_not_taken_over_in_passing) {
  auto id = host_by_hand("app", nowhere());
  auto what = route("app", {"http", npm.forward_host, 2});
  auto err = refusal<route_result>(proxy, what);
  check_failure(err, errc::domain_taken, domain("app"));
  BOOST_TEST(render(err).find(std::to_string(id)) != std::string::npos);
  BOOST_TEST((find("app").target == nowhere()));
}

BOOST_AUTO_TEST_CASE(settings_survive_an_adoption_and_its_revert) {
  auto id = host_by_hand("app", nowhere());
  auto before = find("app");
  auto what = route("app", {"http", npm.forward_host, 2});
  what.adopt = true;
  auto changed = set(what);
  auto now = find("app");
  BOOST_TEST(now.id == id);
  BOOST_TEST((now.target == what.target));
  check_kept(now);
  ask<done>(proxy, revert_route{{}, changed.changes});
  now = find("app");
  BOOST_TEST((now.target == before.target));
  BOOST_TEST(now.access_list_id == before.access_list_id);
  check_kept(now);
}

BOOST_AUTO_TEST_CASE(a_setting_of_the_stage_is_applied) {
  auto what = route("app", nowhere());
  what.settings.websockets = false;
  what.settings.access_list = access_list();
  set(what);
  auto host = find("app");
  BOOST_TEST(!host.websockets);
  BOOST_TEST(host.access_list_id == *what.settings.access_list);
}

BOOST_AUTO_TEST_CASE(routes_that_are_set_at_once_are_all_set) {
  auto first = begin(proxy, route("a", nowhere()));
  auto second = begin(proxy, route("b", nowhere()));
  auto third = begin(proxy, route("c", nowhere()));
  for (auto* x : {&first, &second, &third})
    BOOST_TEST(outcome<route_result>(*x).engaged());
  for (const auto* name : {"a", "b", "c"})
    BOOST_TEST(find(name).nginx_online.value_or(false));
}

BOOST_AUTO_TEST_CASE(a_cancelled_route_that_waits_is_not_set) {
  auto first = begin(proxy, route("first", nowhere()));
  auto what = route("second", nowhere());
  what.options.ticket = 9;
  auto second = begin(proxy, what);
  self->send(proxy, cancel{9});
  auto result = outcome<route_result>(second);
  BOOST_TEST_REQUIRE(!result);
  check_failure(result.error(), errc::cancelled);
  BOOST_TEST(outcome<route_result>(first).engaged());
  BOOST_TEST(!exists("second"));
}

// -- what visitors meet -------------------------------------------------------

BOOST_AUTO_TEST_CASE(visitors_follow_a_route_and_its_revert,
                     *boost::unit_test::precondition(needs_traffic)) {
  upstream blue{"blue"};
  upstream green{"green"};
  auto what = route("app", target(blue));
  set(what);
  BOOST_TEST(is_served_by(domain("app"), "blue"));
  what.target = target(green);
  auto changed = set(what);
  BOOST_TEST(is_served_by(domain("app"), "green"));
  ask<done>(proxy, revert_route{{}, changed.changes});
  BOOST_TEST(is_served_by(domain("app"), "blue"));
}

BOOST_AUTO_TEST_CASE(no_visitor_fails_while_a_route_changes,
                     *boost::unit_test::precondition(needs_traffic)) {
  upstream blue{"blue"};
  upstream green{"green"};
  auto what = route("app", target(blue));
  set(what);
  BOOST_TEST(is_served_only_by(domain("app"), "blue"));
  what.target = target(green);
  auto change = begin(proxy, what);
  auto failures = 0;
  BOOST_TEST(comes_true([&] {
    auto page = visit(domain("app"));
    if (page.status != 200 || (page.body != "blue" && page.body != "green"))
      ++failures;
    return page.body == "green";
  }));
  BOOST_TEST(outcome<route_result>(change).engaged());
  BOOST_TEST(failures == 0);
}

BOOST_AUTO_TEST_CASE(a_password_is_still_asked_for_after_an_adoption,
                     *boost::unit_test::precondition(needs_traffic)) {
  upstream blue{"blue"};
  upstream green{"green"};
  host_by_hand("app", target(blue));
  auto what = route("app", target(green));
  what.adopt = true;
  set(what);
  auto visit_as_u = [&] {
    return exchange(
      {"GET",
       npm.traffic_url + "/",
       {{"Host", domain("app")}, {"Authorization", "Basic dTpw"}}}); // u:p
  };
  BOOST_TEST(comes_true([&] { return visit_as_u().body == "green"; }));
  BOOST_TEST(comes_true([&] { return visit(domain("app")).status == 401; }));
}

BOOST_AUTO_TEST_CASE(visitors_of_a_disabled_host_do_not_reach_it,
                     *boost::unit_test::precondition(needs_traffic)) {
  upstream blue{"blue"};
  auto id = set(route("app", target(blue))).changes[0].host_id;
  BOOST_TEST(is_served_by(domain("app"), "blue"));
  ask<done>(proxy, disable_proxy_host{{}, id});
  BOOST_TEST(comes_true([&] { return visit(domain("app")).body != "blue"; }));
  ask<done>(proxy, enable_proxy_host{{}, id});
  BOOST_TEST(is_served_by(domain("app"), "blue"));
}

BOOST_AUTO_TEST_SUITE_END()
