#include "actors/journal_text.hpp"

#include "messages/error.hpp"

#include <caf/deep_to_string.hpp>

#include <boost/test/unit_test.hpp>

#include <limits>

using namespace dw;
using namespace std::chrono_literals;

namespace {

// Every member differs from its default: the test below makes sure.
deploy_spec full_spec() {
  deploy_spec x;
  x.project = "shop";
  x.stage = "prod";
  x.image = "registry.test/shop";
  x.tag = "1.10";
  x.digest = "sha256:abc";
  x.pull = pull_policy::missing;
  x.port = 8080;
  x.command = {"serve", "--all"};
  x.env = {{"COLOR", secret{"blue"}}, {"EMPTY", secret{}}};
  x.labels = {{"team", "one"}};
  x.volumes = {"data:/data"};
  x.resources = {1024, 500, 7};
  x.restart_policy = "always";
  x.stop_timeout = 7s;
  x.health = {"/health", {"true"}, 1s, 2s, 3s};
  x.drain = 1500ms;
  x.soak = 2500ms;
  x.place.nodes = {"web1", "web2"};
  x.place.parallel = 2;
  x.place.on_failure = rollout_failure::keep;
  x.drift = drift_policy::report;
  x.keep = 4;
  x.timeout = 60s;
  x.network = "web";
  x.publish_on = "10.0.0.1";
  x.target = deploy_target::swarm;
  x.publish = publish_mode::host;
  x.replicas = 3;
  x.domains = {"shop.test", "www.shop.test"};
  x.proxy.websockets = false;
  x.proxy.block_exploits = false;
  x.proxy.caching = true;
  x.proxy.certificate = 3;
  x.proxy.force_ssl = true;
  x.proxy.http2 = true;
  x.proxy.hsts = true;
  x.proxy.access_list = 0;
  x.adopt = true;
  x.forward = forward_mode::network;
  x.forward_host = "10.0.0.2";
  x.verify_url = "http://10.0.0.3";
  return x;
}

// Renders each member of a struct that is passed to it.
struct member_list {
  using result_type = void;

  template <class... Ts>
  void operator()(caf::meta::type_name_t, Ts&... xs) {
    (members.push_back(caf::deep_to_string(xs)), ...);
  }

  std::vector<std::string> members;
};

template <class T>
std::vector<std::string> members_of(T x) {
  member_list result;
  inspect(result, x);
  return result.members;
}

template <class T>
void check_all_differ(const T& x, const T& y) {
  auto xs = members_of(x);
  auto ys = members_of(y);
  for (size_t i = 0; i < xs.size(); ++i)
    BOOST_TEST(xs[i] != ys[i], "member " << i << " has its default");
}

deploy_report full_report() {
  deploy_report x;
  x.deploy_id = "d1";
  x.project = "shop";
  x.stage = "prod";
  x.outcome = deploy_outcome::cancelled;
  x.nodes = {{"web1", deploy_outcome::deployed, true, "dw-shop-prod-v2", ""},
             {"web2", deploy_outcome::unknown, false, "", "it is lost"}};
  x.phase = deploy_phase::gating;
  x.tag = "1";
  x.digest = "sha256:abc";
  x.container_id = "c1";
  x.container_name = "dw-shop-prod-1";
  x.instance_id = "i1";
  x.leftovers = {"one", "two"};
  x.elapsed = 1234ms;
  x.error
    = make_failure(errc::unhealthy, {"gate", "c1", "Docker Engine", 500,
                                     "it\nfailed", "Look.", "last words"});
  return x;
}

} // namespace

BOOST_AUTO_TEST_SUITE(journal_text)

BOOST_AUTO_TEST_CASE(a_spec_comes_back_whole_but_for_its_secrets) {
  auto spec = full_spec();
  check_all_differ(spec, deploy_spec{});
  check_all_differ(spec.proxy, proxy_options{});
  check_all_differ(spec.health, health_spec{});
  check_all_differ(spec.resources, resource_limits{});
  auto text = write_spec(spec);
  BOOST_TEST(text.find("blue") == std::string::npos);
  auto result = read_spec(text);
  BOOST_REQUIRE(result);
  BOOST_TEST(result->env[0].value.empty());
  BOOST_TEST(!read_env_values(result->env, write_env_values(spec.env)));
  BOOST_TEST((*result == spec));
}

BOOST_AUTO_TEST_CASE(a_report_comes_back_with_its_error) {
  auto report = full_report();
  auto result = read_report(write_report(report));
  BOOST_REQUIRE(result);
  BOOST_TEST(caf::deep_to_string(*result) == caf::deep_to_string(report));
  report.error = caf::none;
  result = read_report(write_report(report));
  BOOST_REQUIRE(result);
  BOOST_TEST(!result->error);
}

BOOST_AUTO_TEST_CASE(what_older_versions_did_not_write_has_its_default) {
  auto result = read_spec(R"({"project": "shop", "stage": "prod"})");
  BOOST_REQUIRE(result);
  deploy_spec expected;
  expected.project = "shop";
  expected.stage = "prod";
  BOOST_TEST((*result == expected));
}

BOOST_AUTO_TEST_CASE(what_is_damaged_is_told) {
  for (const auto* text : {"", "[]", "{\"project\": \"shop\"}",
                           R"({"project": "a", "stage": "b", "port": 70000})",
                           R"({"project": "a", "stage": "b", "pull": "?"})"}) {
    auto result = read_spec(text);
    BOOST_REQUIRE(!result);
    BOOST_TEST((code_of(result.error()) == errc::storage_failed));
  }
  std::vector<env_entry> env{{"A", {}}};
  BOOST_TEST(
    (code_of(read_env_values(env, secret{"[]"})) == errc::storage_failed));
  BOOST_TEST(!read_report("{}"));
}

BOOST_AUTO_TEST_CASE(a_time_that_no_clock_can_hold_is_the_first) {
  constexpr auto longest = std::numeric_limits<int64_t>::max();
  constexpr int64_t latest = longest / 1'000'000;
  for (auto x :
       {longest, latest + 1, int64_t{-1}, std::numeric_limits<int64_t>::min()})
    BOOST_TEST((time_from(x) == caf::timestamp{}));
  BOOST_TEST((time_from(latest).time_since_epoch()
              == std::chrono::milliseconds{latest}));
}

BOOST_AUTO_TEST_SUITE_END()
