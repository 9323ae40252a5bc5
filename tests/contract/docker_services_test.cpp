#include "transports/docker_services.hpp"

#include "messages/naming.hpp"
#include "tests/support/docker_exchange.hpp"
#include "transports/docker_api.hpp"
#include "transports/docker_streams.hpp"

using namespace dw;
using namespace dw::test;
using namespace std::chrono_literals;

namespace {

const std::string service_id = "pxrqxa99jstxmwyb6bqmsynl5";
const std::string node_id = "nj8hp1murb835lmugox4lr2mt";
constexpr auto image
  = "127.0.0.1:5000/shop:v1@sha256:"
    "d83a70e1fe1d0b5d957613ff3b892c64bb95e07fa4995bd834b5eb0563af7ca8";

std::map<std::string, std::string> labels_of(const std::string& instance) {
  return {{label::project, "shop"},
          {label::stage, "prod"},
          {label::instance_id, instance},
          {label::tag, "v1"}};
}

/// What was recorded.
service_spec make_spec() {
  service_spec result;
  auto& task = result.task;
  task.name = "dw-shop-prod";
  task.image = image;
  task.labels = labels_of("aaaaaaaaaaaa");
  task.env = {{"A", secret{"1"}},
              {"DOCKER_WATCHER_INSTANCE_ID", secret{"aaaaaaaaaaaa"}}};
  task.resources.memory = uint64_t{64} << 20;
  task.resources.pids = 100;
  task.network = "g4p93no7jg06e8njk4hotv34x";
  task.aliases = {"alias-aaaaaaaaaaaa"};
  task.ports = {{8080, "127.0.0.1"}};
  result.publish = publish_mode::host;
  result.constraints = {"node.id==" + node_id};
  result.monitor = 2s;
  return result;
}

registry_credentials make_login() {
  return {"deployer", secret{"secret"}, {}};
}

http_request inspect() {
  return value_of(docker::inspect_service("dw-shop-prod"));
}

http_response inspected(const std::string& name) {
  return answer(load(name), inspect());
}

service_info service_in(const std::string& name) {
  return value_of(docker::parse_service(inspected(name)));
}

} // namespace

// -- the swarm ----------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_manager_of_a_swarm_is_told_from_other_engines) {
  auto request = docker::inspect_swarm();
  auto x = load("swarm-info-manager");
  check_request(x, request);
  auto found = value_of(docker::parse_swarm(answer(x, request)));
  BOOST_TEST((found == swarm_info{"active", true, node_id}));
  auto none = value_of(
    docker::parse_swarm(answer(load("swarm-info-inactive"), request)));
  BOOST_TEST((none == swarm_info{"inactive", false, ""}));
}

BOOST_AUTO_TEST_CASE(an_engine_without_a_swarm_has_no_services) {
  auto x = load("services-list-not-manager");
  auto request = docker::list_services({});
  check_request(x, request);
  check_error(docker::parse_service_list(answer(x, request), {}),
              errc::rejected, request, x,
              "This node is not a swarm manager. Use \"docker swarm init\" or "
              "\"docker swarm join\" to connect this node to swarm and try "
              "again.",
              "docker swarm init");
  auto y = load("swarm-service-create-not-manager");
  auto creation = value_of(docker::create_service(make_spec(), caf::none));
  check_path(y, creation);
  BOOST_TEST(
    (code_of(error_of(docker::parse_service_created(answer(y, creation))))
     == errc::rejected));
}

// -- creating -----------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_service_is_created) {
  auto x = load("service-create-host-random-port");
  auto request = value_of(docker::create_service(make_spec(), make_login()));
  check_request(x, request);
  check_body(x, request);
  check_registry_auth(x, request);
  BOOST_TEST(value_of(docker::parse_service_created(answer(x, request))).id
             == service_id);
}

BOOST_AUTO_TEST_CASE(a_service_that_has_the_name_is_a_conflict) {
  auto x = load("service-create-name-conflict");
  auto request = value_of(docker::create_service(make_spec(), caf::none));
  check_error(docker::parse_service_created(answer(x, request)), errc::conflict,
              request, x,
              "rpc error: code = AlreadyExists desc = name conflicts with an "
              "existing object: service pr-svc already exists",
              "");
}

BOOST_AUTO_TEST_CASE(a_spec_that_cannot_be_is_not_sent) {
  auto spec = make_spec();
  spec.task.name = std::string(64, 'a') + "-b";
  BOOST_TEST((code_of(error_of(docker::create_service(spec, caf::none)))
              == errc::invalid_argument));
  spec = make_spec();
  spec.monitor = -1s;
  BOOST_TEST((code_of(error_of(docker::create_service(spec, caf::none)))
              == errc::invalid_argument));
  for (const auto* id : {"", "dw-shop-prod", "../swarm", "abc"}) {
    BOOST_TEST((code_of(error_of(docker::remove_service(id)))
                == errc::invalid_argument));
    BOOST_TEST(
      (code_of(error_of(docker::list_tasks(id))) == errc::invalid_argument));
  }
  BOOST_TEST((code_of(error_of(docker::inspect_service("a/b")))
              == errc::invalid_argument));
}

// -- reading ------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(services_are_listed_by_their_labels) {
  std::map<std::string, std::string> wanted{{label::project, "shop"},
                                            {label::stage, "prod"}};
  auto x = load("services-list-with-status");
  auto request = docker::list_services(wanted);
  check_request(x, request);
  auto found = value_of(docker::parse_service_list(answer(x, request), wanted));
  BOOST_REQUIRE(found.size() == 1u);
  service_info expected;
  expected.id = service_id;
  expected.name = "dw-shop-prod";
  expected.version = 17;
  expected.spec = {image,
                   labels_of("aaaaaaaaaaaa"),
                   {{"A", secret{"1"}},
                    {"DOCKER_WATCHER_INSTANCE_ID", secret{"aaaaaaaaaaaa"}}},
                   1};
  expected.running = 1;
  expected.created = 1'795'691'189;
  BOOST_TEST((found[0] == expected));
  wanted[label::stage] = "test";
  BOOST_TEST(
    value_of(docker::parse_service_list(answer(x, request), wanted)).empty());
}

BOOST_AUTO_TEST_CASE(a_service_is_inspected_by_name) {
  auto x = load("service-inspect-by-name");
  check_request(x, inspect());
  auto info = service_in("service-inspect-by-name");
  BOOST_TEST(info.id == service_id);
  BOOST_TEST((info.update == update_state::none));
  BOOST_TEST(!info.previous);
}

BOOST_AUTO_TEST_CASE(how_an_update_went_is_read_with_what_it_replaced) {
  auto info = service_in("service-inspect-before-rollback");
  BOOST_TEST((info.update == update_state::completed));
  BOOST_TEST(info.update_message == "update completed");
  BOOST_TEST(info.spec.labels.at(label::instance_id) == "bbbbbbbbbbbb");
  BOOST_REQUIRE(info.previous);
  BOOST_TEST(info.previous->labels.at(label::instance_id) == "aaaaaaaaaaaa");
  BOOST_TEST(info.previous->image == image);
}

BOOST_AUTO_TEST_CASE(updates_that_failed_are_told_apart) {
  auto back = service_in("service-inspect-rollback-completed");
  BOOST_TEST((back.update == update_state::rollback_completed));
  BOOST_TEST(!back.previous);
  BOOST_TEST(back.spec.replicas == 2u);
  auto paused = service_in("service-inspect-update-paused");
  BOOST_TEST((paused.update == update_state::paused));
  BOOST_TEST(paused.update_message.starts_with(
    "update paused due to failure or early termination of task"));
}

BOOST_AUTO_TEST_CASE(a_service_that_is_not_there_is_not_found) {
  auto x = load("service-not-found");
  check_error(docker::parse_service(answer(x, inspect())), errc::not_found,
              inspect(), x, "service pr-none not found", "");
}

BOOST_AUTO_TEST_CASE(the_tasks_of_a_service_are_listed) {
  auto x = load("tasks-list-running-host-port");
  auto request = value_of(docker::list_tasks(service_id));
  check_request(x, request);
  auto found = value_of(docker::parse_task_list(answer(x, request)));
  BOOST_REQUIRE(found.size() == 1u);
  service_task expected;
  expected.id = "bi03mdujyw7bplplvi0r3x3wl";
  expected.service_id = service_id;
  expected.node_id = node_id;
  expected.container_id
    = "49fbaff714e851fe3d6c9b88378b2ecfd56170b314b00c344dbfa4edbb027bee";
  expected.instance_id = "aaaaaaaaaaaa";
  expected.state = task_state::running;
  expected.desired = task_state::running;
  expected.ports = {32'774};
  BOOST_TEST((found[0] == expected));
}

BOOST_AUTO_TEST_CASE(both_numbers_of_a_published_port_are_read) {
  auto request = value_of(docker::list_tasks(service_id));
  auto found = value_of(docker::parse_task_list(
    answer(load("tasks-list-host-port-dynamic"), request)));
  BOOST_REQUIRE(found.size() == 2u);
  BOOST_TEST(found[0].ports == (std::vector<uint16_t>{32'777, 32'776}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(the_containers_of_a_service_carry_our_labels) {
  auto x = load("containers-list-of-a-service");
  auto request = docker::list_containers({});
  check_request(x, request);
  auto found = value_of(docker::parse_container_list(
    answer(x, request), {{label::project, "shop"}}));
  BOOST_REQUIRE(found.size() == 1u);
  BOOST_TEST(found[0].labels.at("com.docker.swarm.service.id") == service_id);
  BOOST_TEST(found[0].status.find("(healthy)") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_log_of_a_service_is_framed_as_one_of_a_container) {
  auto x = load("service-logs");
  auto request = value_of(docker::logs(service_id, 5, false, false));
  check_request(x, request);
  docker::log_decoder decoder{false, 7};
  auto lines = value_of(decoder.feed(x.response.body));
  BOOST_REQUIRE(lines.size() == 1u);
  BOOST_TEST((lines[0] == log_line{7, false, "shop v1 is open"}));
}

// -- changing -----------------------------------------------------------------

BOOST_AUTO_TEST_CASE(an_update_replaces_the_whole_spec) {
  auto x = load("service-update-to-v2");
  auto spec = make_spec();
  auto request
    = value_of(docker::update_service(service_id, 55, spec, make_login()));
  check_request(x, request);
  check_registry_auth(x, request);
  BOOST_TEST(!docker::check_done(answer(x, request)));
}

BOOST_AUTO_TEST_CASE(a_service_is_scaled_by_its_own_spec) {
  auto x = load("service-scale-0");
  auto request
    = value_of(docker::scale_service(inspected("service-inspect-by-name"), 0));
  check_request(x, request);
  check_body(x, request);
  BOOST_TEST(!docker::check_done(answer(x, request)));
}

BOOST_AUTO_TEST_CASE(a_service_is_rolled_back_to_its_previous_spec) {
  auto x = load("service-rollback");
  auto request = value_of(
    docker::rollback_service(inspected("service-inspect-before-rollback")));
  check_request(x, request);
  check_body(x, request);
  BOOST_TEST(!docker::check_done(answer(x, request)));
  auto y = load("service-rollback-nothing-previous");
  check_error(docker::check_done(answer(y, request)), errc::conflict, request,
              y,
              "rpc error: code = FailedPrecondition desc = service "
              "dgz8m4ew3nohy55gfu6uwp8b5 does not have a previous spec",
              "");
}

BOOST_AUTO_TEST_CASE(a_service_that_changed_meanwhile_is_a_conflict) {
  auto x = load("service-update-version-out-of-sequence");
  auto request
    = value_of(docker::update_service(service_id, 1, make_spec(), caf::none));
  check_error(docker::check_done(answer(x, request)), errc::conflict, request,
              x, "rpc error: code = Unknown desc = update out of sequence",
              "changed the service meanwhile");
}

BOOST_AUTO_TEST_CASE(nothing_is_changed_by_an_answer_that_is_no_service) {
  auto gone = inspected("service-not-found");
  BOOST_TEST(
    (code_of(error_of(docker::scale_service(gone, 1))) == errc::not_found));
  auto odd = gone;
  odd.status = 200;
  BOOST_TEST(
    (code_of(error_of(docker::rollback_service(odd))) == errc::bad_reply));
}

BOOST_AUTO_TEST_CASE(a_service_that_is_gone_needs_no_removal) {
  auto request = value_of(docker::remove_service(service_id));
  auto x = load("service-remove-by-id");
  check_request(x, request);
  BOOST_TEST(!docker::check_done(answer(x, request)));
  BOOST_TEST(!docker::check_done(answer(load("service-remove-gone"), request)));
}
