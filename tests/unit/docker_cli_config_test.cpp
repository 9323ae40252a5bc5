#include "messages/error.hpp"
#include "transports/docker_cli_config.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

using namespace dw;

namespace {

docker_cli_config parsed(const std::string& text) {
  auto result = parse_docker_cli_config(text, "config.json");
  BOOST_REQUIRE_MESSAGE(result, text);
  return *result;
}

caf::error refused(const std::string& text) {
  auto result = parse_docker_cli_config(text, "config.json");
  BOOST_REQUIRE_MESSAGE(!result, text);
  BOOST_TEST((code_of(result.error()) == errc::invalid_argument));
  BOOST_TEST(failure_of(result.error()).object == "config.json");
  BOOST_TEST(!failure_of(result.error()).reply.empty());
  return result.error();
}

} // namespace

BOOST_AUTO_TEST_CASE(logins_are_read_from_all_forms) {
  // "YWxpY2U6cGE6c3M=" is "alice:pa:ss", "Ym9iOnB3AAA=" is "bob:pw" and NULs.
  auto config = parsed(R"({
    "auths": {
      "https://index.docker.io/v1/": {"auth": "YWxpY2U6cGE6c3M="},
      "example.org": {"auth": "Ym9iOnB3AAA="},
      "https://old.example.com:5000/v2/": {"username": "u", "password": "p"},
      "token.example.com": {"auth": "YWxpY2U6cGE6c3M=",
                            "identitytoken": "t0ken"},
      "in-a-helper.example.com": {}
    },
    "HttpHeaders": {"User-Agent": "x"},
    "credsStore": "secretservice",
    "credHelpers": {"example.net": "gcloud", "https://index.docker.io/v1/": "pass"}
  })");
  BOOST_TEST(config.logins.size() == 4u);
  auto& hub = config.logins.at("docker.io");
  BOOST_TEST(hub.username == "alice");
  BOOST_TEST(hub.password.reveal() == "pa:ss");
  BOOST_TEST(hub.identity_token.empty());
  BOOST_TEST(config.logins.at("example.org").password.reveal() == "pw");
  BOOST_TEST(config.logins.at("old.example.com:5000").username == "u");
  BOOST_TEST(config.logins.at("old.example.com:5000").password.reveal() == "p");
  BOOST_TEST(config.logins.at("token.example.com").identity_token.reveal()
             == "t0ken");
  BOOST_TEST(config.helpers.at("example.net") == "gcloud");
  BOOST_TEST(config.helpers.at("docker.io") == "pass");
  BOOST_TEST(config.store == "secretservice");
}

BOOST_AUTO_TEST_CASE(what_is_not_there_is_no_problem) {
  for (auto text :
       {"{}", R"({"auths":null,"credHelpers":null,"credsStore":null})",
        R"({"auths":[],"credHelpers":"x","credsStore":7})",
        R"({"auths":{"example.org":null,"x.test":"y","z.test":{"auth":7}}})"}) {
    auto config = parsed(text);
    BOOST_TEST(config.logins.empty());
    BOOST_TEST(config.helpers.empty());
    BOOST_TEST(config.store == "");
  }
}

BOOST_AUTO_TEST_CASE(a_bad_file_is_refused_without_quoting_it) {
  refused("");
  refused("[]");
  refused("null");
  refused("{\"auths\":{");
  // "aHVudGVyMg==" is "hunter2", without a user.
  for (auto auth : {"aHVudGVyMg==", "hunter2!", "OnB3"}) {
    auto err = refused(R"({"auths":{"example.org":{"auth":")"
                       + std::string{auth} + R"("}}})");
    BOOST_TEST(render(err).find(auth) == std::string::npos);
    BOOST_TEST(render(err).find("example.org") != std::string::npos);
  }
}

BOOST_AUTO_TEST_CASE(a_helper_is_only_ever_part_of_a_name) {
  for (auto suffix : {"../evil", "a b", "-x", ".x", "x;y", "/bin/sh"}) {
    refused(R"({"credsStore":")" + std::string{suffix} + "\"}");
    refused(R"({"credHelpers":{"example.org":")" + std::string{suffix}
            + "\"}}");
  }
  refused(R"({"credHelpers":{"example.org":""}})");
  BOOST_TEST(parsed(R"({"credsStore":"ecr-login"})").store == "ecr-login");
}

BOOST_AUTO_TEST_CASE(helpers_know_docker_hub_by_an_old_name) {
  BOOST_TEST(credential_server("docker.io") == "https://index.docker.io/v1/");
  BOOST_TEST(credential_server("example.org") == "example.org");
  BOOST_TEST(credential_server("127.0.0.1:5000") == "127.0.0.1:5000");
}

BOOST_AUTO_TEST_CASE(the_answer_of_a_helper_is_a_password_or_a_token) {
  auto login = parse_helper_answer(
    R"({"ServerURL":"x","Username":"alice","Secret":"s3cret"})"
    "\n",
    "pass");
  BOOST_REQUIRE(login);
  BOOST_TEST(login->username == "alice");
  BOOST_TEST(login->password.reveal() == "s3cret");
  BOOST_TEST(login->identity_token.empty());
  auto token
    = parse_helper_answer(R"({"Username":"<token>","Secret":"t0ken"})", "pass");
  BOOST_REQUIRE(token);
  BOOST_TEST(token->username == "");
  BOOST_TEST(token->password.empty());
  BOOST_TEST(token->identity_token.reveal() == "t0ken");
}

BOOST_AUTO_TEST_CASE(a_bad_answer_of_a_helper_is_not_quoted) {
  for (auto text :
       {"", "s3cret", R"({"Username":"alice"})", R"({"Secret":"s3cret"})",
        R"({"Username":"","Secret":"s3cret"})",
        R"({"Username":"alice","Secret":7})", R"({"Secret":"s3cret")"}) {
    auto result = parse_helper_answer(text, "pass");
    BOOST_REQUIRE(!result);
    BOOST_TEST((code_of(result.error()) == errc::bad_reply));
    BOOST_TEST(failure_of(result.error()).object == "pass");
    BOOST_TEST(render(result.error()).find("s3cret") == std::string::npos);
  }
}
