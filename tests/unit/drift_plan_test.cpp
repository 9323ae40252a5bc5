#include "actors/drift_plan.hpp"

#include "actors/stage_record.hpp"
#include "messages/naming.hpp"
#include "transports/npm_api.hpp"

#include <boost/test/unit_test.hpp>

#include <ostream>

using namespace dw;

namespace {

deploy_spec make_spec(const std::string& project) {
  deploy_spec result;
  result.project = project;
  result.stage = "prod";
  result.tag = "1";
  result.port = 8080;
  result.domains = {project + ".test"};
  return result;
}

/// Instance "i1" of the project, on a port of the host if it runs.
container_summary make_container(const std::string& project, uint16_t port) {
  container_summary result;
  result.id = "id-" + project;
  result.name = "dw-" + project + "-prod-1";
  result.project = project;
  result.stage = "prod";
  result.instance_id = "i1";
  result.created = 1;
  result.labels
    = {{label::tag, "1"}, {label::record, write_record(make_spec(project))}};
  result.state = port == 0 ? container_state::exited : container_state::running;
  if (port != 0)
    result.ports = {{8080, "tcp", "127.0.0.1", port}};
  return result;
}

/// The host that leads from the project's domain to a port.
proxy_host make_host(int64_t id, const std::string& project, uint16_t port) {
  proxy_host result;
  result.id = id;
  result.domains = {project + ".test"};
  result.target = {"http", "127.0.0.1", port};
  result.meta = npm::write_owner("{}", {project, "prod", "i1"});
  result.nginx_online = true;
  return result;
}

/// Two apps that are as they should be.
struct fixture {
  std::vector<deploy_spec> stages{make_spec("shop"), make_spec("blog")};
  container_summary shop = make_container("shop", 32768);
  container_summary blog = make_container("blog", 32769);
  proxy_host shop_host = make_host(1, "shop", 32768);
  proxy_host blog_host = make_host(2, "blog", 32769);
  std::vector<container_summary> more_containers;
  std::vector<proxy_host> more_hosts;
  bool has_shop = true;
  bool has_shop_host = true;
  served_instances served;

  std::vector<stage_drift> find() {
    auto containers = more_containers;
    auto hosts = more_hosts;
    containers.push_back(blog);
    hosts.push_back(blog_host);
    if (has_shop)
      containers.push_back(shop);
    if (has_shop_host)
      hosts.push_back(shop_host);
    return find_drift(stages, containers, hosts, served);
  }

  /// What is wrong with the shop, and nothing but the shop: "KIND: TEXT", and
  /// whether it can be repaired.
  std::vector<std::string> wrong() {
    std::vector<std::string> result;
    for (const auto& x : find()) {
      BOOST_TEST(x.spec.project == "shop");
      for (const auto& y : x.found)
        result.push_back(to_string(y.kind) + ": " + y.text);
      if (x.can_repair)
        result.emplace_back("repair");
    }
    return result;
  }

  void check(const std::vector<std::string>& expected) {
    BOOST_TEST(wrong() == expected, boost::test_tools::per_element());
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(drift_plan, fixture)

BOOST_AUTO_TEST_CASE(what_is_as_it_should_be_has_no_drift) {
  check({});
}

BOOST_AUTO_TEST_CASE(a_new_port_is_followed) {
  shop.ports.front().host_port = 32780;
  check({"wrong_target: proxy host 1 of shop.test leads to 127.0.0.1:32768 "
         "instead of 127.0.0.1:32780",
         "repair"});
}

BOOST_AUTO_TEST_CASE(ports_that_were_swapped_are_told_by_their_owners) {
  std::swap(shop.ports, blog.ports);
  auto found = find();
  BOOST_REQUIRE(found.size() == 2u);
  BOOST_REQUIRE(found[0].found.size() == 1u);
  BOOST_TEST(found[0].found[0].text
             == "proxy host 1 of shop.test leads to 127.0.0.1:32768, which is "
                "container dw-blog-prod-1, instead of 127.0.0.1:32769");
  for (const auto& x : found)
    BOOST_TEST((x.found[0].kind == drift_kind::wrong_app));
}

BOOST_AUTO_TEST_CASE(what_leads_to_another_app_comes_first) {
  shop.ports.front().host_port = 32768;
  shop_host.target.port = 32700;
  blog.ports.front().host_port = 32780;
  blog_host.target.port = 32768;
  auto found = find();
  BOOST_REQUIRE(found.size() == 2u);
  BOOST_TEST(found[0].spec.project == "blog");
}

BOOST_AUTO_TEST_CASE(a_stopped_container_gives_up_its_port) {
  shop = make_container("shop", 0);
  check({"not_running: container dw-shop-prod-1 is exited",
         "wrong_target: proxy host 1 of shop.test leads to 127.0.0.1:32768 "
         "although its own container does not run",
         "repair"});
}

BOOST_AUTO_TEST_CASE(a_stopped_container_whose_port_has_another_app) {
  shop = make_container("shop", 0);
  blog.ports.front().host_port = 32768;
  blog_host.target.port = 32768;
  check({"not_running: container dw-shop-prod-1 is exited",
         "wrong_app: proxy host 1 of shop.test leads to 127.0.0.1:32768, which "
         "is container dw-blog-prod-1, although its own container does not run",
         "repair"});
}

// An engine that dies lists the old port of what has ended with it.
BOOST_AUTO_TEST_CASE(the_port_of_a_stopped_container_is_not_believed) {
  shop.state = container_state::exited;
  BOOST_TEST(wrong().size() == 3u);
}

BOOST_AUTO_TEST_CASE(a_route_to_nowhere_is_right_while_nothing_runs) {
  shop = make_container("shop", 0);
  shop_host.target = nowhere();
  check({"not_running: container dw-shop-prod-1 is exited"});
  shop = make_container("shop", 32780);
  check({"wrong_target: proxy host 1 of shop.test leads to 127.0.0.1:9 instead "
         "of 127.0.0.1:32780",
         "repair"});
}

BOOST_AUTO_TEST_CASE(what_the_engine_is_starting_again_is_waited_for) {
  shop = make_container("shop", 0);
  shop.state = container_state::restarting;
  check({});
  blog.ports.front().host_port = 32768;
  blog_host.target.port = 32768;
  BOOST_TEST(wrong().back() == "repair");
}

BOOST_AUTO_TEST_CASE(a_paused_container_keeps_its_port) {
  shop.state = container_state::paused;
  check({"not_running: container dw-shop-prod-1 is paused"});
}

BOOST_AUTO_TEST_CASE(a_deleted_container_is_missed) {
  has_shop = false;
  check({"missing_container: instance i1, which served, is not there any more",
         "wrong_target: proxy host 1 of shop.test leads to 127.0.0.1:32768 "
         "although its own container does not run",
         "repair"});
}

BOOST_AUTO_TEST_CASE(another_instance_that_runs_takes_over_from_a_deleted_one) {
  auto older = shop;
  older.instance_id = "i0";
  older.ports.front().host_port = 32700;
  more_containers = {older};
  has_shop = false;
  auto found = find();
  BOOST_REQUIRE(found.size() == 1u);
  BOOST_REQUIRE(found[0].found.size() == 2u);
  BOOST_TEST((found[0].found[1].kind == drift_kind::wrong_target));
  BOOST_TEST(found[0].found[1].text.ends_with("instead of 127.0.0.1:32700"));
}

BOOST_AUTO_TEST_CASE(an_edited_host_is_put_back) {
  shop_host.target = {"http", "10.0.0.9", 80};
  check({"wrong_target: proxy host 1 of shop.test leads to 10.0.0.9:80 instead "
         "of 127.0.0.1:32768",
         "repair"});
  shop_host = make_host(1, "shop", 32768);
  shop_host.enabled = false;
  check({"changed_host: proxy host 1 of shop.test is disabled", "repair"});
  shop_host.enabled = true;
  shop_host.domains.emplace_back("x.test");
  check({"changed_host: proxy host 1 of shop.test, x.test should have "
         "shop.test",
         "repair"});
  shop_host.domains.pop_back();
  stages[0].proxy.websockets = true;
  check({"changed_host: proxy host 1 of shop.test has other settings than the "
         "stage",
         "repair"});
  shop_host.websockets = true;
  shop_host.nginx_online = false;
  shop_host.nginx_error = "no such directive";
  check({"changed_host: proxy host 1 of shop.test is not served: no such "
         "directive",
         "repair"});
}

BOOST_AUTO_TEST_CASE(a_host_is_made_again_only_for_what_has_served) {
  has_shop_host = false;
  check({"missing_host: no proxy host has shop.test"});
  served = {{{"shop", "prod"}, "i0"}};
  check({"missing_host: no proxy host has shop.test"});
  served = {{{"shop", "prod"}, "i1"}};
  check({"missing_host: no proxy host has shop.test", "repair"});
}

BOOST_AUTO_TEST_CASE(a_host_of_somebody_else_is_left_alone) {
  stages[0].adopt = true;
  shop_host.meta = "{}";
  auto xs = wrong();
  BOOST_REQUIRE(xs.size() == 1u);
  BOOST_TEST(xs[0].starts_with("foreign_host: shop.test: proxy host 1"));
}

BOOST_AUTO_TEST_CASE(a_host_whose_domain_is_forgotten_follows_all_the_same) {
  stages[0].domains = {"new.test"};
  more_hosts = {make_host(3, "shop", 32768)};
  more_hosts[0].domains = {"new.test"};
  check({});
  shop_host.target.port = 32700;
  check({"wrong_target: proxy host 1 of shop.test leads to 127.0.0.1:32700 "
         "instead of 127.0.0.1:32768",
         "repair"});
}

BOOST_AUTO_TEST_CASE(on_a_shared_network_names_do_not_change_hands) {
  stages[0].forward = forward_mode::network;
  shop_host.target = {"http", instance_alias("dw-shop-prod-1", "i1"), 8080};
  check({});
  shop = make_container("shop", 0);
  check({"not_running: container dw-shop-prod-1 is exited"});
}

BOOST_AUTO_TEST_CASE(a_stage_that_was_never_deployed_has_no_drift) {
  has_shop = false;
  has_shop_host = false;
  check({});
  more_hosts = {make_host(7, "shop", 80)};
  more_hosts[0].meta = "{}"; // of somebody else, before the first deploy
  check({});
}

BOOST_AUTO_TEST_CASE(a_stage_without_domains_has_only_its_container) {
  stages[0].domains.clear();
  has_shop_host = false;
  check({});
  shop = make_container("shop", 0);
  check({"not_running: container dw-shop-prod-1 is exited"});
}

BOOST_AUTO_TEST_SUITE_END()
