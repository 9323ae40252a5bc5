#include "actors/deploy_plan.hpp"

#include "actors/stage_record.hpp"
#include "messages/naming.hpp"
#include "transports/npm_api.hpp"

#include <boost/test/unit_test.hpp>

#include <ostream>

using namespace dw;

namespace dw {

std::ostream& operator<<(std::ostream& out, const planned_change& x) {
  out << x.action << " " << x.object;
  for (const auto& difference : x.differences)
    out << " [" << difference << "]";
  return out;
}

} // namespace dw

namespace {

using texts = std::vector<std::string>;

const std::string old_digest = "sha256:" + std::string(64, 'a');
const std::string new_digest = "sha256:" + std::string(64, 'b');

deploy_spec make_spec(const std::string& tag) {
  deploy_spec result;
  result.project = "shop";
  result.stage = "prod";
  result.image = "example.com/shop";
  result.tag = tag;
  return result;
}

container_summary make_container(const deploy_spec& spec, int64_t created,
                                 container_state state) {
  container_summary result;
  result.id = "c" + std::to_string(created);
  result.name = container_name(spec.project, spec.stage, spec.tag);
  result.instance_id = "i" + std::to_string(created);
  result.state = state;
  result.created = created;
  result.labels[label::record] = write_record(spec);
  return result;
}

image_info make_image(const std::string& digest) {
  image_info result;
  result.id = "sha256:" + std::string(64, '1');
  result.repo_digests = {"example.com/shop@" + digest};
  return result;
}

/// A plan in which the image and the network are there.
plan_input quiet_input() {
  plan_input result;
  result.network_exists = true;
  result.local_image = make_image(old_digest);
  result.registry_digest = old_digest;
  return result;
}

/// The same, with `spec` as what serves since the second `created`.
plan_input input_with(const deploy_spec& spec, int64_t created = 5) {
  auto result = quiet_input();
  result.state.current
    = make_container(spec, created, container_state::running);
  container_info info;
  info.id = result.state.current->id;
  info.env = spec.env;
  result.current = info;
  return result;
}

proxy_host make_host(const deploy_spec& owner) {
  proxy_host result;
  result.id = 7;
  result.domains = {"shop.test"};
  result.target.host = "127.0.0.1";
  result.target.port = 32768;
  result.meta = npm::write_owner("{}", {owner.project, owner.stage, "i5"});
  return result;
}

/// The changes of one action.
std::vector<planned_change>
changes(const std::string& action, const deploy_spec& spec,
        const plan_input& input) {
  auto result = plan_deploy(spec, input);
  std::erase_if(result, [&](const auto& x) { return x.action != action; });
  return result;
}

/// The differences of the container that is created.
texts differences(const deploy_spec& before, const deploy_spec& after) {
  auto input = input_with(before);
  auto created = changes("create", after, input);
  BOOST_REQUIRE(created.size() == 1u);
  return created[0].differences;
}

} // namespace

BOOST_AUTO_TEST_SUITE(a_plan)

BOOST_AUTO_TEST_CASE(of_a_first_deploy_makes_everything) {
  auto spec = make_spec("1");
  spec.domains = {"shop.test", "www.shop.test"};
  plan_input input;
  input.registry_digest = new_digest;
  std::vector<planned_change> expected{
    {"pull", "image example.com/shop:1", {"digest: (none) -> " + new_digest}},
    {"create", "network staging-net", {}},
    {"create", "container dw-shop-prod-1", {}},
    {"create",
     "proxy host",
     {"domains: shop.test, www.shop.test",
      "forward: 127.0.0.1:(assigned at start)"}},
  };
  BOOST_TEST(plan_deploy(spec, input) == expected,
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(is_only_a_container_where_all_else_is_there) {
  std::vector<planned_change> expected{
    {"create", "container dw-shop-prod-1", {}}};
  BOOST_TEST(plan_deploy(make_spec("1"), quiet_input()) == expected,
             boost::test_tools::per_element());
}

// -- the image ----------------------------------------------------------------

BOOST_AUTO_TEST_CASE(pulls_what_the_registry_has_anew) {
  auto input = quiet_input();
  input.registry_digest = new_digest;
  auto pulls = changes("pull", make_spec("1"), input);
  BOOST_REQUIRE(pulls.size() == 1u);
  BOOST_TEST((pulls[0].differences
              == texts{"digest: " + old_digest + " -> " + new_digest}));
}

BOOST_AUTO_TEST_CASE(tells_what_the_registry_says_instead_of_a_digest) {
  auto input = quiet_input();
  input.registry_digest.clear();
  input.registry_reply = "manifest unknown";
  auto pulls = changes("pull", make_spec("1"), input);
  BOOST_REQUIRE(pulls.size() == 1u);
  BOOST_TEST(
    (pulls[0].differences == texts{"the registry says: manifest unknown"}));
}

BOOST_AUTO_TEST_CASE(pulls_a_missing_image_only_if_it_may) {
  auto spec = make_spec("1");
  auto input = quiet_input();
  input.local_image = caf::none;
  for (auto [policy, count] :
       {std::pair{pull_policy::always, 1u}, std::pair{pull_policy::missing, 1u},
        std::pair{pull_policy::never, 0u}}) {
    spec.pull = policy;
    BOOST_TEST(changes("pull", spec, input).size() == count, to_string(policy));
  }
}

BOOST_AUTO_TEST_CASE(pulls_nothing_that_is_there_by_its_digest) {
  auto spec = make_spec("1");
  spec.digest = old_digest;
  BOOST_TEST(changes("pull", spec, quiet_input()).empty());
}

BOOST_AUTO_TEST_CASE(names_the_digest_of_an_image_that_has_one) {
  auto spec = make_spec("1");
  spec.digest = new_digest;
  auto input = quiet_input();
  input.local_image = caf::none;
  auto pulls = changes("pull", spec, input);
  BOOST_REQUIRE(pulls.size() == 1u);
  BOOST_TEST(pulls[0].object.ends_with("@" + new_digest), pulls[0].object);
}

BOOST_AUTO_TEST_CASE(asks_the_registry_only_if_nothing_else_knows) {
  auto spec = make_spec("1");
  auto with = quiet_input();
  auto without = quiet_input();
  without.local_image = caf::none;
  BOOST_TEST(asks_registry(spec, with));
  spec.pull = pull_policy::missing;
  BOOST_TEST(!asks_registry(spec, with));
  BOOST_TEST(asks_registry(spec, without));
  spec.pull = pull_policy::never;
  BOOST_TEST(!asks_registry(spec, without));
  spec.pull = pull_policy::always;
  spec.digest = old_digest;
  BOOST_TEST(!asks_registry(spec, without));
}

// -- what changes in the container --------------------------------------------

BOOST_AUTO_TEST_CASE(finds_no_difference_between_the_same_specs) {
  auto spec = make_spec("1");
  spec.digest = old_digest;
  spec.env = {{"A", secret{"a"}}};
  spec.command = {"run", "it"};
  spec.volumes = {"data:/data"};
  BOOST_TEST(differences(spec, spec).empty());
}

BOOST_AUTO_TEST_CASE(tells_each_member_that_differs) {
  auto before = make_spec("1");
  before.digest = old_digest;
  auto expect = [&](auto change, const std::string& text) {
    auto after = before;
    change(after);
    auto found = differences(before, after);
    BOOST_TEST(found == texts{text}, boost::test_tools::per_element());
  };
  expect([](auto& x) { x.tag = "2"; }, "tag: 1 -> 2");
  expect([](auto& x) { x.digest = new_digest; },
         "digest: " + old_digest + " -> " + new_digest);
  expect([](auto& x) { x.port = 80; }, "port: 0 -> 80");
  expect([](auto& x) { x.command = {"a", "b"}; }, "command: (none) -> a, b");
  expect([](auto& x) { x.volumes = {"v:/v"}; }, "volumes: (none) -> v:/v");
  expect([](auto& x) { x.resources.memory = 1024; },
         "resources.memory: 0 -> 1024");
  expect([](auto& x) { x.resources.nano_cpus = 5; },
         "resources.nano_cpus: 0 -> 5");
  expect([](auto& x) { x.resources.pids = 9; }, "resources.pids: 0 -> 9");
  expect([](auto& x) { x.restart_policy = "no"; },
         "restart: unless-stopped -> no");
  expect([](auto& x) { x.health.path = "/up"; }, "health.path: (none) -> /up");
  expect([](auto& x) { x.health.command = {"true"}; },
         "health.command: (none) -> true");
}

BOOST_AUTO_TEST_CASE(tells_another_image) {
  auto before = make_spec("1");
  before.digest = old_digest;
  auto after = before;
  after.image = "example.com/other";
  auto found = differences(before, after);
  BOOST_REQUIRE(!found.empty());
  BOOST_TEST(found[0] == "image: example.com/shop -> example.com/other");
}

BOOST_AUTO_TEST_CASE(does_not_compare_a_port_that_the_image_decides) {
  auto before = make_spec("1");
  before.digest = old_digest;
  before.port = 8080;
  auto after = before;
  after.port = 0;
  BOOST_TEST(differences(before, after).empty());
}

BOOST_AUTO_TEST_CASE(names_variables_and_never_shows_their_values) {
  auto before = make_spec("1");
  before.digest = old_digest;
  before.env = {{"SAME", secret{"hidden-1"}}, {"OTHER", secret{"hidden-2"}}};
  auto after = before;
  after.env = {{"SAME", secret{"hidden-1"}},
               {"OTHER", secret{"hidden-3"}},
               {"NEW", secret{"hidden-4"}}};
  BOOST_TEST((differences(before, after)
              == texts{"env OTHER: changed", "env NEW: added"}));
  for (const auto& change : plan_deploy(after, input_with(before)))
    for (const auto& text : change.differences)
      BOOST_TEST(text.find("hidden") == std::string::npos, text);
}

BOOST_AUTO_TEST_CASE(does_without_a_record_that_cannot_be_read) {
  auto input = input_with(make_spec("1"));
  input.state.current->labels[label::record] = "no JSON";
  auto created = changes("create", make_spec("2"), input);
  BOOST_REQUIRE(created.size() == 1u);
  BOOST_TEST(created[0].differences.empty());
}

// -- the other containers -----------------------------------------------------

BOOST_AUTO_TEST_CASE(keeps_what_it_replaces_and_removes_what_was_kept) {
  auto input = input_with(make_spec("2"));
  input.state.retired
    = {make_container(make_spec("1"), 1, container_state::exited)};
  BOOST_TEST(
    (changes("stop", make_spec("3"), input)
     == std::vector<planned_change>{
       {"stop", "container dw-shop-prod-2", {"kept for a rollback"}}}));
  BOOST_TEST((changes("remove", make_spec("3"), input)
              == std::vector<planned_change>{
                {"remove", "container dw-shop-prod-1", {}}}));
}

BOOST_AUTO_TEST_CASE(removes_all_that_it_replaces_if_none_is_kept) {
  auto spec = make_spec("2");
  spec.keep = 0;
  auto input = input_with(make_spec("1"));
  BOOST_TEST(changes("stop", spec, input).empty());
  BOOST_TEST((changes("remove", spec, input)
              == std::vector<planned_change>{
                {"remove", "container dw-shop-prod-1", {}}}));
}

BOOST_AUTO_TEST_CASE(renames_what_has_the_name_of_the_new_one) {
  auto name = container_name("shop", "prod", "1");
  auto aside = replaced_name(name, "i5");
  auto input = input_with(make_spec("1"));
  BOOST_TEST(
    (changes("rename", make_spec("1"), input)
     == std::vector<planned_change>{
       {"rename", "container " + name, {"name: " + name + " -> " + aside}}}));
  auto stops = changes("stop", make_spec("1"), input);
  BOOST_REQUIRE(stops.size() == 1u);
  BOOST_TEST(stops[0].object == "container " + aside);
}

BOOST_AUTO_TEST_CASE(removes_what_an_interrupted_deploy_left) {
  auto input = input_with(make_spec("1"));
  input.state.unfinished
    = {make_container(make_spec("2"), 9, container_state::running)};
  BOOST_TEST(
    (changes("remove", make_spec("3"), input)
     == std::vector<planned_change>{{"remove",
                                     "container dw-shop-prod-2",
                                     {"left over by an interrupted deploy"}}}));
}

// -- services of a swarm ------------------------------------------------------

BOOST_AUTO_TEST_CASE(creates_a_service_beside_one_that_has_a_route) {
  auto spec = make_spec("2");
  spec.target = deploy_target::swarm;
  spec.domains = {"shop.test"};
  auto old = make_spec("1");
  old.digest = old_digest;
  auto input = input_with(old);
  input.state.current->id = "c19lfqx8n16pf157dnn447lal";
  auto created = changes("create", spec, input);
  BOOST_REQUIRE(!created.empty());
  BOOST_TEST(created[0].object == "service dw-shop-prod-2");
  BOOST_TEST(created[0].differences == texts{"tag: 1 -> 2"},
             boost::test_tools::per_element());
  std::vector<planned_change> expected{
    {"stop", "service dw-shop-prod-1", {"kept for a rollback"}}};
  BOOST_TEST(changes("stop", spec, input) == expected,
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(updates_a_service_without_a_route_in_place) {
  auto spec = make_spec("2");
  spec.target = deploy_target::swarm;
  auto old = make_spec("1");
  old.digest = old_digest;
  auto input = input_with(old);
  std::vector<planned_change> first{
    {"create", "service dw-shop-prod", {"tag: 1 -> 2"}}};
  BOOST_TEST(changes("create", spec, input) == first,
             boost::test_tools::per_element());
  input.state.current->id = "c19lfqx8n16pf157dnn447lal";
  std::vector<planned_change> expected{
    {"update", "service dw-shop-prod-1", {"tag: 1 -> 2"}}};
  BOOST_TEST(plan_deploy(spec, input) == expected,
             boost::test_tools::per_element());
}

// -- the proxy ----------------------------------------------------------------

BOOST_AUTO_TEST_CASE(leaves_the_proxy_alone_without_domains) {
  BOOST_TEST(
    changes("update", make_spec("2"), input_with(make_spec("1"))).empty());
}

BOOST_AUTO_TEST_CASE(points_the_host_of_the_stage_to_the_new_container) {
  auto spec = make_spec("2");
  spec.domains = {"shop.test"};
  auto input = input_with(make_spec("1"));
  input.state.hosts = {make_host(spec)};
  BOOST_TEST((changes("update", spec, input)
              == std::vector<planned_change>{
                {"update",
                 "proxy host 7",
                 {"forward: 127.0.0.1:32768 -> 127.0.0.1:(assigned at "
                  "start)"}}}));
  BOOST_TEST(changes("create", spec, input).size() == 1u);
}

BOOST_AUTO_TEST_CASE(says_that_a_container_is_reached_by_its_name) {
  auto spec = make_spec("2");
  spec.domains = {"shop.test"};
  spec.forward = forward_mode::network;
  auto created = changes("create", spec, quiet_input());
  BOOST_REQUIRE(created.size() == 2u);
  BOOST_TEST((created[1].differences
              == texts{"domains: shop.test",
                       "forward: the new container's name and port"}));
}

BOOST_AUTO_TEST_CASE(tells_domains_that_change_regardless_of_their_order) {
  auto spec = make_spec("2");
  auto input = input_with(make_spec("1"));
  input.state.hosts = {make_host(spec)};
  input.state.hosts[0].domains = {"a.test", "b.test"};
  spec.domains = {"b.test", "a.test"};
  BOOST_TEST(changes("update", spec, input)[0].differences.size() == 1u);
  spec.domains = {"b.test", "c.test"};
  auto found = changes("update", spec, input)[0].differences;
  BOOST_REQUIRE(found.size() == 2u);
  BOOST_TEST(found[1] == "domains: a.test, b.test -> b.test, c.test");
}

BOOST_AUTO_TEST_CASE(tells_that_a_foreign_host_is_refused_or_adopted) {
  auto spec = make_spec("2");
  spec.domains = {"shop.test"};
  auto input = input_with(make_spec("1"));
  input.state.hosts = {make_host(spec)};
  input.state.hosts[0].meta = "{}";
  auto refused = changes("update", spec, input)[0].differences;
  BOOST_REQUIRE(refused.size() == 2u);
  BOOST_TEST(refused[1].starts_with("refused: "), refused[1]);
  spec.adopt = true;
  auto adopted = changes("update", spec, input)[0].differences;
  BOOST_REQUIRE(adopted.size() == 2u);
  BOOST_TEST(adopted[1].starts_with("adopted: "), adopted[1]);
}

BOOST_AUTO_TEST_SUITE_END()
