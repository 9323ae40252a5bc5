// What users see when the engine, the registry or the proxy manager does not
// do its part: the exit status, what the error says, and that the old version
// serves and nothing else is left.

#include "tests/support/shop_stage.hpp"
#include "tests/support/test_environment.hpp"

#include <boost/test/unit_test.hpp>

#include <unistd.h>

#include <filesystem>
#include <memory>

using namespace dw::test;
using boost::unit_test::fixture;

namespace {

/// A stage whose v1 serves.
struct served_stage {
  served_stage() {
    stage.must_deploy("v1");
  }

  shop_stage stage;
};

/// One for all cases in which nothing may change.
struct shared_stage {
  static inline std::unique_ptr<served_stage> instance;

  shared_stage() {
    instance = std::make_unique<served_stage>();
  }
  ~shared_stage() {
    instance.reset();
  }
};

/// It, with settings that a case may change.
struct untouched {
  ~untouched() {
    stage.program.settings = before;
  }

  /// v1 must serve as if nothing else had ever been tried.
  void check_untouched() const {
    BOOST_TEST(stage.whats_wrong_with_only("v1") == "");
  }

  shop_stage& stage = shared_stage::instance->stage;
  watcher_settings before = stage.program.settings;
};

/// Checks how it ended and that its messages say all of it.
void check_end(const child_end& end, int status,
               const std::vector<std::string>& words) {
  const auto printed = end.output + end.error_output;
  BOOST_TEST(end.status == status, printed);
  for (const auto& word : words)
    BOOST_TEST(printed.find(word) != std::string::npos,
               "\"" << word << "\" is missing in: " << printed);
}

// Before anything was touched, and after it was put back.
constexpr auto untouched_yet = "nothing has changed";
constexpr auto still_serves = "what served before still does";

// A function, for GCC misreads what Boost does with a lambda.
boost::test_tools::assertion_result
we_are_root(boost::unit_test::test_unit_id) {
  return ::geteuid() == 0;
}

} // namespace

BOOST_AUTO_TEST_SUITE(nothing_changes, *fixture<shared_stage>())
BOOST_FIXTURE_TEST_SUITE(when, untouched)

// -- the engine is not there --------------------------------------------------

BOOST_AUTO_TEST_CASE(a_missing_socket_is_named) {
  const auto socket = stage.program.directory().path("no.sock");
  stage.program.settings.engine_host = "unix://" + socket;
  const std::vector<std::string> words{
    "the socket " + socket + " does not exist", "Start the Docker daemon"};
  check_end(stage.deploy("v2"), 3, words);
  check_end(stage.program.run({"check"}), 3, words);
  check_end(stage.program.run({"status"}), 3, words);
  check_untouched();
}

BOOST_AUTO_TEST_CASE(a_plain_file_is_no_socket) {
  const auto file = stage.program.directory().write("engine", "");
  stage.program.settings.engine_host = "unix://" + file;
  check_end(stage.deploy("v2"), 3,
            {file + " is not a socket", "engine.host", untouched_yet});
  check_untouched();
}

BOOST_AUTO_TEST_CASE(a_port_where_nobody_listens_is_named) {
  stage.program.settings.engine_host = "tcp://127.0.0.1:1";
  check_end(stage.deploy("v2"), 3,
            {"Docker Engine at tcp://127.0.0.1:1", "Connection refused",
             "its host and port are right"});
  check_untouched();
}

// Locking the stage, which another user has locked before, is part of it.
BOOST_AUTO_TEST_CASE(a_user_without_permission_learns_how_to_get_it,
                     *boost::unit_test::precondition(we_are_root)) {
  const auto& directory = stage.program.directory();
  std::filesystem::permissions(directory.path(), std::filesystem::perms{0755});
  stage.program.settings.registry.clear(); // its password is in a file
  const auto file
    = directory.write("for-all.yml", to_yaml(stage.program.settings), 0644);
  check_end(
    run_child(
      {.words = {"setpriv", "--reuid=65534", "--regid=65534", "--clear-groups",
                 watcher::path(), "--config", file, "deploy", stage.name()},
       .environment
       = {{"NPM_SECRET", "changeme"}, {"DOCKER_CONFIG", directory.path()}}}),
    3, {"this user may not connect to the socket", "`docker`", untouched_yet});
  check_untouched();
}

// -- the registry -------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_wrong_password_of_the_registry_is_named) {
  stage.program.settings.registry_password = "not-the-password";
  check_end(stage.deploy("v2"), 1,
            {"could not pull image " + stage.settings().image + ":v2",
             "unauthorized", "Check the username and password", untouched_yet});
  check_untouched();
}

BOOST_AUTO_TEST_CASE(a_registry_that_is_down_is_named) {
  check_end(stage.program.run(
              {"deploy", stage.name(), "--image", "127.0.0.1:1/shop:v2"}),
            1,
            {"could not pull image 127.0.0.1:1/shop:v2", "connection refused",
             "could not reach the registry", untouched_yet});
  check_untouched();
}

BOOST_AUTO_TEST_CASE(a_tag_that_does_not_exist_is_named) {
  check_end(stage.deploy("v99"), 1,
            {"could not pull image " + stage.settings().image + ":v99",
             "not found", "Check the image's name and tag", untouched_yet});
  check_untouched();
}

// -- the container ------------------------------------------------------------

BOOST_AUTO_TEST_CASE(an_unhealthy_container_shows_what_its_check_said) {
  check_end(stage.deploy("v3"), 1,
            {"could not bring up " + stage.container("v3"),
             "503 Service Unavailable",
             "its last log lines:", "shop v3 is open", still_serves});
  check_untouched();
}

BOOST_AUTO_TEST_CASE(a_container_that_ends_shows_its_last_words) {
  // The engine may have restarted it before we look, and then forgets the code.
  check_end(stage.deploy("v4"), 1,
            {"could not bring up " + stage.container("v4"), "it ended",
             "no database", still_serves});
  check_untouched();
}

// -- the proxy ----------------------------------------------------------------

// 2 seconds or so after the switch; more on a machine that is slow to get
// there.
BOOST_AUTO_TEST_CASE(a_container_that_ends_while_it_soaks_gives_way) {
  stage.set_line("soak:", "soak: 1m");
  stage.set_line("env:", "env: {SHOP_ENDS_AFTER_MS: \"6000\"}");
  check_end(stage.deploy("v2"), 1,
            {"while soaking", "could not bring up " + stage.container("v2"),
             "it ended", "shop v2 is open", still_serves});
  check_untouched();
}

BOOST_AUTO_TEST_CASE(a_proxy_that_is_down_is_named) {
  stage.program.settings.npm_url = "http://127.0.0.1:1/api";
  check_end(stage.deploy("v2"), 3,
            {"could not log in as admin@example.com", "Connection refused",
             still_serves});
  check_end(stage.program.run({"proxy", "list"}), 3, {"Connection refused"});
  check_untouched();
}

// The address of the site that is served, instead of the API's.
BOOST_AUTO_TEST_CASE(a_proxy_that_answers_garbage_is_named) {
  stage.program.settings.npm_url = stage.proxy.traffic_url() + "/api";
  check_end(stage.deploy("v2"), 1,
            {"could not log in as admin@example.com", "is not JSON",
             "Check that the proxy's URL", still_serves});
  check_untouched();
}

BOOST_AUTO_TEST_CASE(a_wrong_password_of_the_proxy_is_named) {
  stage.program.settings.npm_secret = "not-the-password";
  check_end(stage.deploy("v2"), 3,
            {"could not log in as admin@example.com",
             "Invalid email or password", "Check the identity", still_serves});
  check_untouched();
}

BOOST_AUTO_TEST_CASE(a_proxy_whose_nginx_is_broken_keeps_the_old_route) {
  stage.proxy.break_nginx(true);
  check_end(stage.deploy("v2"), 1,
            {"could not change proxy host", "Nginx Proxy Manager answered 500",
             "nginx refuses the configuration"});
  stage.proxy.break_nginx(false);
  check_untouched();
}

BOOST_AUTO_TEST_CASE(a_proxy_that_leads_elsewhere_fails_the_verification) {
  stage.program.settings.proxy_url = "http://127.0.0.1:1";
  check_end(
    stage.deploy("v2"), 1,
    {"could not reach the new container through the proxy as " + stage.domain,
     "Connection refused", "Is http://127.0.0.1:1 where the proxy",
     still_serves});
  check_untouched();
}

BOOST_AUTO_TEST_SUITE_END() // when
BOOST_AUTO_TEST_SUITE_END() // nothing_changes

// -- what passes is no failure ------------------------------------------------

BOOST_FIXTURE_TEST_SUITE(something_changes, served_stage)

BOOST_AUTO_TEST_CASE(a_token_that_is_turned_down_is_replaced) {
  auto deploy
    = stage.program.start({"deploy", stage.name(), "--tag", "v2", "--json"});
  deploy.wait_for_output("\"phase\":\"gating\"");
  stage.proxy.rotate_keys();
  check_end(stage.program.finish(deploy), 0, {});
  BOOST_TEST(stage.whats_wrong_with_only("v2") == "");
}

BOOST_AUTO_TEST_CASE(a_change_that_is_stored_but_answered_500_is_made_good) {
  stage.proxy.fail_next(
    R"({"method":"PUT","path":"*","times":1,"commit-before-500":true})");
  check_end(stage.deploy("v2"), 0, {});
  BOOST_TEST(stage.whats_wrong_with_only("v2") == "");
}

BOOST_AUTO_TEST_CASE(a_change_whose_answer_is_lost_is_made_good) {
  stage.proxy.fail_next(
    R"({"method":"PUT","path":"*","times":1,"close":"after"})");
  check_end(stage.deploy("v2"), 0, {});
  BOOST_TEST(stage.whats_wrong_with_only("v2") == "");
}

BOOST_AUTO_TEST_CASE(a_domain_of_somebody_else_is_taken_over_only_if_asked_to) {
  const auto other = stage.project + "-other.test";
  const auto id
    = stage.admin.create_host(other, 9, R"("caching_enabled":true)");
  stage.settings().domains.push_back(other);
  check_end(stage.deploy("v2"), 1,
            {"could not route " + other, "proxy host " + std::to_string(id),
             "127.0.0.1:9", "adopt: true", still_serves});
  BOOST_TEST(stage.served() == "v1");

  stage.settings().more.emplace_back("adopt: true");
  check_end(stage.deploy("v2"), 0, {});
  BOOST_TEST(stage.served() == "v2");
  stage.proxy.settle();
  BOOST_TEST(stage.proxy.visit(other).body == "shop v2\n");
  const auto adopted
    = stage.admin.ask("GET", "/nginx/proxy-hosts/" + std::to_string(id)).body;
  BOOST_TEST(adopted.at("caching_enabled").flag());
}

BOOST_AUTO_TEST_SUITE_END()
