#include "actors/instance_list.hpp"

#include "messages/naming.hpp"

#include <boost/test/unit_test.hpp>

using namespace dw;

namespace {

constexpr auto service_id = "c19lfqx8n16pf157dnn447lal";

container_summary
task(std::string id, int64_t created, uint16_t port, std::string status) {
  container_summary result;
  result.name = "dw-shop-prod.1." + id;
  result.id = std::move(id);
  result.state = container_state::running;
  result.status = std::move(status);
  result.labels = {{"com.docker.swarm.service.id", service_id},
                   {"com.docker.swarm.service.name", "dw-shop-prod"}};
  result.ports = {{8080, "tcp", "0.0.0.0", port}};
  result.created = created;
  return result;
}

service_info service() {
  service_info result;
  result.id = service_id;
  result.name = "dw-shop-prod";
  result.spec.replicas = 1;
  result.spec.labels = {{label::project, "shop"},
                        {label::stage, "prod"},
                        {label::instance_id, "0123456789ab"}};
  result.running = 1;
  result.created = 7;
  return result;
}

/// One that has our labels, by us or by an image that has them.
container_summary labelled(std::string name) {
  container_summary result;
  result.name = std::move(name);
  result.project = "shop";
  result.stage = "prod";
  result.instance_id = "0123456789ab";
  result.labels = {{label::tag, "V1"}};
  return result;
}

std::vector<std::string> ours_of(const std::vector<std::string>& names) {
  std::vector<container_summary> containers;
  for (const auto& x : names)
    containers.push_back(labelled(x));
  std::vector<std::string> result;
  for (const auto& x : split_ours(containers).ours)
    result.push_back(x.name);
  return result;
}

} // namespace

BOOST_AUTO_TEST_CASE(a_service_stands_for_its_containers) {
  container_summary other;
  other.id = "plain";
  std::vector containers{other, task("old", 1, 32'768, "Up 3 minutes")};
  BOOST_TEST(has_service(containers));
  auto result = fold_services(containers, {service()});
  BOOST_REQUIRE(result.size() == 2u);
  BOOST_TEST(result[0].id == "plain");
  BOOST_TEST(result[1].id == service_id);
  BOOST_TEST(result[1].name == "dw-shop-prod");
  BOOST_TEST((result[1].state == container_state::running));
  BOOST_TEST(result[1].status == "1/1 running");
  BOOST_TEST(result[1].project == "shop");
  BOOST_TEST(result[1].stage == "prod");
  BOOST_TEST(result[1].instance_id == "0123456789ab");
  BOOST_TEST(result[1].created == 7);
  BOOST_TEST(result[1].ports.front().host_port == 32'768);
}

BOOST_AUTO_TEST_CASE(containers_of_a_service_that_is_gone_are_left_out) {
  std::vector containers{task("old", 1, 32'768, "Up 3 minutes")};
  BOOST_TEST(fold_services(containers, {}).empty());
}

BOOST_AUTO_TEST_CASE(requests_go_to_the_newest_task_that_is_ready) {
  std::vector containers{task("old", 1, 32'768, "Up 3 minutes (healthy)"),
                         task("new", 2, 32'769, "Up 1 second (healthy)"),
                         task("raw", 3, 32'770,
                              "Up 1 second (health: starting)"),
                         task("bad", 4, 32'771, "Up 1 minute (unhealthy)")};
  auto result = fold_services(containers, {service()});
  BOOST_REQUIRE(result.size() == 1u);
  BOOST_TEST(result[0].ports.front().host_port == 32'769);
}

BOOST_AUTO_TEST_CASE(the_port_of_an_ingress_counts_before_those_of_tasks) {
  auto x = service();
  x.ports = {{8080, "tcp", "0.0.0.0", 30'000}};
  auto result
    = fold_services({task("a", 1, 32'768, "Up 3 minutes (healthy)")}, {x});
  BOOST_TEST(result[0].ports.front().host_port == 30'000);
}

BOOST_AUTO_TEST_CASE(a_service_without_replicas_is_stopped) {
  auto x = service();
  x.spec.replicas = 0;
  x.running = 0;
  BOOST_TEST((fold_services({}, {x})[0].state == container_state::exited));
}

BOOST_AUTO_TEST_CASE(a_service_whose_tasks_do_not_run_is_being_restarted) {
  auto x = service();
  x.running = 0;
  x.update = update_state::rollback_paused;
  auto result = fold_services({}, {x});
  BOOST_TEST((result[0].state == container_state::restarting));
  BOOST_TEST(result[0].status == "0/1 running, rollback_paused");
}

// -- whose a container is -----------------------------------------------------

BOOST_AUTO_TEST_CASE(labels_alone_make_no_container_ours) {
  BOOST_TEST(ours_of({"nice_babbage", "shop", "dw-shop-prod", "dw-shop-prod-v1",
                      "dw-shop-live-V1", ""})
               .empty());
}

BOOST_AUTO_TEST_CASE(a_container_with_our_labels_and_name_is_ours) {
  auto name = container_name("shop", "prod", "V1");
  std::vector names{name, replaced_name(name, "0123456789ab")};
  BOOST_TEST(ours_of(names) == names, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(the_name_that_another_instance_was_given_is_not_ours) {
  auto name = container_name("shop", "prod", "V1");
  BOOST_TEST(ours_of({replaced_name(name, "ba9876543210")}).empty());
}

BOOST_AUTO_TEST_CASE(strangers_are_told_apart) {
  auto split = split_ours({labelled("nice_babbage")});
  BOOST_TEST_REQUIRE(split.strangers.size() == 1u);
  BOOST_TEST(split.strangers[0].name == "nice_babbage");
}

BOOST_AUTO_TEST_CASE(labels_alone_make_no_container_one_of_a_service) {
  auto plain = task("a", 1, 32'768, "Up 1 minute");
  plain.name = "dw-shop-prod-v1";
  plain.labels["com.docker.swarm.task.name"] = plain.name;
  BOOST_TEST(!has_service({plain}));
  BOOST_TEST(fold_services({plain}, {}).size() == 1u);
}

BOOST_AUTO_TEST_CASE(requests_go_to_no_container_that_claims_to_be_a_task) {
  auto claims = task("b", 2, 32'769, "Up 1 second");
  claims.name = "nice_babbage";
  auto result
    = fold_services({task("a", 1, 32'768, "Up 1 minute"), claims}, {service()});
  BOOST_TEST(result.back().ports.front().host_port == 32'768);
}
