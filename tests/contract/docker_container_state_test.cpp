#include "tests/support/docker_exchange.hpp"
#include "transports/docker_api.hpp"

using namespace dw;
using namespace dw::test;
using namespace std::chrono_literals;

namespace {

container_info inspect(const char* name, const char* container) {
  auto x = load(name);
  auto request = value_of(docker::inspect_container(container));
  check_request(x, request);
  return value_of(docker::parse_container(answer(x, request)));
}

std::vector<container_summary>
list(const char* name, const std::map<std::string, std::string>& labels) {
  auto x = load(name);
  return value_of(docker::parse_container_list(
    answer(x, docker::list_containers(labels)), labels));
}

const std::map<std::string, std::string> image_and_own_labels{
  {"com.example.team", "core"},
  {"org.opencontainers.image.version", "1.2.3"},
  {"proxy.app", "web"},
  {"proxy.json", "{\"a\":[1,2]}"},
  {"proxy.managed", "true"},
  {"proxy.url", "http://x/?a=b&c=d"},
  {"uni", "žluť ✓"},
};

} // namespace

BOOST_AUTO_TEST_CASE(a_running_container_is_read) {
  auto info = inspect("container-inspect-running", "pr-full");
  container_info expected;
  expected.id = "b79488fc0d1cd22fa3e9b096e8df07564a2beb2ed545c6676988fe2f0cf60"
                "af6";
  expected.name = "pr-full";
  expected.image = "demo/health:1";
  expected.image_id = "sha256:40a1676631df66106e6bd4e1919ca5aed9247b0cb4d45fd5"
                      "908f730fe56520ed";
  expected.state = container_state::running;
  expected.health = health_status::healthy;
  expected.health_output = "hello-v1\n";
  expected.labels = image_and_own_labels;
  expected.env = {{"A", secret{"1"}},
                  {"EMPTY", secret{}},
                  {"NOEQUALS", secret{}},
                  {"UTF", secret{"žluťoučký"}},
                  {"MULTI", secret{"line1\nline2"}},
                  {"PATH", secret{"/bin"}},
                  {"GREETING", secret{"hello"}}};
  // The start period of 0 that was asked for is the image's 5 s.
  expected.healthcheck = health_check{
    {"CMD-SHELL", "wget -q -O - http://127.0.0.1:8080/ || exit 1"},
    1s,
    1s,
    5s,
    0s,
    2};
  expected.ports = {{5353, "udp", "", 0},
                    {8080, "tcp", "127.0.0.1", 32768},
                    {9090, "tcp", "", 0}};
  expected.networks = {{"pr-net", "c2d50829bacd8be6951657145f38b385b915280c731"
                                  "da0be624b58fefc83a27f"}};
  expected.created = "2026-11-23T15:35:05.172999562Z";
  expected.started = "2026-11-23T15:35:05.514866241Z";
  BOOST_TEST((info == expected));
  auto port = value_of(docker::find_port(info, 8080));
  BOOST_TEST((port == port_binding{8080, "tcp", "127.0.0.1", 32768}));
  for (auto exposed_only : {uint16_t{9090}, uint16_t{5353}}) {
    auto err = error_of(docker::find_port(info, exposed_only));
    BOOST_TEST(code_of(err) == errc::not_found);
    BOOST_TEST(failure_of(err).object == "pr-full");
    BOOST_TEST(failure_of(err).reply
               == "port " + std::to_string(exposed_only)
                    + "/tcp is not published; published are: 8080/tcp");
  }
}

BOOST_AUTO_TEST_CASE(a_created_container_has_no_ports_yet) {
  auto info = inspect("container-inspect-created", "pr-full");
  BOOST_TEST((info.state == container_state::created));
  BOOST_TEST((info.health == health_status::none));
  BOOST_TEST(info.ports.empty());
  BOOST_TEST((info.labels == image_and_own_labels));
  BOOST_TEST(info.networks.at("pr-net") == "");
  auto err = error_of(docker::find_port(info, 8080));
  BOOST_TEST(code_of(err) == errc::conflict);
  BOOST_TEST(failure_of(err).reply == "it is created, not running");
}

BOOST_AUTO_TEST_CASE(an_exited_container_tells_its_exit_code) {
  auto info = inspect("container-inspect-exited", "pr-s");
  BOOST_TEST((info.state == container_state::exited));
  BOOST_TEST(info.exit_code == 137);
  BOOST_TEST(!info.oom_killed);
  BOOST_TEST(info.start_error == "");
  BOOST_TEST(!info.tty);
  BOOST_TEST(info.image == "demo/base:1");
  BOOST_TEST(code_of(error_of(docker::find_port(info, 8080)))
             == errc::conflict);
}

BOOST_AUTO_TEST_CASE(a_restarting_container_does_not_count_as_running) {
  auto info = inspect("container-inspect-restarting", "pr-loop");
  BOOST_TEST((info.state == container_state::restarting));
  BOOST_TEST(info.restart_count == 5);
  BOOST_TEST(info.exit_code == 1);
  BOOST_TEST(code_of(error_of(docker::find_port(info, 8080)))
             == errc::conflict);
}

BOOST_AUTO_TEST_CASE(a_failed_start_leaves_its_error) {
  auto info = inspect("container-inspect-start-failed", "pr-b");
  BOOST_TEST((info.state == container_state::created));
  BOOST_TEST(info.exit_code == 128);
  BOOST_TEST(info.start_error
             == "driver failed programming external connectivity on endpoint "
                "pr-b (aefe8753c2625d8162c124aef072630dd19fed896e65bfd25c0ddedc"
                "fedeb1ed): Bind for 127.0.0.1:28081 failed: port is already "
                "allocated");
  BOOST_TEST(info.ports.empty());
}

BOOST_AUTO_TEST_CASE(a_missing_container_cannot_be_inspected) {
  auto x = load("container-inspect-not-found");
  auto request = value_of(docker::inspect_container("pr-none"));
  check_request(x, request);
  check_error(docker::parse_container(answer(x, request)), errc::not_found,
              request, x, "No such container: pr-none", "");
}

BOOST_AUTO_TEST_CASE(other_answers_are_not_taken_for_a_container) {
  auto request = value_of(docker::inspect_container("pr-net"));
  auto x = load("network-inspect");
  check_error(docker::parse_container(answer(x, request)), errc::bad_reply,
              request, x, "State is not an object", "Is this a Docker Engine?");
}

// -- list ---------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(containers_are_listed_by_label) {
  std::map<std::string, std::string> labels{{"proxy.managed", "true"}};
  auto request = docker::list_containers(labels);
  check_request(load("containers-list-by-label"), request);
  BOOST_TEST("/v1.41" + request.target
             == load("containers-list-by-label").path);
  auto found = list("containers-list-by-label", labels);
  BOOST_REQUIRE(found.size() == 3u);
  BOOST_TEST(found[0].name == "pr-l2");
  BOOST_TEST((found[0].state == container_state::created));
  BOOST_TEST(found[0].status == "Created");
  BOOST_TEST(found[0].ports.empty());
  container_summary running;
  running.id = "cd0566dc051f81efbc02510d28c7937d25124475f4e5878c96009987f0180ad"
               "c";
  running.name = "pr-l1";
  running.image = "demo/base:1";
  running.image_id = "sha256:d0b918f9dae96797670f9ae73798b2832513f13da45eb7b59a"
                     "30bf4c1925f30c";
  running.status = "Up Less than a second";
  running.state = container_state::running;
  running.labels = {{"proxy.app", "web"}, {"proxy.managed", "true"}};
  running.ports = {{8080, "tcp", "127.0.0.1", 32784}};
  running.created = 1795448586;
  BOOST_TEST((found[1] == running));
  BOOST_TEST(found[2].name == "pr-full");
  BOOST_TEST((found[2].labels == image_and_own_labels));
  std::vector<port_binding> ports{{5353, "udp", "", 0},
                                  {8080, "tcp", "127.0.0.1", 32768},
                                  {9090, "tcp", "", 0}};
  BOOST_TEST((found[2].ports == ports));
}

BOOST_AUTO_TEST_CASE(both_forms_of_a_filter_give_the_same_list) {
  std::map<std::string, std::string> labels{{"proxy.managed", "true"}};
  check_path(load("containers-list-by-label-mapform"),
             docker::list_containers(labels));
  BOOST_TEST((list("containers-list-by-label-mapform", labels)
              == list("containers-list-by-label", labels)));
}

BOOST_AUTO_TEST_CASE(a_list_is_filtered_by_us_as_well) {
  auto all = list("containers-list-by-label", {});
  BOOST_TEST(all.size() == 3u);
  auto webs = list("containers-list-by-label", {{"proxy.app", "web"}});
  BOOST_TEST(webs.size() == 2u);
  auto any_version = list("containers-list-by-label",
                          {{"org.opencontainers.image.version", ""}});
  BOOST_REQUIRE(any_version.size() == 1u);
  BOOST_TEST(any_version[0].name == "pr-full");
  BOOST_TEST(list("containers-list-by-label", {{"a=b", ""}}).empty());
}

BOOST_AUTO_TEST_CASE(the_ports_of_both_address_families_are_kept_apart) {
  auto request = docker::list_containers({});
  check_request(load("containers-list-ports-v4-v6"), request);
  auto found = list("containers-list-ports-v4-v6", {});
  BOOST_REQUIRE(found.size() == 3u);
  std::vector<port_binding> ports{{8080, "tcp", "0.0.0.0", 32775},
                                  {8080, "tcp", "::", 32774}};
  BOOST_TEST((found[0].ports == ports));
  container_info info;
  info.state = container_state::running;
  info.ports = {ports[1], ports[0]};
  BOOST_TEST((value_of(docker::find_port(info, 8080)) == ports[0]));
}
