// What `docker-watcher serve` does without being asked by a client: pushes to a
// registry, tags that move, and telling others.

#include "tests/support/await.hpp"
#include "tests/support/shop_stage.hpp"
#include "tests/support/test_environment.hpp"
#include "transports/http_server.hpp"
#include "transports/signature.hpp"

#include <boost/test/unit_test.hpp>

#include <arpa/inet.h>
#include <sys/socket.h>

#include <csignal>
#include <fstream>
#include <mutex>
#include <set>
#include <sstream>
#include <stdexcept>

using namespace dw::test;
using namespace std::chrono_literals;

using npm_standin::json;

namespace {

constexpr auto hook_secret = "hook-secret-nobody-may-see";
constexpr auto sign_secret = "sign-secret-nobody-may-see";

/// One that nobody listens on at the moment.
uint16_t free_port() {
  dw::descriptor socket{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* general = reinterpret_cast<sockaddr*>(&address);
  if (::bind(socket.get(), general, size) != 0
      || ::getsockname(socket.get(), general, &size) != 0)
    throw std::runtime_error{"no free port"};
  return ntohs(address.sin_port);
}

/// Takes what is sent to it, and answers with 200.
class listener {
public:
  explicit listener() {
    auto serve = [this](dw::server_request request, const dw::responder& out) {
      std::lock_guard guard{mutex_};
      requests_.push_back(std::move(request));
      out.answer({200, {}, ""});
    };
    auto server = dw::http_server::start({dw::tcp_listener{}}, {}, serve);
    BOOST_TEST_REQUIRE(static_cast<bool>(server));
    server_ = std::move(*server);
  }

  std::string url() const {
    return "http://127.0.0.1:" + std::to_string(server_->ports().front());
  }

  std::vector<dw::server_request> requests() const {
    std::lock_guard guard{mutex_};
    return requests_;
  }

private:
  mutable std::mutex mutex_;
  std::vector<dw::server_request> requests_; // guarded by mutex_
  std::unique_ptr<dw::http_server> server_;
};

/// Images of the demo shop under other names; they go with this object.
class demo_images {
public:
  ~demo_images() {
    // By all of their names, also those by digest that deploys have given them.
    for (const auto& id : ids_)
      run_child({docker({"image", "rm", "--force", id})});
  }

  /// Pushes a version of the shop.
  void push(const std::string& version, const std::string& name) {
    auto from = environment().registry + "/shop:" + version;
    output_of(docker({"pull", "--quiet", from}));
    output_of(docker({"tag", from, name}));
    output_of(docker({"push", "--quiet", name}));
    auto id
      = output_of(docker({"image", "inspect", "--format", "{{.Id}}", name}));
    id.pop_back(); // the line end
    ids_.insert(std::move(id));
  }

private:
  static std::vector<std::string> docker(std::vector<std::string> args) {
    args.insert(args.begin(),
                {"docker", "--config", environment().docker_config});
    return args;
  }

  std::set<std::string> ids_;
};

/// A registry that tells a webhook of pushes.
class telling_registry {
public:
  explicit telling_registry(const std::string& hook_url)
    : host{"127.0.0.1:" + std::to_string(free_port())},
      process_{{{"docker-registry", "serve", configuration(hook_url)}}} {
    await("the registry answers", [this] {
      return run_child(
               {{"curl", "--silent", "--fail", "http://" + host + "/v2/"}})
               .status
             == 0;
    });
  }

  std::string host;

private:
  std::string configuration(const std::string& hook_url) const {
    return files_.write("registry.yml",
                        "version: 0.1\n"
                        "log: {level: error, accesslog: {disabled: true}}\n"
                        "storage: {filesystem: {rootdirectory: "
                          + files_.path("data") + "}}\nhttp: {addr: '" + host
                          + "'}\n"
                            "notifications:\n"
                            "  endpoints:\n"
                            "    - name: watcher\n"
                            "      url: "
                          + hook_url
                          + "\n"
                            "      headers: {Authorization: ['Bearer "
                          + std::string{hook_secret}
                          + "']}\n"
                            "      timeout: 10s\n"
                            "      threshold: 3\n"
                            "      backoff: 1s\n");
  }

  temp_directory files_;
  child_process process_;
};

/// A stage, and a daemon that listens on a socket and on TCP.
struct fixture {
  fixture() {
    auto& settings = stage.program.settings;
    settings.lines
      = {"server: {listen: ['unix://" + files.path("api.sock") + "', 'tcp://"
           + address + "']}",
         "webhooks:",
         "  own: {kind: registry, secret: '" + std::string{hook_secret} + "'}"};
    settings.secrets.insert(settings.secrets.end(), {hook_secret, sign_secret});
  }

  std::string hook_url() const {
    return "http://" + address + "/v1/hooks/own";
  }

  child_process serve() const {
    auto result = stage.program.start({"serve"});
    result.wait_for_output("listening on");
    return result;
  }

  void await_version(const std::string& version) const {
    await(version + " serves",
          [&] { return stage.whats_wrong_with_only(version) == ""; });
  }

  std::vector<json> deploys() const {
    auto text = output_of({"curl", "--silent", "--unix-socket",
                           files.path("api.sock"), "http://x/v1/deploys"});
    return json::parse(text).value().at("items").items();
  }

  /// What the webhook answers to an event.
  std::string
  status_of(const std::string& authorization, const std::string& body) const {
    return output_of({"curl", "--silent", "--output", "/dev/null",
                      "--write-out", "%{http_code}", "--header",
                      "Authorization: " + authorization, "--data", body,
                      hook_url()});
  }

  void stop(child_process& daemon) const {
    daemon.send(SIGTERM);
    const auto end = stage.program.finish(daemon);
    BOOST_TEST(end.status == 0, end.error_output);
  }

  demo_images images;
  temp_directory files;
  std::string address = "127.0.0.1:" + std::to_string(free_port());
  shop_stage stage;
};

std::string header(const dw::server_request& x, const char* name) {
  return std::string{x.header(name)};
}

} // namespace

BOOST_FIXTURE_TEST_CASE(a_push_goes_live_without_anything_else, fixture) {
  telling_registry registry{hook_url()};
  auto image = registry.host + "/shop";
  stage.settings().image = image;
  stage.set_line("auto_deploy:", "auto_deploy: {tags: 'v*'}");
  auto daemon = serve();
  images.push("v1", image + ":v1");
  await_version("v1");
  images.push("v2", image + ":v2");
  await_version("v2");
  auto items = deploys();
  BOOST_TEST(items.size() == 2u);
  BOOST_TEST(items.front().at("asked_by").text() == "webhook own");
  // Of no tag that is wanted, and what is there already.
  images.push("v1", image + ":other");
  images.push("v2", image + ":v2");
  stop(daemon);
  BOOST_TEST(stage.served() == "v2");
}

BOOST_FIXTURE_TEST_CASE(a_wrong_secret_is_refused, fixture) {
  auto registry = environment().registry;
  stage.settings().image = registry + "/shop";
  stage.set_line("auto_deploy:", "auto_deploy: {tags: 'v*'}");
  auto daemon = serve();
  auto event = R"({"events":[{"id":"1","action":"push","target":{"repository":)"
               R"("shop","tag":"v1"},"request":{"host":")"
               + registry + R"("}}]})";
  BOOST_TEST(status_of("Bearer wrong", event) == "401");
  BOOST_TEST(status_of(hook_secret, event) == "401");
  BOOST_TEST(deploys().empty());
  const auto right = std::string{"Bearer "} + hook_secret;
  BOOST_TEST(status_of(right, "{}") == "400");
  BOOST_TEST(status_of(right, R"({"events":[]})") == "200");
  BOOST_TEST(status_of(right, event) == "202");
  // The same event again is the same deploy.
  BOOST_TEST(status_of(right, event) != "401");
  await_version("v1");
  BOOST_TEST(status_of(right, event) == "202");
  BOOST_TEST(deploys().size() == 1u);
  stop(daemon);
}

BOOST_FIXTURE_TEST_CASE(the_end_of_a_deploy_is_told, fixture) {
  listener told;
  auto file = files.path("told.json");
  auto& lines = stage.program.settings.lines;
  lines.insert(lines.end(),
               {"notifications:",
                "  hook: {kind: webhook, secret: '" + std::string{sign_secret}
                  + "', url: '" + told.url() + "/hook?who=dw'}",
                "  failures: {kind: slack, on: [failure], url: '" + told.url()
                  + "/slack'}",
                "  program: {kind: command, command: [tee, '" + file + "']}"});
  auto daemon = serve();
  auto ask = [this](const std::string& tag) {
    output_of({"curl", "--silent", "--fail", "--unix-socket",
               files.path("api.sock"), "--data",
               R"({"stage":")" + stage.name() + R"(","tag":")" + tag + "\"}",
               "http://x/v1/deploys"});
  };
  ask("v1");
  await("a success is told", [&] { return told.requests().size() == 1u; });
  const auto first = told.requests().front();
  BOOST_TEST(first.path.front() == "hook");
  BOOST_TEST(first.parameter("who").value_or("") == "dw");
  BOOST_TEST(
    header(first, "x-docker-watcher-signature")
    == "sha256="
         + dw::hmac_sha256_hex(dw::secret{sign_secret},
                               header(first, "x-docker-watcher-timestamp") + "."
                                 + first.body));
  auto body = json::parse(first.body).value();
  BOOST_TEST(body.at("event").text() == "success");
  BOOST_TEST(body.at("tag").text() == "v1");
  await("the command has run", [&] {
    std::ifstream in{file};
    std::ostringstream text;
    text << in.rdbuf();
    auto object = json::parse(text.str());
    return object
           && object->at("deploy_id").text() == body.at("deploy_id").text();
  });
  // v4 exits at once.
  ask("v4");
  await("a failure is told twice",
        [&] { return told.requests().size() == 3u; });
  const auto all = told.requests();
  for (auto i : {1u, 2u})
    BOOST_TEST((all[i].body.find("v4") != std::string::npos
                && all[i].body.find("no database") == std::string::npos),
               all[i].body);
  stop(daemon);
}

BOOST_FIXTURE_TEST_CASE(a_tag_that_moves_is_found_by_asking, fixture) {
  auto image = environment().registry + "/" + stage.project;
  stage.settings().image = image;
  stage.settings().tag = "live";
  stage.set_line("auto_deploy:", "auto_deploy: {poll: 10s}");
  images.push("v1", image + ":live");
  auto daemon = serve();
  auto await_served = [this](const std::string& version) {
    await(version + " serves", [&] { return stage.served() == version; });
  };
  await_served("v1");
  images.push("v2", image + ":live");
  await_served("v2");
  auto items = deploys();
  BOOST_TEST(items.size() == 2u);
  BOOST_TEST(items.front().at("asked_by").text() == "poll");
  stop(daemon);
}
