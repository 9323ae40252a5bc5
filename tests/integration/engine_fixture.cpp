#include "tests/integration/engine_fixture.hpp"

#include "main/engine_endpoint.hpp"
#include "messages/naming.hpp"
#include "transports/docker_api.hpp"

#include <cstdlib>
#include <fstream>
#include <iostream>

namespace dw::test {

namespace {

registry_credentials registry_login() {
  registry_credentials result;
  result.username = variable("DW_TEST_REGISTRY_USERNAME");
  std::ifstream file{variable("DW_TEST_REGISTRY_PASSWORD_FILE")};
  std::string password;
  std::getline(file, password);
  result.password = secret{password};
  return result;
}

} // namespace

bool is_own_engine() {
  return variable("DW_TEST_ENGINE") != "env";
}

boost::test_tools::assertion_result
needs_own_engine(boost::unit_test::test_unit_id id) {
  if (!is_own_engine())
    std::cerr << "skipped, for the engine is not ours: "
              << boost::unit_test::framework::get(id, boost::unit_test::TUT_ANY)
                   .full_name()
              << '\n';
  return is_own_engine();
}

void change_engine(const std::string& what) {
  auto command = variable("DW_TEST_ENV") + " engine " + variable("DW_TEST_DIR")
                 + " " + what + " >&2";
  // What it calls is the environment's, and no input of anybody.
  if (std::system(command.c_str()) != 0)
    BOOST_FAIL("cannot " << what << " the engine");
}

frozen_engine::frozen_engine() {
  change_engine("freeze");
}

frozen_engine::~frozen_engine() {
  try {
    change_engine("thaw");
  } catch (...) { // BOOST_FAIL has said what it is
    BOOST_ERROR("the engine stays frozen");
  }
}

service_settings engine_settings_of_environment() {
  service_settings result;
  auto engine = engine_endpoint_from(process_environment());
  if (!engine)
    BOOST_FAIL("DOCKER_HOST: " << render(engine.error()));
  result.engine = *engine;
  result.registries.emplace(variable("DW_TEST_REGISTRY"), registry_login());
  return result;
}

engine_fixture::engine_fixture()
  : project{"suite-" + make_instance_id()},
    set{sys, engine_settings_of_environment()}, to{set.handles()} {
  // nop
}

engine_fixture::~engine_fixture() {
  try {
    clean_up();
  } catch (...) { // BOOST_FAIL has said what it is
    BOOST_ERROR("leftovers remain in the engine");
  }
}

// -- images -------------------------------------------------------------------

std::string engine_fixture::image(const std::string& name_and_tag) const {
  return variable("DW_TEST_REGISTRY") + "/" + name_and_tag;
}

std::string engine_fixture::pulled(const std::string& name_and_tag) {
  auto reference = image(name_and_tag);
  if (!try_ask<image_info>(to.images, inspect_image{{}, reference}))
    ask<image_info>(to.images, pull_image{{}, reference, {}, {}});
  return reference;
}

std::string engine_fixture::forgotten(const std::string& name_and_tag) {
  auto reference = image(name_and_tag);
  http_request request;
  request.operation = "remove image";
  request.object = reference;
  request.method = http_method::del;
  request.target = "/images/" + reference + "?force=1";
  auto status = ask_engine(std::move(request)).status;
  BOOST_REQUIRE_MESSAGE(status == 200 || status == 404,
                        reference << " stays: " << status);
  return reference;
}

// -- containers ---------------------------------------------------------------

std::string engine_fixture::name(const std::string& suffix) const {
  return "dw-" + project + "-" + suffix;
}

container_spec engine_fixture::spec(const std::string& suffix,
                                    std::vector<std::string> command) {
  container_spec result;
  result.name = name(suffix);
  result.image = pulled("shop-plain:v1");
  result.command = std::move(command);
  result.labels = {{label::project, project},
                   {label::stage, "suite"},
                   {label::instance_id, suffix}};
  result.restart_policy = "no";
  result.stop_timeout = std::chrono::seconds{1};
  return result;
}

container_spec
engine_fixture::script(const std::string& suffix, const std::string& text) {
  return spec(suffix, {"/bin/sh", "-c", text});
}

std::string engine_fixture::create(const container_spec& what) {
  return ask<container_created>(to.containers, create_container{{}, what}).id;
}

std::string engine_fixture::run(const container_spec& what) {
  auto id = create(what);
  ask<done>(to.containers, start_container{{}, id});
  return id;
}

container_info engine_fixture::inspect(const std::string& id) {
  return ask<container_info>(to.containers, inspect_container{{}, id});
}

npm_standin::json engine_fixture::raw(const std::string& id) {
  http_request request;
  request.operation = "inspect container";
  request.object = id;
  request.target = "/containers/" + id + "/json";
  auto body = npm_standin::json::parse(ask_engine(std::move(request)).body);
  BOOST_REQUIRE_MESSAGE(body, "the engine says nothing of " << id);
  return *body;
}

// -- networks -----------------------------------------------------------------

std::string engine_fixture::network_name(const std::string& suffix) {
  auto result = name(suffix);
  networks_.insert(result);
  return result;
}

std::string engine_fixture::volume_name(const std::string& suffix) {
  auto result = name(suffix);
  volumes_.insert(result);
  return result;
}

std::vector<network_info>
engine_fixture::networks_named(const std::string& name) {
  auto response = ask_engine(*docker::list_networks(name));
  auto result = docker::parse_network_list(response, name);
  if (!result)
    BOOST_FAIL(render(result.error()));
  return *result;
}

// -- the end ------------------------------------------------------------------

http_response engine_fixture::ask_engine(http_request request) {
  return ask<http_response>(to.engine, std::move(request));
}

void engine_fixture::clean_up() {
  auto left = ask<std::vector<container_summary>>(
    to.containers, list_containers{{}, {{label::project, project}}});
  for (const auto& x : left)
    ask<done>(to.containers, remove_container{{}, x.id, true});
  for (const auto& name : networks_)
    for (const auto& x : networks_named(name))
      ask_engine(*docker::remove_network(x.id));
  for (const auto& name : volumes_) {
    http_request request;
    request.operation = "remove volume";
    request.object = name;
    request.method = http_method::del;
    request.target = "/volumes/" + name;
    ask_engine(std::move(request));
  }
}

} // namespace dw::test
