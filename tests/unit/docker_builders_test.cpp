#include "messages/error.hpp"
#include "transports/base64.hpp"
#include "transports/docker_api.hpp"

#include <boost/test/unit_test.hpp>
#include <rapidjson/document.h>

#include <functional>
#include <string>

using namespace dw;
using namespace std::chrono_literals;

namespace {

const std::string id(64, 'a');

template <class T>
bool is_refused(const caf::expected<T>& x) {
  if (x)
    return false;
  auto context = failure_of(x.error());
  BOOST_TEST(!context.operation.empty());
  BOOST_TEST(!context.reply.empty());
  return code_of(x.error()) == errc::invalid_argument;
}

http_request sent(const caf::expected<http_request>& x) {
  BOOST_REQUIRE(x);
  return *x;
}

container_spec spec() {
  container_spec result;
  result.name = "dw-shop-live-1";
  result.image = "shop:1";
  return result;
}

rapidjson::Document body_of(const container_spec& x) {
  rapidjson::Document result;
  result.Parse(sent(docker::create_container(x)).body.c_str());
  BOOST_REQUIRE(!result.HasParseError());
  return result;
}

bool is_refused(const std::function<void(container_spec&)>& change) {
  auto x = spec();
  change(x);
  return is_refused(docker::create_container(x));
}

void check_times(const http_request& x, std::chrono::milliseconds first_byte,
                 std::chrono::milliseconds idle,
                 std::chrono::milliseconds total) {
  BOOST_TEST_CONTEXT(to_string(x)) {
    BOOST_TEST((x.deadlines.connect == 2s));
    BOOST_TEST((x.deadlines.first_byte == first_byte));
    BOOST_TEST((x.deadlines.idle == idle));
    BOOST_TEST((x.deadlines.total == total));
  }
}

// Anything that could get out of its segment of a path.
const std::string bad_segments[] = {
  "",
  ".",
  "..",
  "/",
  "a/b",
  "../info",
  "a%2Fb",
  "a?b",
  "a#b",
  "a b",
  "a\nb",
  std::string{"a\0b", 3},
  "a\xC3\xA4",
  "-a",
  ".a",
  "_a",
  std::string(129, 'x'),
  // Could be the beginning of an id.
  "abc123",
  "1e5f46d21a2b",
  std::string(63, 'a'),
};

} // namespace

// -- names and ids ------------------------------------------------------------

BOOST_AUTO_TEST_CASE(only_full_ids_are_acted_on) {
  auto bad_ids = std::vector<std::string>(std::begin(bad_segments),
                                          std::end(bad_segments));
  bad_ids.insert(bad_ids.end(), {"dw-shop-live-1", std::string(65, 'a'),
                                 std::string(64, 'A'), std::string(64, 'g')});
  for (const auto& x : bad_ids)
    BOOST_TEST_CONTEXT(x) {
      BOOST_TEST(is_refused(docker::start_container(x)));
      BOOST_TEST(is_refused(docker::stop_container(x, 1s)));
      BOOST_TEST(is_refused(docker::restart_container(x, 1s)));
      BOOST_TEST(is_refused(docker::remove_container(x, true)));
      BOOST_TEST(is_refused(docker::rename_container(x, "dw-new")));
      BOOST_TEST(is_refused(docker::wait_container(x)));
      BOOST_TEST(is_refused(docker::logs(x, -1, false, false)));
      BOOST_TEST(is_refused(docker::remove_network(x)));
      BOOST_TEST(is_refused(docker::connect_network("net", x, {})));
    }
}

BOOST_AUTO_TEST_CASE(names_that_are_none_are_not_sent) {
  for (const auto& x : bad_segments)
    BOOST_TEST_CONTEXT(x) {
      BOOST_TEST(is_refused(docker::inspect_container(x)));
      BOOST_TEST(is_refused(docker::rename_container(id, x)));
      BOOST_TEST(is_refused([&](auto& spec) { spec.name = x; }));
      BOOST_TEST(is_refused(docker::list_networks(x)));
      BOOST_TEST(is_refused(docker::create_network(x)));
      BOOST_TEST(is_refused(docker::connect_network(x, id, {})));
    }
  BOOST_TEST(is_refused(docker::inspect_container("x")));
  BOOST_TEST(sent(docker::inspect_container(std::string(128, 'x'))).target
             == "/containers/" + std::string(128, 'x') + "/json");
  BOOST_TEST(sent(docker::inspect_container(id)).target
             == "/containers/" + id + "/json");
  BOOST_TEST(sent(docker::create_network("x")).object == "x");
}

BOOST_AUTO_TEST_CASE(bad_names_are_shown_but_cleaned) {
  auto refused = docker::inspect_container("\x1b[2J" + std::string(999, 'x'));
  auto object = failure_of(refused.error()).object;
  BOOST_TEST(object.starts_with(" [2Jxx"));
  BOOST_TEST(object.size() < 300u);
}

BOOST_AUTO_TEST_CASE(bad_image_names_are_not_sent) {
  for (const auto* x : {"", "Shop", "shop:a b", "../shop", "a//b", "shop?x"}) {
    BOOST_TEST(is_refused(docker::inspect_image(x)));
    BOOST_TEST(is_refused(docker::remove_image(x)));
    BOOST_TEST(is_refused(docker::pull(x, {}, caf::none)));
    BOOST_TEST(is_refused([&](auto& spec) { spec.image = x; }));
  }
  auto image_id = "sha256:" + id;
  BOOST_TEST(is_refused(docker::pull(image_id, {}, caf::none)));
  BOOST_TEST(sent(docker::inspect_image(image_id)).target
             == "/images/" + image_id + "/json");
  BOOST_TEST(sent(docker::inspect_image("shop")).target
             == "/images/shop:latest/json");
  auto x = spec();
  x.image = image_id;
  BOOST_TEST(body_of(x)["Image"].GetString() == image_id);
  x.image = "docker.io/library/shop";
  BOOST_TEST(body_of(x)["Image"].GetString() == "shop:latest");
}

// -- deadlines ----------------------------------------------------------------

BOOST_AUTO_TEST_CASE(every_operation_has_its_deadlines) {
  check_times(docker::ping(), 0s, 0s, 3s);
  check_times(docker::version(), 0s, 0s, 15s);
  check_times(docker::list_containers({}), 0s, 0s, 15s);
  check_times(docker::events(0), 15s, 0s, 0s);
  check_times(sent(docker::pull("shop:1", {}, caf::none)), 180s, 120s, 0s);
  check_times(sent(docker::inspect_image("shop:1")), 0s, 0s, 15s);
  check_times(sent(docker::remove_image("shop:1")), 0s, 0s, 60s);
  check_times(sent(docker::create_container(spec())), 0s, 0s, 60s);
  check_times(sent(docker::start_container(id)), 0s, 0s, 120s);
  check_times(sent(docker::stop_container(id, 30s)), 0s, 0s, 90s);
  check_times(sent(docker::restart_container(id, 30s)), 0s, 0s, 210s);
  check_times(sent(docker::remove_container(id, false)), 0s, 0s, 60s);
  check_times(sent(docker::rename_container(id, "dw-new")), 0s, 0s, 60s);
  check_times(sent(docker::inspect_container(id)), 0s, 0s, 15s);
  check_times(sent(docker::wait_container(id)), 15s, 0s, 0s);
  check_times(sent(docker::logs(id, 10, false, false)), 15s, 15s, 0s);
  check_times(sent(docker::logs(id, 10, true, false)), 15s, 0s, 0s);
  check_times(sent(docker::list_networks("net")), 0s, 0s, 15s);
  check_times(sent(docker::create_network("net")), 0s, 0s, 60s);
  check_times(sent(docker::remove_network(id)), 0s, 0s, 60s);
  check_times(sent(docker::connect_network("net", id, {})), 0s, 0s, 60s);
}

BOOST_AUTO_TEST_CASE(grace_is_from_nothing_to_a_day) {
  BOOST_TEST(sent(docker::stop_container(id, 0s)).target
             == "/containers/" + id + "/stop?t=0");
  BOOST_TEST(sent(docker::restart_container(id, 24h)).target
             == "/containers/" + id + "/restart?t=86400");
  for (auto grace :
       {-1s, std::chrono::seconds{86'401}, std::chrono::seconds::max()}) {
    BOOST_TEST(is_refused(docker::stop_container(id, grace)));
    BOOST_TEST(is_refused(docker::restart_container(id, grace)));
    BOOST_TEST(is_refused([&](auto& x) { x.stop_timeout = grace; }));
  }
}

// -- pull ---------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_pull_always_names_a_tag_or_digest) {
  auto target = [](const std::string& reference, const std::string& platform) {
    return sent(docker::pull(reference, platform, caf::none)).target;
  };
  BOOST_TEST(target("shop", "") == "/images/create?fromImage=shop&tag=latest");
  BOOST_TEST(target("host.x:5000/team/shop:1", "linux/arm64/v8")
             == "/images/create?fromImage=host.x%3A5000%2Fteam%2Fshop&tag=1"
                "&platform=linux%2Farm64%2Fv8");
  auto digest = "sha256:" + id;
  BOOST_TEST(target("shop:1@" + digest, "")
             == "/images/create?fromImage=shop&tag=sha256%3A" + id);
}

BOOST_AUTO_TEST_CASE(a_platform_is_an_os_and_an_architecture) {
  for (const auto* x : {"linux", "linux/", "/amd64", "a/b/c/d", "linux/amd 64",
                        "linux/amd64&x=1", "linux//v8"})
    BOOST_TEST(is_refused(docker::pull("shop", x, caf::none)), x);
}

BOOST_AUTO_TEST_CASE(registry_logins_are_sent_in_the_one_encoding_that_works) {
  registry_credentials login{"alice", secret{"~~>>?"}, {}};
  auto value = docker::encode_registry_auth(login, "host.x:5000").reveal();
  BOOST_TEST(value.find_first_of("+/") == std::string::npos);
  BOOST_TEST(value.size() % 4 == 0u);
  BOOST_TEST(*decode_base64(value)
             == R"({"username":"alice","password":"~~>>?",)"
                R"("serveraddress":"host.x:5000"})");
  registry_credentials token{"", secret{"ignored"}, secret{"t0ken"}};
  BOOST_TEST(
    *decode_base64(docker::encode_registry_auth(token, "docker.io").reveal())
    == R"({"identitytoken":"t0ken",)"
       R"("serveraddress":"https://index.docker.io/v1/"})");
}

BOOST_AUTO_TEST_CASE(a_login_is_tried_by_the_engine) {
  auto x = docker::check_login({"alice", secret{"pw"}, {}}, "docker.io");
  BOOST_TEST(x.target == "/auth");
  BOOST_TEST(x.object == "docker.io");
  BOOST_TEST((x.method == http_method::post));
  BOOST_TEST(x.body
             == R"({"username":"alice","password":"pw",)"
                R"("serveraddress":"https://index.docker.io/v1/"})");
}

// The messages are those of engine 20.10.
BOOST_AUTO_TEST_CASE(the_answer_to_a_login_is_understood) {
  http_response answer;
  answer.operation = "log in to";
  answer.object = "registry.test";
  answer.headers = {{"content-type", secret{"application/json"}}};
  auto parse = [&](int status, std::string body) {
    answer.status = status;
    answer.body = std::move(body);
    return docker::parse_login(answer);
  };
  auto good = parse(200, R"({"IdentityToken":"","Status":"Login Succeeded"})");
  BOOST_REQUIRE(good);
  BOOST_TEST(good->empty());
  auto token = parse(200, R"({"IdentityToken":"t0ken","Status":"?"})");
  BOOST_REQUIRE(token);
  BOOST_TEST(token->reveal() == "t0ken");
  auto refused = parse(500, R"({"message":"login attempt to )"
                            R"(http://registry.test/v2/ failed with status: )"
                            R"(401 Unauthorized"})");
  BOOST_REQUIRE(!refused);
  BOOST_TEST((code_of(refused.error()) == errc::unauthorized));
}

BOOST_AUTO_TEST_CASE(a_login_is_sent_for_the_registry_of_the_image) {
  auto auth = [](const std::string& reference) {
    auto x = sent(
      docker::pull(reference, {}, registry_credentials{"a", secret{"b"}, {}}));
    BOOST_REQUIRE(x.headers.size() == 1u);
    BOOST_TEST(x.headers[0].name == "X-Registry-Auth");
    return *decode_base64(x.headers[0].value.reveal());
  };
  BOOST_TEST(auth("shop").find("\"https://index.docker.io/v1/\"")
             != std::string::npos);
  BOOST_TEST(auth("example.org/shop").find("\"example.org\"")
             != std::string::npos);
}

// -- create -------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_small_spec_leaves_the_rest_to_the_image) {
  auto body = body_of(spec());
  for (const auto* name : {"Cmd", "Env", "Labels", "ExposedPorts",
                           "Healthcheck", "NetworkingConfig"})
    BOOST_TEST(!body.HasMember(name), name);
  BOOST_TEST(body["StopTimeout"].GetInt() == 30);
  const auto& host = body["HostConfig"];
  for (const auto* name : {"NetworkMode", "PortBindings", "Memory",
                           "MemorySwap", "NanoCpus", "PidsLimit", "Mounts"})
    BOOST_TEST(!host.HasMember(name), name);
  BOOST_TEST(host["Init"].GetBool());
  BOOST_TEST(host["RestartPolicy"]["Name"].GetString() == "unless-stopped");
  BOOST_TEST(host["LogConfig"]["Type"].GetString() == "json-file");
  BOOST_TEST(host["LogConfig"]["Config"]["max-size"].GetString() == "10m");
  BOOST_TEST(host["LogConfig"]["Config"]["max-file"].GetString() == "3");
}

BOOST_AUTO_TEST_CASE(ports_are_published_on_the_address_that_was_asked_for) {
  auto x = spec();
  x.ports = {{8080, "127.0.0.1"}, {8080, "::1"}, {9090, "0.0.0.0"}};
  auto body = body_of(x);
  BOOST_TEST(body["ExposedPorts"].MemberCount() == 2u);
  const auto& bindings = body["HostConfig"]["PortBindings"];
  BOOST_TEST(bindings.MemberCount() == 2u);
  BOOST_REQUIRE(bindings["8080/tcp"].Size() == 2u);
  BOOST_TEST(bindings["8080/tcp"][0]["HostIp"].GetString() == "127.0.0.1");
  BOOST_TEST(bindings["8080/tcp"][0]["HostPort"].GetString() == "");
  BOOST_TEST(bindings["8080/tcp"][1]["HostIp"].GetString() == "::1");
  BOOST_TEST(bindings["9090/tcp"][0]["HostIp"].GetString() == "0.0.0.0");
}

BOOST_AUTO_TEST_CASE(ports_are_never_published_by_accident) {
  for (const auto* ip : {"", "not-ip", "localhost", "127.0.0.1 ", "127.0.0",
                         "127.0.0.256", "[::1]", "127.0.0.1:80", "::g"})
    BOOST_TEST(is_refused([&](auto& x) { x.ports = {{8080, ip}}; }), ip);
  BOOST_TEST(is_refused([](auto& x) { x.ports = {{0, "127.0.0.1"}}; }));
  BOOST_TEST(is_refused([](auto& x) {
    x.ports = {{80, "127.0.0.1"}, {80, "127.0.0.1"}};
  }));
  for (const auto* network : {"host", "none"})
    BOOST_TEST(is_refused([&](auto& x) {
      x.network = network;
      x.ports = {{80, "127.0.0.1"}};
    }));
  BOOST_TEST(is_refused([](auto& x) {
    x.ports = {{80, std::string{"127.0.0.1\0", 10}}};
  }));
}

BOOST_AUTO_TEST_CASE(the_environment_is_checked_but_not_shown) {
  for (const auto& name :
       {std::string{}, std::string{"A=B"}, std::string{"A B"},
        std::string{"A\n"}, std::string{"A\0", 2}, std::string{"\xFF"}})
    BOOST_TEST(is_refused([&](auto& x) {
      x.env = {{name, secret{"hunter2"}}};
    }));
  for (const auto& value :
       {std::string{"hunter2\0", 8}, std::string{"hunter2\xFF"}}) {
    auto x = spec();
    x.env = {{"A", secret{value}}};
    auto refused = docker::create_container(x);
    BOOST_TEST(is_refused(refused));
    BOOST_TEST(render(refused.error()).find("hunter2") == std::string::npos);
  }
  auto x = spec();
  x.env = {{"my.name-1", secret{"a=b\n\"c\""}}, {"EMPTY", secret{}}};
  auto body = body_of(x);
  BOOST_TEST(body["Env"][0].GetString() == "my.name-1=a=b\n\"c\"");
  BOOST_TEST(body["Env"][1].GetString() == "EMPTY=");
}

BOOST_AUTO_TEST_CASE(volumes_are_named_or_absolute) {
  auto x = spec();
  x.volumes = {"data:/data", "/srv/conf:/etc/app:ro"};
  auto body = body_of(x);
  const auto& mounts = body["HostConfig"]["Mounts"];
  BOOST_REQUIRE(mounts.Size() == 2u);
  BOOST_TEST(mounts[0]["Type"].GetString() == "volume");
  BOOST_TEST(mounts[0]["Source"].GetString() == "data");
  BOOST_TEST(mounts[0]["Target"].GetString() == "/data");
  BOOST_TEST(!mounts[0].HasMember("ReadOnly"));
  BOOST_TEST(mounts[1]["Type"].GetString() == "bind");
  BOOST_TEST(mounts[1]["Source"].GetString() == "/srv/conf");
  BOOST_TEST(mounts[1]["ReadOnly"].GetBool());
  for (const auto& volume : {std::string{},
                             std::string{":"},
                             std::string{"data"},
                             std::string{"data:"},
                             std::string{":/data"},
                             std::string{"data:data"},
                             std::string{"data:/"},
                             std::string{"data://"},
                             std::string{"./data:/data"},
                             std::string{"../data:/data"},
                             std::string{"~/data:/data"},
                             std::string{"/a/../b:/data"},
                             std::string{"data:/a/.."},
                             std::string{"data:/data:"},
                             std::string{"data:/data:rw"},
                             std::string{"data:/data:ro:ro"},
                             std::string{"data:/data:ro "},
                             std::string{"da ta:/data"},
                             std::string{"/a\0b:/data", 10},
                             std::string{"/a\xFF:/data"}})
    BOOST_TEST(is_refused([&](auto& y) { y.volumes = {volume}; }), volume);
}

BOOST_AUTO_TEST_CASE(health_checks_are_written_as_far_as_they_differ) {
  auto x = spec();
  x.healthcheck = health_check{{"CMD", "true"}, 1s, 2s, 3s, 500ms, 4};
  BOOST_TEST(sent(docker::create_container(x))
               .body.find(R"("Healthcheck":{"Test":["CMD","true"],)"
                          R"("Interval":1000000000,"Timeout":2000000000,)"
                          R"("StartPeriod":3000000000,)"
                          R"("StartInterval":500000000,"Retries":4})")
             != std::string::npos);
  x.healthcheck = health_check{{"NONE"}, 0s, 0s, 0s, 0s, 0};
  BOOST_TEST(sent(docker::create_container(x))
               .body.find(R"("Healthcheck":{"Test":["NONE"]})")
             != std::string::npos);
  x.healthcheck = health_check{{}, 1s, 0s, 0s, 0s, 0};
  BOOST_TEST(sent(docker::create_container(x))
               .body.find(R"("Healthcheck":{"Interval":1000000000})")
             != std::string::npos);
  using tests = std::vector<std::string>;
  for (const auto& test :
       {tests{"true"}, tests{"CMD"}, tests{"CMD-SHELL"}, tests{"NONE", "x"},
        tests{"CMD-SHELL", "a", "b"}, tests{""}})
    BOOST_TEST(is_refused(
      [&](auto& y) { y.healthcheck = health_check{test, 0s, 0s, 0s, 0s, 0}; }));
  BOOST_TEST(is_refused(
    [](auto& y) { y.healthcheck = health_check{{}, -1s, 0s, 0s, 0s, 0}; }));
  BOOST_TEST(is_refused(
    [](auto& y) { y.healthcheck = health_check{{}, 0s, 999us, 0s, 0s, 0}; }));
  BOOST_TEST(is_refused(
    [](auto& y) { y.healthcheck = health_check{{}, 0s, 0s, 0s, 0s, -1}; }));
}

BOOST_AUTO_TEST_CASE(what_the_engine_refuses_only_at_the_start_is_not_sent) {
  for (const auto* size : {"0", "10mb", "m", "-1", "1.5m", "10 m", "ten"})
    BOOST_TEST(is_refused([&](auto& x) { x.log_max_size = size; }), size);
  for (const auto* files : {"0", "-1", "x", "01", "1m"})
    BOOST_TEST(is_refused([&](auto& x) { x.log_max_files = files; }), files);
  for (const auto* policy : {"", "sometimes", "Always"})
    BOOST_TEST(is_refused([&](auto& x) { x.restart_policy = policy; }), policy);
  BOOST_TEST(is_refused([](auto& x) { x.resources.memory = 6291455; }));
  BOOST_TEST(is_refused([](auto& x) { x.resources.memory = UINT64_MAX; }));
  BOOST_TEST(is_refused([](auto& x) { x.resources.nano_cpus = -1; }));
  BOOST_TEST(is_refused([](auto& x) { x.resources.nano_cpus = 9'999'999; }));
  BOOST_TEST(is_refused([](auto& x) { x.resources.pids = -1; }));
  BOOST_TEST(is_refused([](auto& x) {
    x.command = {"sh", std::string{"\0", 1}};
  }));
  BOOST_TEST(is_refused([](auto& x) { x.labels = {{"", "x"}}; }));
  BOOST_TEST(is_refused([](auto& x) { x.labels = {{"k", "\xFF"}}; }));
  BOOST_TEST(is_refused([](auto& x) { x.network = "my net"; }));
  BOOST_TEST(is_refused([](auto& x) { x.aliases = {"web"}; }));
  BOOST_TEST(is_refused([](auto& x) {
    x.network = "bridge";
    x.aliases = {"web"};
  }));
  BOOST_TEST(is_refused([](auto& x) {
    x.network = "net";
    x.aliases = {"we b"};
  }));
}

BOOST_AUTO_TEST_CASE(logging_can_be_left_to_the_engine) {
  auto x = spec();
  x.log_max_size.clear();
  x.log_max_files.clear();
  BOOST_TEST(!body_of(x)["HostConfig"].HasMember("LogConfig"));
}

// -- lists, logs, events ------------------------------------------------------

BOOST_AUTO_TEST_CASE(label_filters_are_encoded) {
  BOOST_TEST(docker::list_containers({}).target == "/containers/json?all=1");
  BOOST_TEST(docker::list_containers({{"a", "x&y"}, {"b", ""}}).target
             == "/containers/json?all=1&filters=%7B%22label%22%3A%5B%22a%3Dx"
                "%26y%22%2C%22b%22%5D%7D");
  // The engine cannot look for such a key.
  BOOST_TEST(docker::list_containers({{"a=b", "x"}}).target
             == "/containers/json?all=1");
}

BOOST_AUTO_TEST_CASE(logs_are_asked_for_as_wanted) {
  auto query = [](int64_t tail, bool follow, bool timestamps) {
    auto target = sent(docker::logs(id, tail, follow, timestamps)).target;
    return target.substr(target.find('?') + 1);
  };
  BOOST_TEST(query(-1, false, false) == "stdout=1&stderr=1");
  BOOST_TEST(query(0, false, false) == "stdout=1&stderr=1&tail=0");
  BOOST_TEST(query(50, true, true)
             == "stdout=1&stderr=1&timestamps=1&follow=1&tail=50");
}

BOOST_AUTO_TEST_CASE(events_are_asked_for_since_a_nanosecond) {
  constexpr auto filters
    = "/events?filters=%7B%22type%22%3A%5B%22container%22%5D%2C%22event%22%3A"
      "%5B%22start%22%2C%22die%22%2C%22oom%22%2C%22destroy%22%2C%22rename%22"
      "%2C%22pause%22%2C%22unpause%22%2C%22health_status%22%5D%2C%22label%22"
      "%3A%5B%22docker-watcher.project%22%5D%7D";
  BOOST_TEST(docker::events(0).target == filters);
  BOOST_TEST(docker::events(1795448546000000007).target
             == std::string{filters} + "&since=1795448546.000000007");
}
