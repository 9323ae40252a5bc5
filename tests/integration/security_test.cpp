// What others can do to `docker-watcher serve`, and it without powers; see
// docs/security.md.

#include "tests/support/await.hpp"
#include "tests/support/served_stage.hpp"
#include "tests/support/test_environment.hpp"

#include <boost/test/unit_test.hpp>

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>

using namespace dw::test;

using npm_standin::json;

namespace {

constexpr auto secret = "env-secret-nobody-may-see";

// Of a user who is in the engine's group, and of nobody's.
constexpr uid_t user = 64'123;
constexpr gid_t engine_group = 64'124;

bool says(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// A stage whose v1 serves.
struct fixture : served_stage {
  fixture() {
    stage.program.settings.secrets = {secret};
    stage.set_line("env:", "env: {API_KEY: \"" + std::string{secret} + "\"}");
    stage.must_deploy("v1");
  }

  /// Runs a container that is not ours, with our labels.
  /// @returns its name.
  std::string run_stranger(const std::vector<std::string>& labels) const {
    auto name = stage.project + "-stranger-" + std::to_string(labels.size());
    std::vector<std::string> words{"docker", "run", "--detach", "--name", name};
    for (const auto& x : labels)
      words.insert(words.end(), {"--label", x});
    words.push_back(environment().registry + "/shop-plain:v1");
    output_of(words);
    return name;
  }

  /// Deploys by a server that runs already, which must succeed.
  void deploy(const std::string& tag) const {
    auto record = await_end(submit(tag));
    BOOST_TEST(record.at("report").at("outcome").text() == "deployed",
               record.dump());
    BOOST_TEST(!says(record.dump(), secret));
  }
};

std::string content_of(const std::filesystem::path& file) {
  std::ostringstream result;
  result << std::ifstream{file, std::ios::binary}.rdbuf();
  return result.str();
}

mode_t mode_of(const std::filesystem::path& file) {
  struct stat info {};
  BOOST_TEST_REQUIRE(::lstat(file.c_str(), &info) == 0, file);
  return info.st_mode & 0777;
}

/// The environment's engine, opened to a group and to nobody else.
class shared_engine {
public:
  shared_engine() {
    const auto& x = environment();
    socket_ = x.docker_host.substr(std::string{"unix://"}.size());
    BOOST_TEST_REQUIRE(::chown(socket_.c_str(), 0, engine_group) == 0);
    BOOST_TEST_REQUIRE(::chmod(socket_.c_str(), 0660) == 0);
    BOOST_TEST_REQUIRE(::chmod(x.directory.c_str(), 0711) == 0);
  }

  ~shared_engine() {
    ::chmod(environment().directory.c_str(), 0700);
    if (::chown(socket_.c_str(), 0, 0) != 0)
      BOOST_ERROR("the engine's socket is not root's again");
  }

  shared_engine(const shared_engine&) = delete;
  shared_engine& operator=(const shared_engine&) = delete;

private:
  std::string socket_;
};

boost::test_tools::assertion_result
needs_own_engine(boost::unit_test::test_unit_id) {
  return !environment().directory.empty();
}

} // namespace

BOOST_FIXTURE_TEST_CASE(containers_that_only_have_our_labels_are_left_alone,
                        fixture) {
  const std::vector<std::string> ours{"docker-watcher.project=" + stage.project,
                                      "docker-watcher.stage=prod",
                                      "docker-watcher.instance-id=0123456789ab",
                                      "docker-watcher.tag=v1"};
  auto of_swarm = ours;
  of_swarm.push_back("com.docker.swarm.service.id=c19lfqx8n16pf157dnn447lal");
  const std::vector names{run_stranger(ours), run_stranger(of_swarm)};
  auto daemon = serve();
  auto restart = R"({"action":"restart","stage":")" + stage.name() + "\"}";
  await_end(post("/v1/deploys", restart).body.at("deploy_id").text());
  BOOST_TEST(stage.served() == "v1");
  deploy("v2");
  BOOST_TEST(stage.served() == "v2");
  auto status = stage.program.run({"status", stage.name()});
  BOOST_TEST(!says(status.output, "stranger"), status.output);
  auto removal = R"({"action":"remove","stage":")" + stage.name() + "\"}";
  await_end(post("/v1/deploys", removal).body.at("deploy_id").text());
  auto left = container_states_of(stage.project);
  BOOST_TEST_REQUIRE(left.size() == 2u);
  for (size_t i = 0; i < left.size(); ++i)
    BOOST_TEST(left[i] == names[i] + " running");
  daemon.send(SIGTERM);
  auto end = stage.program.finish(daemon);
  BOOST_TEST(says(end.output + end.error_output, names[0] + " ("), end.output);
}

BOOST_FIXTURE_TEST_CASE(no_secret_is_logged_or_stored_where_others_can_read,
                        fixture) {
  stage.program.settings.runner = {"bash", "-c", "umask 0; exec \"$@\"", "_"};
  auto daemon = stage.program.start({"--verbose", "serve"});
  daemon.wait_for_output("listening on");
  deploy("v2");
  auto history = ask("/v1/deploys").body.dump();
  BOOST_TEST(!says(history, secret));
  BOOST_TEST(mode_of(files.path("api.sock")) == 0600u);
  auto state = stage.program.directory().path("state");
  BOOST_TEST(mode_of(state) == 0700u);
  for (const auto& x : std::filesystem::directory_iterator{state}) {
    // That of another process that wants the lock is not told more.
    auto may = x.path().extension() == ".lock" ? 0666u : 0600u;
    BOOST_TEST((mode_of(x) & ~may) == 0u, x.path());
    for (const auto& y :
         {std::string{secret}, stage.program.settings.npm_secret,
          stage.program.settings.registry_password})
      BOOST_TEST(!says(content_of(x), y), x.path());
  }
  daemon.send(SIGTERM);
  BOOST_TEST(stage.program.finish(daemon).status == 0);
}

BOOST_FIXTURE_TEST_CASE(whoever_guesses_tokens_has_few_attempts, fixture) {
  auto daemon = serve();
  std::vector<std::string> words{"--header",    "Authorization: Bearer dw_x",
                                 "--write-out", "%{http_code} ",
                                 "--output",    "/dev/null"};
  for (auto i = 0; i < 100; ++i)
    words.insert(words.end(), {"http://x/v1/deploys", "--output", "/dev/null"});
  words.resize(words.size() - 2);
  auto statuses = output_of(curl(words));
  BOOST_TEST(statuses.starts_with("401 "), statuses);
  BOOST_TEST(says(statuses, "429"), statuses);
  // Others have theirs.
  BOOST_TEST(ask("/v1/deploys").status == 200);
}

BOOST_AUTO_TEST_CASE(a_user_of_the_engines_group_needs_no_other_powers,
                     *boost::unit_test::precondition(needs_own_engine)) {
  shared_engine engine;
  served_stage served;
  auto& program = served.stage.program;
  auto directory = program.directory().path();
  program.directory().write("registry.password",
                            program.settings.registry_password + "\n");
  program.directory().write("docker-watcher.yml", to_yaml(program.settings));
  output_of({"chown", "--recursive",
             std::to_string(user) + ":" + std::to_string(user), directory,
             served.files.path()});
  child_command command{
    {"setpriv", "--reuid", std::to_string(user), "--regid",
     std::to_string(user), "--groups", std::to_string(engine_group),
     "--no-new-privs", "--inh-caps=-all", "--bounding-set=-all",
     watcher::path(), "--config", directory + "/docker-watcher.yml", "serve"}};
  command.environment = {{"NPM_SECRET", program.settings.npm_secret},
                         {"DOCKER_CONFIG", directory},
                         {"DOCKER_WATCHER_STATE", directory + "/state"}};
  child_process daemon{command};
  daemon.wait_for_output("listening on");
  auto record = served.await_end(served.submit("v1"));
  BOOST_TEST(record.at("report").at("outcome").text() == "deployed",
             record.dump());
  BOOST_TEST(served.stage.whats_wrong_with_only("v1") == "");
  daemon.send(SIGTERM);
  BOOST_TEST(program.finish(daemon).status == 0);
}
