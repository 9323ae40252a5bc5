#include "actors/stage_state.hpp"

#include "transports/npm_api.hpp"

#include <boost/test/unit_test.hpp>

using namespace dw;

namespace {

deploy_spec make_spec() {
  deploy_spec result;
  result.project = "shop";
  result.stage = "prod";
  result.domains = {"shop.test"};
  return result;
}

/// A container whose id, name and instance id tell its age.
container_summary make_container(int64_t created, bool is_running) {
  container_summary result;
  result.id = "c" + std::to_string(created);
  result.name = "dw-shop-prod-" + std::to_string(created);
  result.instance_id = "i" + std::to_string(created);
  result.project = "shop";
  result.stage = "prod";
  result.created = created;
  result.state
    = is_running ? container_state::running : container_state::exited;
  return result;
}

container_summary running(int64_t created) {
  return make_container(created, true);
}

container_summary stopped(int64_t created) {
  return make_container(created, false);
}

proxy_host make_host(int64_t id, const std::string& domain) {
  proxy_host result;
  result.id = id;
  result.domains = {domain};
  return result;
}

/// A host of shop/prod, to the instance of a container.
proxy_host route_to(int64_t created, const std::string& domain = "shop.test") {
  auto result = make_host(1, domain);
  result.meta
    = npm::write_owner("{}", {"shop", "prod", "i" + std::to_string(created)});
  return result;
}

using texts = std::vector<std::string>;

texts ids(const std::vector<container_summary>& xs) {
  texts result;
  for (const auto& x : xs)
    result.push_back(x.id);
  return result;
}

/// "current|retired|unfinished" by their ids.
std::string assess(std::vector<container_summary> containers,
                   const std::vector<proxy_host>& hosts = {}) {
  auto state = assess_stage(make_spec(), std::move(containers), hosts);
  auto result = state.current ? state.current->id : "none";
  for (const auto* list : {&state.retired, &state.unfinished}) {
    result += " |";
    for (const auto& id : ids(*list))
      result += " " + id;
  }
  return result;
}

} // namespace

BOOST_AUTO_TEST_SUITE(the_state_of_a_stage)

// -- which container is what --------------------------------------------------

BOOST_AUTO_TEST_CASE(without_containers_nothing_serves) {
  BOOST_TEST(assess({}) == "none | |");
  BOOST_TEST(assess({}, {route_to(1)}) == "none | |");
}

BOOST_AUTO_TEST_CASE(one_that_never_ran_is_left_over_also_without_a_route) {
  auto created = [](int64_t age) {
    auto result = stopped(age);
    result.state = container_state::created;
    return result;
  };
  BOOST_TEST(assess({created(2), running(1)}) == "c1 | | c2");
  BOOST_TEST(assess({created(3), stopped(2), stopped(1)}) == "c2 | c1 | c3");
  BOOST_TEST(assess({stopped(3), created(2), running(4)}) == "c4 | c3 | c2");
  BOOST_TEST(assess({created(1)}) == "none | | c1");
}

BOOST_AUTO_TEST_CASE(the_routed_instance_serves_and_older_ones_are_retired) {
  BOOST_TEST(assess({stopped(1), running(3), running(2)}, {route_to(3)})
             == "c3 | c2 c1 |");
}

BOOST_AUTO_TEST_CASE(newer_instances_than_the_routed_one_are_unfinished) {
  BOOST_TEST(assess({running(1), running(2), stopped(3)}, {route_to(1)})
             == "c1 | | c3 c2");
}

BOOST_AUTO_TEST_CASE(without_a_route_the_newest_that_runs_serves) {
  BOOST_TEST(assess({running(1), running(2), stopped(3)}) == "c2 | c3 c1 |");
}

BOOST_AUTO_TEST_CASE(if_none_runs_the_newest_served_last) {
  BOOST_TEST(assess({stopped(1), stopped(3), stopped(2)}) == "c3 | c2 c1 |");
}

BOOST_AUTO_TEST_CASE(if_none_runs_the_routed_one_served_last) {
  BOOST_TEST(assess({stopped(1), stopped(2), stopped(3)}, {route_to(2)})
             == "c2 | c1 | c3");
}

BOOST_AUTO_TEST_CASE(a_route_to_one_that_is_gone_makes_none_unfinished) {
  BOOST_TEST(assess({running(2), stopped(3)}, {route_to(9)}) == "c2 | c3 |");
}

BOOST_AUTO_TEST_CASE(a_route_to_one_that_stopped_counts_for_less_than_running) {
  BOOST_TEST(assess({stopped(1), running(2), stopped(3)}, {route_to(1)})
             == "c2 | c3 c1 |");
}

BOOST_AUTO_TEST_CASE(the_route_of_another_stage_tells_nothing) {
  auto host = route_to(1);
  host.meta = npm::write_owner("{}", {"shop", "staging", "i1"});
  BOOST_TEST(assess({running(1), running(2)}, {host}) == "c2 | c1 |");
}

BOOST_AUTO_TEST_CASE(containers_of_one_second_have_an_order_all_the_same) {
  auto a = running(1);
  auto b = running(1);
  a.id = "a";
  b.id = "b";
  BOOST_TEST(assess({a, b}) == "b | a |");
  BOOST_TEST(assess({b, a}) == "b | a |");
}

// -- which hosts are the stage's ----------------------------------------------

BOOST_AUTO_TEST_CASE(hosts_are_found_by_domain_and_by_mark) {
  std::vector<proxy_host> hosts{make_host(1, "other.test"),
                                make_host(2, "SHOP.test"),
                                route_to(1, "former.test")};
  hosts[2].id = 3;
  auto state = assess_stage(make_spec(), {}, hosts);
  BOOST_REQUIRE(state.hosts.size() == 2u);
  BOOST_TEST(state.hosts[0].id == 2);
  BOOST_TEST(state.hosts[1].id == 3);
}

BOOST_AUTO_TEST_CASE(a_host_is_the_stages_by_its_mark_alone) {
  BOOST_TEST(is_host_of(route_to(1, "former.test"), make_spec()));
  BOOST_TEST(!is_host_of(make_host(1, "shop.test"), make_spec()));
  auto other = make_spec();
  other.stage = "staging";
  BOOST_TEST(!is_host_of(route_to(1), other));
}

// -- what changed at the proxy ------------------------------------------------

BOOST_AUTO_TEST_CASE(nothing_has_changed_between_the_same_hosts) {
  std::vector<proxy_host> hosts{route_to(1), make_host(2, "x.test")};
  BOOST_TEST(changes_between(hosts, hosts, make_spec()).empty());
}

BOOST_AUTO_TEST_CASE(a_host_that_changed_gets_its_former_values_back) {
  auto before = route_to(1);
  auto target = before;
  target.target.port = 1234;
  auto domains = before;
  domains.domains.push_back("www.shop.test");
  auto meta = route_to(2);
  auto enabled = before;
  enabled.enabled = false;
  for (const auto& now : {target, domains, meta, enabled}) {
    auto changes = changes_between({before}, {now}, make_spec());
    BOOST_REQUIRE(changes.size() == 1u);
    BOOST_TEST((changes[0] == route_change{1, false, before}));
  }
}

BOOST_AUTO_TEST_CASE(a_new_host_of_the_stage_is_deleted_and_no_other) {
  auto foreign = make_host(2, "shop.test");
  auto changes = changes_between({}, {route_to(1), foreign}, make_spec());
  BOOST_REQUIRE(changes.size() == 1u);
  BOOST_TEST(changes[0].host_id == 1);
  BOOST_TEST(changes[0].created);
}

// -- what retires -------------------------------------------------------------

BOOST_AUTO_TEST_CASE(the_newest_stay_stopped_and_the_others_go) {
  auto plan = plan_retirement({running(1), running(4), running(2), running(3)},
                              "c4", 2);
  BOOST_TEST((ids(plan.stop) == texts{"c3", "c2"}));
  BOOST_TEST((ids(plan.remove) == texts{"c1"}));
}

BOOST_AUTO_TEST_CASE(what_is_stopped_and_stays_needs_nothing) {
  auto plan = plan_retirement({running(3), stopped(2)}, "c3", 1);
  BOOST_TEST(plan.stop.empty());
  BOOST_TEST(plan.remove.empty());
}

BOOST_AUTO_TEST_CASE(all_go_if_none_is_kept) {
  auto plan = plan_retirement({running(3), stopped(2), running(1)}, "c3", 0);
  BOOST_TEST(plan.stop.empty());
  BOOST_TEST((ids(plan.remove) == texts{"c2", "c1"}));
}

BOOST_AUTO_TEST_CASE(one_that_is_paused_or_restarts_is_stopped_too) {
  auto x = stopped(1);
  for (auto state : {container_state::paused, container_state::restarting,
                     container_state::created, container_state::dead}) {
    x.state = state;
    BOOST_TEST((ids(plan_retirement({x}, "c9", 1).stop) == texts{"c1"}));
  }
}

BOOST_AUTO_TEST_SUITE_END()
