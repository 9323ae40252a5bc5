#include "main/engine_endpoint.hpp"

#include "messages/error.hpp"
#include "tests/support/temp_directory.hpp"

#include <boost/test/unit_test.hpp>

#include <map>
#include <string>

using namespace dw;

namespace {

using variables = std::map<std::string, std::string>;

environment env_of(variables xs) {
  return [xs](const std::string& name) -> std::optional<std::string> {
    auto i = xs.find(name);
    return i == xs.end() ? std::nullopt : std::optional{i->second};
  };
}

engine_endpoint endpoint_of(const variables& xs) {
  auto result = engine_endpoint_from(env_of(xs));
  if (!result)
    BOOST_FAIL("failed: " << render(result.error()));
  return *result;
}

std::string refusal_of(const variables& xs) {
  auto result = engine_endpoint_from(env_of(xs));
  BOOST_REQUIRE(!result);
  BOOST_TEST(to_string(code_of(result.error())) == "invalid_argument");
  return failure_of(result.error()).reply;
}

constexpr auto certificate = "-----BEGIN CERTIFICATE-----\n";

struct certificates {
  certificates() {
    for (const auto* name : {"ca.pem", "cert.pem", "key.pem"})
      directory.write(name, certificate);
  }

  test::temp_directory directory;
};

const std::string forms
  = "unix:///PATH, tcp://HOST:PORT, http://HOST:PORT or https://HOST:PORT";

} // namespace

BOOST_AUTO_TEST_CASE(without_a_word_it_is_the_usual_socket) {
  auto x = endpoint_of({});
  BOOST_TEST(x.origin.socket_path == "/var/run/docker.sock");
  BOOST_TEST(x.origin.base_url == "http://localhost");
  BOOST_TEST(!x.origin.tls);
  BOOST_TEST(x.pinned_api_version.empty());
  BOOST_TEST(x.display == "unix:///var/run/docker.sock");
}

BOOST_AUTO_TEST_CASE(empty_variables_are_as_good_as_none) {
  BOOST_TEST((endpoint_of({{"DOCKER_HOST", ""},
                           {"DOCKER_TLS_VERIFY", ""},
                           {"DOCKER_CERT_PATH", ""},
                           {"DOCKER_API_VERSION", ""}})
              == endpoint_of({})));
}

BOOST_AUTO_TEST_CASE(a_unix_socket_may_be_elsewhere) {
  auto x = endpoint_of({{"DOCKER_HOST", "unix:///run/user/1000/docker.sock"}});
  BOOST_TEST(x.origin.socket_path == "/run/user/1000/docker.sock");
  BOOST_TEST(x.display == "unix:///run/user/1000/docker.sock");
}

BOOST_AUTO_TEST_CASE(a_unix_socket_has_no_tls_whatever_the_environment_says) {
  auto x = endpoint_of({{"DOCKER_HOST", "unix:///run/docker.sock"},
                        {"DOCKER_TLS_VERIFY", "1"},
                        {"DOCKER_CERT_PATH", "/nowhere"}});
  BOOST_TEST(!x.origin.tls);
  BOOST_TEST(!endpoint_of({{"DOCKER_TLS_VERIFY", "1"}}).origin.tls);
}

BOOST_AUTO_TEST_CASE(the_path_of_a_socket_has_at_most_107_bytes) {
  std::string longest = "/" + std::string(106, 'x');
  auto x = endpoint_of({{"DOCKER_HOST", "unix://" + longest}});
  BOOST_TEST(x.origin.socket_path == longest);
  BOOST_TEST(refusal_of({{"DOCKER_HOST", "unix://" + longest + "x"}})
             == "DOCKER_HOST: the path of a unix socket has at most 107 bytes, "
                "this one has 108");
}

BOOST_AUTO_TEST_CASE(the_path_of_a_socket_is_absolute) {
  BOOST_TEST(refusal_of({{"DOCKER_HOST", "unix://docker.sock"}})
             == "DOCKER_HOST: found \"unix://docker.sock\", expected an "
                "absolute path in it such as unix:///var/run/docker.sock");
}

BOOST_AUTO_TEST_CASE(tcp_without_tls_is_http_on_port_2375) {
  BOOST_TEST(
    endpoint_of({{"DOCKER_HOST", "tcp://engine.example.com"}}).origin.base_url
    == "http://engine.example.com:2375");
  auto x = endpoint_of({{"DOCKER_HOST", "tcp://[::1]:1234/"}});
  BOOST_TEST(x.origin.base_url == "http://[::1]:1234");
  BOOST_TEST(x.origin.socket_path.empty());
  BOOST_TEST(!x.origin.tls);
}

BOOST_AUTO_TEST_CASE(http_and_https_are_taken_as_they_are) {
  BOOST_TEST(
    endpoint_of({{"DOCKER_HOST", "http://10.0.0.5:2375"}}).origin.base_url
    == "http://10.0.0.5:2375");
  auto x = endpoint_of({{"DOCKER_HOST", "https://engine.example.com:2376"}});
  BOOST_TEST(x.origin.base_url == "https://engine.example.com:2376");
  BOOST_TEST(!x.origin.tls);
}

BOOST_FIXTURE_TEST_CASE(tls_verify_takes_the_files_of_the_certificate_path,
                        certificates) {
  auto x = endpoint_of({{"DOCKER_HOST", "tcp://engine.example.com"},
                        {"DOCKER_TLS_VERIFY", "1"},
                        {"DOCKER_CERT_PATH", directory.path()}});
  BOOST_TEST(x.origin.base_url == "https://engine.example.com:2376");
  BOOST_REQUIRE(x.origin.tls);
  BOOST_TEST(x.origin.tls->ca == directory.path("ca.pem"));
  BOOST_TEST(x.origin.tls->certificate == directory.path("cert.pem"));
  BOOST_TEST(x.origin.tls->key == directory.path("key.pem"));
  BOOST_TEST(!x.origin.insecure);
}

BOOST_AUTO_TEST_CASE(without_a_certificate_path_it_is_below_the_home) {
  test::temp_directory home;
  std::filesystem::create_directory(home.path(".docker"));
  for (const auto* name : {"ca.pem", "cert.pem", "key.pem"})
    home.write(std::string{".docker/"} + name, certificate);
  auto x = endpoint_of({{"DOCKER_HOST", "tcp://engine.example.com:2376"},
                        {"DOCKER_TLS_VERIFY", "yes"},
                        {"HOME", home.path()}});
  BOOST_REQUIRE(x.origin.tls);
  BOOST_TEST(x.origin.tls->ca == home.path(".docker/ca.pem"));
}

BOOST_FIXTURE_TEST_CASE(all_that_is_wrong_with_the_files_is_told,
                        certificates) {
  std::filesystem::remove(directory.path("ca.pem"));
  directory.write("key.pem", "not a key");
  auto expected = "DOCKER_CERT_PATH: cannot read the file \""
                  + directory.path("ca.pem")
                  + "\": No such file or directory\n"
                    "DOCKER_CERT_PATH: the file \""
                  + directory.path("key.pem")
                  + "\" is not in PEM format (no -----BEGIN line)";
  BOOST_TEST(refusal_of({{"DOCKER_HOST", "tcp://engine.example.com"},
                         {"DOCKER_TLS_VERIFY", "1"},
                         {"DOCKER_CERT_PATH", directory.path()}})
             == expected);
}

BOOST_FIXTURE_TEST_CASE(half_a_tls_configuration_is_refused, certificates) {
  BOOST_TEST(refusal_of({{"DOCKER_HOST", "tcp://engine.example.com"},
                         {"DOCKER_CERT_PATH", directory.path()}})
             == "DOCKER_TLS_VERIFY: DOCKER_CERT_PATH is set, but not "
                "DOCKER_TLS_VERIFY: set it to 1, or unset DOCKER_CERT_PATH for "
                "a connection without TLS");
  std::vector<setting_problem> problems;
  engine_settings settings;
  settings.host = "tcp://engine.example.com";
  settings.tls = tls_files{"", directory.path("cert.pem"), ""};
  make_engine_endpoint(settings, problems);
  BOOST_REQUIRE(problems.size() == 1u);
  BOOST_TEST(problems[0].setting == "tls.key");
  BOOST_TEST(problems[0].text
             == "is missing: a certificate and its key go together");
}

BOOST_FIXTURE_TEST_CASE(tls_over_http_is_a_contradiction, certificates) {
  BOOST_TEST(refusal_of({{"DOCKER_HOST", "http://engine.example.com:2375"},
                         {"DOCKER_TLS_VERIFY", "1"},
                         {"DOCKER_CERT_PATH", directory.path()}})
             == "DOCKER_TLS_VERIFY: http:// is without TLS: use tcp:// or "
                "https:// as host, or remove tls");
}

BOOST_AUTO_TEST_CASE(tls_alone_means_the_authorities_of_the_system) {
  std::vector<setting_problem> problems;
  engine_settings settings;
  settings.host = "tcp://engine.example.com";
  settings.tls = tls_files{};
  auto x = make_engine_endpoint(settings, problems);
  BOOST_TEST(problems.empty());
  BOOST_TEST(x.origin.base_url == "https://engine.example.com:2376");
}

BOOST_AUTO_TEST_CASE(what_we_do_not_speak_is_refused_with_a_way_out) {
  BOOST_TEST(refusal_of({{"DOCKER_HOST", "ssh://me@engine.example.com"}})
             == "DOCKER_HOST: SSH is not spoken here, forward the engine's "
                "socket with ssh -nNT -L "
                "/tmp/engine.sock:/var/run/docker.sock USER@HOST and use "
                "unix:///tmp/engine.sock");
  BOOST_TEST(refusal_of({{"DOCKER_HOST", "npipe:////./pipe/docker_engine"}})
             == "DOCKER_HOST: named pipes of Windows are not spoken here, let "
                "the engine listen on TCP with TLS and use tcp://HOST:2376");
  BOOST_TEST(refusal_of({{"DOCKER_HOST", "fd://x"}})
             == "DOCKER_HOST: found \"fd://\", expected " + forms);
}

BOOST_AUTO_TEST_CASE(what_is_no_address_is_refused) {
  std::map<std::string, std::string> table{
    {"/var/run/docker.sock", "it does not begin with SCHEME://"},
    {"engine.example.com:2375", "it does not begin with SCHEME://"},
    {"tcp://", "it has no host"},
    {"tcp://:2375", "it has no host"},
    {"tcp://a b:1", "its host is not one"},
    {"tcp://[::1", "its host is not one"},
    {"tcp://[12345]:1", "its host is not one"},
    {"tcp://host:0", "its port is not from 1 to 65535"},
    {"tcp://host:65536", "its port is not from 1 to 65535"},
    {"tcp://host:", "its port is not from 1 to 65535"},
    {"tcp://me:word@host", "it has a user name or password"},
  };
  for (const auto& [host, why] : table)
    BOOST_TEST(refusal_of({{"DOCKER_HOST", host}})
               == "DOCKER_HOST: cannot be read (" + why + "), expected "
                    + forms);
  BOOST_TEST(refusal_of({{"DOCKER_HOST", "tcp://host:2375/v1.41"}})
             == "DOCKER_HOST: has a path, expected " + forms);
}

BOOST_AUTO_TEST_CASE(the_api_version_can_be_pinned) {
  BOOST_TEST(endpoint_of({{"DOCKER_API_VERSION", "1.41"}}).pinned_api_version
             == "1.41");
  for (const auto* version : {"1.39", "1.53", "2.0", "v1.41", "1.", "1.41.0"})
    BOOST_TEST(refusal_of({{"DOCKER_API_VERSION", version}})
               == "DOCKER_API_VERSION: found \"" + std::string{version}
                    + "\", expected an API version from 1.40 to 1.52");
}
