#include "tests/support/docker_exchange.hpp"
#include "transports/docker_api.hpp"

using namespace dw;
using namespace dw::test;

BOOST_AUTO_TEST_CASE(ping_negotiates_the_newest_version_both_speak) {
  auto x = load("ping-get");
  auto request = docker::ping();
  check_request(x, request);
  auto info = value_of(docker::parse_ping(answer(x, request)));
  BOOST_TEST(info.api_version == "1.41");
  BOOST_TEST(info.max_api_version == "1.41");
}

BOOST_AUTO_TEST_CASE(an_answer_without_the_body_of_a_ping_is_no_engine) {
  auto x = load("ping-head");
  auto request = docker::ping();
  check_error(docker::parse_ping(answer(x, request)), errc::bad_reply, request,
              x, "no Docker Engine answers like this", "engine's address");
}

BOOST_AUTO_TEST_CASE(version_is_read) {
  auto x = load("version");
  auto request = docker::version();
  check_request(x, request);
  auto info = value_of(docker::parse_version(answer(x, request)));
  BOOST_TEST(info.max_api_version == "1.41");
  BOOST_TEST(info.release == "20.10.24+dfsg1");
  BOOST_TEST(info.os == "linux");
  BOOST_TEST(info.arch == "amd64");
  BOOST_TEST(info.api_version == "");
}

BOOST_AUTO_TEST_CASE(other_objects_are_not_taken_for_a_version) {
  auto request = docker::version();
  for (const auto* name :
       {"info", "distribution-inspect", "images-prune-dangling"}) {
    auto x = load(name);
    check_error(docker::parse_version(answer(x, request)), errc::bad_reply,
                request, x, "ApiVersion is not a text, or empty",
                "Is this a Docker Engine?");
  }
}

BOOST_AUTO_TEST_CASE(a_version_that_the_engine_does_not_speak_is_told_apart) {
  auto request = docker::list_containers({});
  for (auto [name, reply] :
       {std::pair{"error-version-too-new",
                  "client version 1.52 is too new. Maximum supported API "
                  "version is 1.41"},
        std::pair{"error-version-too-old",
                  "client version 1.11 is too old. Minimum supported API "
                  "version is 1.12, please upgrade your client to a newer "
                  "version"}}) {
    auto x = load(name);
    auto result = docker::parse_container_list(answer(x, request), {});
    check_error(result, errc::version_mismatch, request, x, reply,
                "negotiated");
    BOOST_TEST(is_transient(result.error()));
  }
}

BOOST_AUTO_TEST_CASE(a_page_that_no_engine_has_is_not_a_missing_object) {
  auto x = load("error-page-not-found");
  auto request = value_of(docker::inspect_container(full_id));
  check_error(docker::parse_container(answer(x, request)), errc::bad_reply,
              request, x, "page not found", "Is this a Docker Engine?");
  auto removal = value_of(docker::remove_container(full_id, true));
  check_error(docker::check_done(answer(x, removal)), errc::bad_reply, removal,
              x, "page not found", "Is this a Docker Engine?");
}

BOOST_AUTO_TEST_CASE(bad_filters_are_told_by_their_status) {
  auto request = docker::list_containers({});
  auto invalid = load("error-invalid-filter");
  check_path(invalid, request);
  check_error(docker::parse_container_list(answer(invalid, request), {}),
              errc::rejected, request, invalid, "Invalid filter 'bogus'", "");
  auto malformed = load("error-malformed-filters");
  check_path(malformed, request);
  check_error(docker::parse_container_list(answer(malformed, request), {}),
              errc::peer_failed, request, malformed,
              "invalid character 'x' looking for beginning of value", "");
}
