#include "tests/support/docker_exchange.hpp"
#include "transports/docker_api.hpp"

using namespace dw;
using namespace dw::test;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_CASE(an_image_is_read) {
  auto x = load("image-inspect");
  auto request = value_of(docker::inspect_image("demo/health:1"));
  check_request(x, request);
  image_info expected;
  expected.id = "sha256:40a1676631df66106e6bd4e1919ca5aed9247b0cb4d45fd5908f730"
                "fe56520ed";
  expected.repo_tags = {"127.0.0.1:5000/demo/health:1", "demo/health:1"};
  expected.repo_digests = {"127.0.0.1:5000/demo/"
                           "health@sha256:9b41562521613225d2e278a5ccd76ff15df1"
                           "aa5a4adabebed730238d1ff4b578"};
  expected.exposed_ports = {"5353/udp", "8080/tcp", "9090/tcp"};
  expected.healthcheck = health_check{{"CMD", "/bin/wget", "-q", "-O", "-",
                                       "http://127.0.0.1:8080/index.html"},
                                      1s,
                                      2s,
                                      5s,
                                      0s,
                                      3};
  expected.labels = {{"com.example.team", "core"},
                     {"org.opencontainers.image.version", "1.2.3"}};
  expected.env = {"PATH=/bin", "GREETING=hello"};
  expected.size = 1982363;
  auto image = value_of(docker::parse_image(answer(x, request)));
  BOOST_TEST((image == expected));
}

BOOST_AUTO_TEST_CASE(a_missing_image_is_not_found) {
  auto x = load("image-inspect-not-found");
  auto request = value_of(docker::inspect_image("demo/none:1"));
  check_request(x, request);
  check_error(docker::parse_image(answer(x, request)), errc::not_found, request,
              x, "no such image: demo/none:1: No such image: demo/none:1",
              "Pull the image");
}

namespace {

constexpr auto recorded_id = "sha256:8d861c26dd699ef751ae022582edad07d7a06b82db"
                             "0c52a24fd849ad8de585b2";

} // namespace

BOOST_AUTO_TEST_CASE(an_image_is_removed_by_its_id_and_a_name_by_itself) {
  for (const auto& [name, reference] :
       {std::pair{"image-remove", recorded_id},
        std::pair{"image-remove-tag", "127.0.0.1:5000/shop-plain:stable"}}) {
    auto x = load(name);
    auto request = value_of(docker::remove_image(reference));
    check_request(x, request);
    BOOST_TEST(!docker::check_done(answer(x, request)));
  }
  auto untagged = load("image-untag");
  auto request = value_of(docker::remove_image("demo/base:1"));
  check_path(untagged, request);
  BOOST_TEST(!docker::check_done(answer(untagged, request)));
}

BOOST_AUTO_TEST_CASE(an_image_that_is_needed_is_not_removed) {
  auto request = value_of(docker::remove_image(recorded_id));
  auto stopped = load("image-remove-in-use-stopped");
  check_request(stopped, request);
  check_error(docker::check_done(answer(stopped, request)), errc::conflict,
              request, stopped,
              "conflict: unable to delete 8d861c26dd69 (must be forced) - "
              "image is being used by stopped container 1257ad8de83b",
              "");
  auto named = load("image-remove-several-tags");
  check_request(named, request);
  check_error(docker::check_done(answer(named, request)), errc::conflict,
              request, named,
              "conflict: unable to delete 8d861c26dd69 (must be forced) - "
              "image is referenced in multiple repositories",
              "");
  auto running = load("image-remove-in-use-running");
  auto by_name = value_of(docker::remove_image("demo/base:1"));
  check_path(running, by_name);
  check_error(docker::check_done(answer(running, by_name)), errc::conflict,
              by_name, running,
              "conflict: unable to remove repository reference "
              "\"demo/base:1\" (must force) - container 83bec8c5affb is using "
              "its referenced image d0b918f9dae9",
              "");
}

BOOST_AUTO_TEST_CASE(an_image_that_is_gone_is_not_found) {
  auto gone = load("image-remove-gone");
  auto request = value_of(docker::remove_image(recorded_id));
  check_request(gone, request);
  check_error(docker::check_done(answer(gone, request)), errc::not_found,
              request, gone, std::string{"No such image: "} + recorded_id,
              "Pull the image");
  auto missing = load("image-remove-not-found");
  auto by_name = value_of(docker::remove_image("demo/none:1"));
  check_path(missing, by_name);
  check_error(docker::check_done(answer(missing, by_name)), errc::not_found,
              by_name, missing, "No such image: demo/none:1", "Pull the image");
}

BOOST_AUTO_TEST_CASE(a_registrys_digest_is_read) {
  auto x = load("distribution-inspect");
  registry_credentials login{"alice", secret{"secret"}, {}};
  auto request
    = value_of(docker::find_digest("127.0.0.1:5000/demo/svc:1", login));
  check_request(x, request);
  auto found = value_of(docker::parse_digest(answer(x, request)));
  BOOST_TEST(
    found.digest
    == "sha256:e119c33ba4c0d1f702bfba51b2f65422dd6c1b49279997cbd388e551"
       "7fad5089");
  auto other = load("image-inspect");
  check_error(docker::parse_digest(answer(other, request)), errc::bad_reply,
              request, other, "Descriptor is not an object",
              "Is this a Docker Engine?");
}

BOOST_AUTO_TEST_CASE(other_answers_are_not_taken_for_an_image) {
  auto request = value_of(docker::inspect_image("demo/base:1"));
  for (const auto* name : {"image-untag", "container-update-restart-policy"}) {
    auto x = load(name);
    check_error(docker::parse_image(answer(x, request)), errc::bad_reply,
                request, x, "Id is not a text, or empty",
                "Is this a Docker Engine?");
  }
}
