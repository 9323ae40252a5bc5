#include "actors/service_manager.hpp"

#include "messages/naming.hpp"
#include "tests/support/actor_fixture.hpp"
#include "tests/support/engine_answers.hpp"
#include "tests/support/scripted_http.hpp"
#include "transports/docker_api.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <string>
#include <vector>

using namespace dw;
using namespace dw::test;

namespace {

const std::string id = "c19lfqx8n16pf157dnn447lal";

std::string
service_json(int version, const std::string& instance, int replicas = 1) {
  return R"({"ID":")" + id + R"(","Version":{"Index":)"
         + std::to_string(version) + R"(},"Spec":{"Name":"dw-shop","Labels":{")"
         + label::instance_id + R"(":")" + instance
         + R"("},"Odd":[1],"Mode":{"Replicated":{"Replicas":)"
         + std::to_string(replicas) + "}}}}";
}

struct fixture : actor_fixture {
  fixture() {
    auto store = keep(sys.spawn([this](credential_store_actor::pointer)
                                  -> credential_store_actor::behavior_type {
      return {[this](const find_credentials& x) {
        asked.push_back(x.registry);
        return found_credentials{
          registry_credentials{"ci", secret{"password"}, {}}, "a test"};
      }};
    }));
    manager = keep(
      sys.spawn(service_manager, engine_gateway_actor{http.actor()}, store));
  }

  scripted_exchange& on_inspect() {
    return http.on(http_method::get, "/services/" + id);
  }

  scripted_exchange& on_update(int version, const std::string& more = {}) {
    return http.on(http_method::post, "/services/" + id + "/update?version="
                                        + std::to_string(version) + more);
  }

  static service_spec make_spec() {
    service_spec result;
    result.task.name = "dw-shop-prod";
    result.task.image = "registry.test:5000/shop:1";
    return result;
  }

  std::vector<std::string> asked;
  scripted_http http{*this};
  service_manager_actor manager;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(service_manager_tests, fixture)

BOOST_AUTO_TEST_CASE(a_service_is_created_with_the_login_of_its_registry) {
  auto& creating = http.on(http_method::post, "/services/create");
  answer_json(creating, 201, R"({"ID":")" + id + R"("})");
  auto result
    = request<service_created>(manager, create_service{{}, make_spec()});
  run();
  BOOST_TEST(result.get()->id == id);
  BOOST_TEST(asked == std::vector<std::string>{"registry.test:5000"},
             boost::test_tools::per_element());
  const auto& headers = creating.request().headers;
  auto i = std::find_if(headers.begin(), headers.end(), [](const auto& x) {
    return x.name == "X-Registry-Auth";
  });
  BOOST_REQUIRE((i != headers.end()));
  BOOST_TEST(i->value.reveal()
             == docker::encode_registry_auth({"ci", secret{"password"}, {}},
                                             "registry.test:5000")
                  .reveal());
}

BOOST_AUTO_TEST_CASE(scaling_leaves_the_rest_of_a_service_alone) {
  answer_json(on_inspect(), 200, service_json(14, "a"));
  auto& updating = on_update(14);
  answer_json(updating, 200, R"({"Warnings":null})");
  auto result = request<done>(manager, scale_service{{}, id, 3});
  run();
  BOOST_CHECK(result.get());
  BOOST_TEST(updating.request().body.find(R"("Odd":[1])") != std::string::npos);
  BOOST_TEST(
    updating.request().body.find(R"("Mode":{"Replicated":{"Replicas":3}})")
    != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_service_that_changed_meanwhile_is_read_again) {
  answer_json(on_inspect(), 200, service_json(14, "a"));
  answer_error(on_update(14), 500,
               "rpc error: code = Unknown desc = update out of sequence");
  auto result = request<done>(manager, scale_service{{}, id, 0});
  answer_json(on_inspect(), 200, service_json(15, "a"));
  answer_json(on_update(15), 200, "{}");
  run();
  BOOST_CHECK(result.get());
}

BOOST_AUTO_TEST_CASE(changes_of_one_service_follow_each_other) {
  auto& first_look = on_inspect();
  auto first = request<done>(manager, scale_service{{}, id, 0});
  auto second = request<done>(manager, scale_service{{}, id, 2});
  run();
  BOOST_TEST(first_look.requests().size() == 1u);
  answer_json(on_update(14), 200, "{}");
  answer_json(on_inspect(), 200, service_json(15, "a"));
  answer_json(on_update(15), 200, "{}");
  answer_json(first_look, 200, service_json(14, "a"));
  run();
  BOOST_CHECK(first.get());
  BOOST_CHECK(second.get());
}

BOOST_AUTO_TEST_CASE(only_what_is_there_is_rolled_back) {
  answer_json(on_inspect(), 200, service_json(14, "old"));
  auto result = request<done>(manager, rollback_service{{}, id, "new"});
  run();
  BOOST_TEST((code_of(result.error()) == errc::invalid_argument));
}

BOOST_AUTO_TEST_CASE(a_rollback_asks_for_the_previous_spec) {
  answer_json(on_inspect(), 200, service_json(14, "new"));
  answer_json(on_update(14, "&rollback=previous"), 200, "{}");
  auto result = request<done>(manager, rollback_service{{}, id, "new"});
  run();
  BOOST_CHECK(result.get());
}

BOOST_AUTO_TEST_CASE(a_service_that_is_gone_is_removed) {
  answer_error(http.on(http_method::del, "/services/" + id), 404,
               "service " + id + " not found");
  auto result = request<done>(manager, remove_service{{}, id});
  run();
  BOOST_CHECK(result.get());
}

BOOST_AUTO_TEST_CASE(a_failed_change_lets_the_next_one_go) {
  answer_error(on_inspect(), 404, "service " + id + " not found");
  auto first = request<done>(manager, scale_service{{}, id, 0});
  auto second = request<done>(manager, remove_service{{}, id});
  http.on(http_method::del, "/services/" + id).answer(200);
  run();
  BOOST_TEST((code_of(first.error()) == errc::not_found));
  BOOST_CHECK(second.get());
}

BOOST_AUTO_TEST_SUITE_END()
