// Networks of a real engine.

#include "tests/integration/engine_fixture.hpp"

using namespace dw;
using namespace dw::test;

BOOST_FIXTURE_TEST_SUITE(engine_networks, engine_fixture)

BOOST_AUTO_TEST_CASE(a_network_is_created_once_and_found_from_then_on) {
  auto name = network_name("net");
  auto err = refusal<network_info>(to.networks, find_network{{}, name});
  check_failure(err, errc::not_found, name);
  auto made = ask<network_info>(to.networks, ensure_network{{}, name});
  BOOST_TEST(made.name == name);
  BOOST_TEST(made.driver == "bridge");
  BOOST_TEST(
    (ask<network_info>(to.networks, ensure_network{{}, name}) == made));
  BOOST_TEST((ask<network_info>(to.networks, find_network{{}, name}) == made));
}

BOOST_AUTO_TEST_CASE(a_name_within_another_is_not_taken_for_it) {
  auto longer = network_name("net-2");
  ask<network_info>(to.networks, ensure_network{{}, longer});
  auto name = network_name("net");
  auto err = refusal<network_info>(to.networks, find_network{{}, name});
  check_failure(err, errc::not_found, name);
}

BOOST_AUTO_TEST_CASE(many_who_ensure_a_network_at_once_get_the_same) {
  auto name = network_name("race");
  auto first = begin(to.networks, ensure_network{{}, name});
  std::vector<decltype(first)> others;
  for (auto i = 0; i < 9; ++i)
    others.push_back(begin(to.networks, ensure_network{{}, name}));
  auto made = outcome<network_info>(first);
  BOOST_TEST_REQUIRE(made.engaged());
  for (auto& x : others)
    BOOST_TEST((outcome<network_info>(x) == made));
  BOOST_TEST(networks_named(name).size() == 1u);
}

BOOST_AUTO_TEST_CASE(programs_that_ensure_a_network_at_once_keep_one) {
  auto name = network_name("race");
  service_set second{sys, engine_settings_of_environment()};
  service_set third{sys, engine_settings_of_environment()};
  auto a = begin(to.networks, ensure_network{{}, name});
  auto b = begin(second.handles().networks, ensure_network{{}, name});
  auto c = begin(third.handles().networks, ensure_network{{}, name});
  auto first = outcome<network_info>(a);
  BOOST_TEST_REQUIRE(first.engaged());
  for (auto* x : {&b, &c}) {
    auto other = outcome<network_info>(*x);
    BOOST_TEST_REQUIRE(other.engaged());
    BOOST_TEST(other->id == first->id);
  }
  // Those who lost the race remove what they made, and wait for no answer.
  BOOST_TEST(comes_true([&] { return networks_named(name).size() == 1; }));
  BOOST_TEST(networks_named(name)[0].id == first->id);
}

BOOST_AUTO_TEST_CASE(a_container_is_connected_as_often_as_somebody_asks) {
  auto network
    = ask<network_info>(to.networks, ensure_network{{}, network_name("net")});
  auto id = run(script("app", "sleep 60"));
  BOOST_TEST(!inspect(id).networks.contains(network.name));
  for (auto i = 0; i < 2; ++i)
    ask<done>(to.networks, connect_network{{}, network.id, id, {"alias"}});
  auto networks = inspect(id).networks;
  BOOST_TEST(networks[network.name] == network.id);
  auto endpoint = raw(id).at("NetworkSettings").at("Networks").at(network.name);
  BOOST_TEST(endpoint.at("Aliases").dump().find("\"alias\"")
             != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_container_that_is_gone_cannot_be_connected) {
  auto network
    = ask<network_info>(to.networks, ensure_network{{}, network_name("net")});
  auto gone = std::string(64, 'e');
  auto err
    = refusal<done>(to.networks, connect_network{{}, network.id, gone, {}});
  check_failure(err, errc::not_found, gone);
}

BOOST_AUTO_TEST_SUITE_END()
