#include "tests/support/docker_exchange.hpp"
#include "transports/docker_api.hpp"

using namespace dw;
using namespace dw::test;

namespace {

http_request connect(const std::string& network,
                     const std::vector<std::string>& aliases = {}) {
  return value_of(docker::connect_network(network, full_id, aliases));
}

http_request create(const std::string& name) {
  return value_of(docker::create_network(name));
}

} // namespace

BOOST_AUTO_TEST_CASE(a_network_is_found_by_its_exact_name) {
  auto x = load("networks-list-by-name-substring");
  auto request = value_of(docker::list_networks("pr-net"));
  check_request(x, request);
  BOOST_TEST("/v1.41" + request.target == x.path);
  auto found
    = value_of(docker::parse_network_list(answer(x, request), "pr-net"));
  BOOST_REQUIRE(found.size() == 1u);
  network_info expected{"c2d50829bacd8be6951657145f38b385b915280c731da0be624b58"
                        "fefc83a27f",
                        "pr-net", "bridge", "2026-11-23T15:35:05.078273386Z"};
  BOOST_TEST((found[0] == expected));
  BOOST_TEST(
    value_of(docker::parse_network_list(answer(x, request), "pr")).empty());
}

BOOST_AUTO_TEST_CASE(a_single_network_is_no_list) {
  auto request = value_of(docker::list_networks("pr-net"));
  for (const auto* name : {"network-inspect", "network-inspect-overlay"}) {
    auto x = load(name);
    check_error(docker::parse_network_list(answer(x, request), "pr-net"),
                errc::bad_reply, request, x, "the JSON is not an array",
                "Is this a Docker Engine?");
  }
}

BOOST_AUTO_TEST_CASE(a_network_is_created) {
  auto x = load("network-create");
  auto request = create("pr-net");
  check_request(x, request);
  check_body(x, request);
  BOOST_TEST(value_of(docker::parse_network_created(answer(x, request)))
             == "c2d50829bacd8be6951657145f38b385b915280c731da0be624b58fefc83a"
                "27f");
}

BOOST_AUTO_TEST_CASE(the_id_of_an_overlay_network_is_read_as_well) {
  auto x = load("network-create-overlay");
  auto request = value_of(docker::create_network("pr-ov", true));
  check_request(x, request);
  check_body(x, request);
  auto id = value_of(docker::parse_network_created(answer(x, request)));
  BOOST_TEST(id == "olgmp1dl6zo6sr2181tx6se5g");
  BOOST_TEST(value_of(docker::remove_network(id)).target == "/networks/" + id);
}

BOOST_AUTO_TEST_CASE(a_network_that_exists_is_a_conflict) {
  auto x = load("network-create-duplicate");
  auto request = create("pr-net");
  check_request(x, request);
  check_body(x, request);
  check_error(docker::parse_network_created(answer(x, request)), errc::conflict,
              request, x, "network with name pr-net already exists", "");
}

BOOST_AUTO_TEST_CASE(exhausted_addresses_are_not_a_missing_object) {
  auto x = load("network-create-error-pool-exhausted");
  auto request = create("pr-pool27");
  check_request(x, request);
  check_error(docker::parse_network_created(answer(x, request)), errc::rejected,
              request, x,
              "could not find an available, non-overlapping IPv4 address pool "
              "among the defaults to assign to the network",
              "Remove unused networks");
}

BOOST_AUTO_TEST_CASE(an_ambiguous_name_is_a_conflict) {
  auto x = load("network-inspect-ambiguous");
  auto request = connect("pr-race-None");
  check_error(docker::check_done(answer(x, request)), errc::conflict, request,
              x,
              "20 matches found based on name: network pr-race-None is "
              "ambiguous",
              "Remove all but one");
}

BOOST_AUTO_TEST_CASE(a_missing_network_is_not_found) {
  auto x = load("network-inspect-not-found");
  auto request = connect("pr-nonet");
  check_error(docker::check_done(answer(x, request)), errc::not_found, request,
              x, "network pr-nonet not found", "");
}

// -- connect ------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_container_is_connected) {
  auto x = load("network-connect");
  auto request = connect("pr-net", {"k-alias"});
  check_request(x, request);
  check_body(x, request, "pr-k");
  BOOST_TEST(!docker::check_done(answer(x, request)));
  BOOST_TEST(is_within(parse_json(x.request.body),
                       parse_json(with_name(request.body, "pr-k"))));
}

BOOST_AUTO_TEST_CASE(what_is_connected_already_is_done) {
  auto x = load("network-connect-already");
  auto request = connect("pr-net");
  check_request(x, request);
  check_body(x, request, "pr-k");
  BOOST_TEST(!docker::check_done(answer(x, request)));
  // For any other operation it is a failure.
  auto start = value_of(docker::start_container(full_id));
  check_error(docker::check_done(answer(x, start)), errc::forbidden, start, x,
              "endpoint with name pr-k already exists in network pr-net", "");
}

BOOST_AUTO_TEST_CASE(the_answer_to_connect_says_what_is_missing) {
  auto network = load("network-connect-network-not-found");
  auto request = connect("pr-nonet");
  check_request(network, request);
  check_body(network, request, "pr-k");
  check_error(docker::check_done(answer(network, request)), errc::not_found,
              request, network, "network pr-nonet not found", "");
  auto container = load("network-connect-container-not-found");
  request = connect("pr-net");
  check_request(container, request);
  check_body(container, request, "pr-nope");
  check_error(docker::check_done(answer(container, request)), errc::not_found,
              request, container, "No such container: pr-nope", "");
}

// -- remove -------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_network_that_is_gone_is_removed) {
  auto x = load("network-remove-not-found");
  auto request = value_of(docker::remove_network(full_id));
  check_request(x, request, "pr-nonet");
  BOOST_TEST(!docker::check_done(answer(x, request)));
}

BOOST_AUTO_TEST_CASE(a_network_that_is_used_is_not_removed) {
  auto request = value_of(docker::remove_network(full_id));
  auto active = load("network-remove-active-endpoints");
  check_request(active, request, "pr-net");
  check_error(docker::check_done(answer(active, request)), errc::conflict,
              request, active,
              "error while removing network: network pr-net id c2d50829bacd8be"
              "6951657145f38b385b915280c731da0be624b58fefc83a27f has active "
              "endpoints",
              "Disconnect");
  auto overlay = load("network-remove-overlay-in-use");
  check_request(overlay, request, "pr-ov");
  check_error(docker::check_done(answer(overlay, request)), errc::conflict,
              request, overlay,
              "rpc error: code = FailedPrecondition desc = network "
              "olgmp1dl6zo6sr2181tx6se5g is in use by service "
              "92mn6dkfps8tssa205rsu2f1g",
              "Remove what uses the network");
  auto predefined = load("network-remove-predefined");
  check_request(predefined, request, "bridge");
  check_error(docker::check_done(answer(predefined, request)), errc::rejected,
              request, predefined,
              "bridge is a pre-defined network and cannot be removed", "");
}
