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

BOOST_AUTO_TEST_CASE(errors_about_images_are_told_apart) {
  auto request = value_of(docker::inspect_image("demo/base:1"));
  auto in_use = load("image-remove-in-use-running");
  check_error(docker::to_error(answer(in_use, request)), errc::conflict,
              request, in_use,
              "conflict: unable to remove repository reference "
              "\"demo/base:1\" (must force) - container 83bec8c5affb is using "
              "its referenced image d0b918f9dae9",
              "");
  auto missing = load("image-remove-not-found");
  check_error(docker::to_error(answer(missing, request)), errc::not_found,
              request, missing, "No such image: demo/none:1", "Pull the image");
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
