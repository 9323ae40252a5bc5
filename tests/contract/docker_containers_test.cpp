#include "tests/support/docker_exchange.hpp"
#include "transports/docker_api.hpp"

using namespace dw;
using namespace dw::test;
using namespace std::chrono_literals;

namespace {

/// What the recorded container "pr-full" was made of, as far as we can say it.
container_spec full_spec() {
  container_spec result;
  result.name = "pr-full";
  result.image = "demo/health:1";
  result.env = {{"A", secret{"1"}},
                {"EMPTY", secret{}},
                {"UTF", secret{"žluťoučký"}},
                {"MULTI", secret{"line1\nline2"}}};
  result.labels = {{"proxy.managed", "true"},
                   {"proxy.app", "web"},
                   {"proxy.json", "{\"a\":[1,2]}"},
                   {"proxy.url", "http://x/?a=b&c=d"},
                   {"uni", "žluť ✓"}};
  result.ports = {{8080, "127.0.0.1"}};
  result.network = "pr-net";
  result.aliases = {"web", "web-1"};
  result.healthcheck = health_check{
    {"CMD-SHELL", "wget -q -O - http://127.0.0.1:8080/ || exit 1"},
    1s,
    1s,
    0s,
    0s,
    2};
  result.volumes = {"pr-vol:/data"};
  result.resources = {67108864, 500000000, 64};
  result.restart_policy = "unless-stopped";
  result.stop_timeout = 3s;
  result.log_max_size = "5m";
  result.log_max_files = "2";
  return result;
}

container_spec small_spec(const std::string& name, const std::string& image) {
  container_spec result;
  result.name = name;
  result.image = image;
  return result;
}

http_request set_policy(const std::string& policy) {
  return value_of(docker::set_restart_policy(full_id, policy));
}

http_request start() {
  return value_of(docker::start_container(full_id));
}

http_request stop(std::chrono::seconds grace) {
  return value_of(docker::stop_container(full_id, grace));
}

void check_success(const char* name, const http_request& request) {
  BOOST_TEST_CONTEXT(name) {
    auto err = docker::check_done(answer(load(name), request));
    BOOST_TEST(!err, render(err));
  }
}

void check_failure(const char* name, const http_request& request, errc code,
                   const char* reply, const char* hint) {
  BOOST_TEST_CONTEXT(name) {
    auto x = load(name);
    check_error(docker::check_done(answer(x, request)), code, request, x, reply,
                hint);
  }
}

} // namespace

// -- create -------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_container_is_created_with_all_that_the_spec_says) {
  auto x = load("container-create-full");
  auto request = value_of(docker::create_container(full_spec()));
  check_request(x, request);
  check_body(x, request);
  auto created = value_of(docker::parse_container_created(answer(x, request)));
  BOOST_TEST(created.id
             == "b79488fc0d1cd22fa3e9b096e8df07564a2beb2ed545c6676988fe2f0cf60"
                "af6");
  BOOST_TEST(created.warnings.empty());
  // Nothing of the spec was left out.
  auto body = parse_json(request.body);
  const auto& host = body["HostConfig"];
  BOOST_TEST(body["Image"].GetString() == "demo/health:1");
  BOOST_TEST(body["Env"].Size() == 4u);
  BOOST_TEST(body["Labels"].MemberCount() == 5u);
  BOOST_TEST(body["ExposedPorts"].HasMember("8080/tcp"));
  BOOST_TEST(body["StopTimeout"].GetInt() == 3);
  BOOST_TEST(body["Healthcheck"].MemberCount() == 4u);
  BOOST_TEST(host["PortBindings"].MemberCount() == 1u);
  BOOST_TEST(host["RestartPolicy"]["Name"].GetString() == "unless-stopped");
  BOOST_TEST(host["Memory"].GetInt64() == 67108864);
  BOOST_TEST(host["MemorySwap"].GetInt64() == 67108864);
  BOOST_TEST(host["NanoCpus"].GetInt64() == 500000000);
  BOOST_TEST(host["PidsLimit"].GetInt64() == 64);
  BOOST_TEST(host["Init"].GetBool());
  BOOST_TEST(host["Mounts"].Size() == 1u);
  BOOST_TEST(host["LogConfig"]["Config"].MemberCount() == 2u);
  BOOST_TEST(host["NetworkMode"].GetString() == "pr-net");
  BOOST_TEST(
    body["NetworkingConfig"]["EndpointsConfig"]["pr-net"]["Aliases"].Size()
    == 2u);
}

BOOST_AUTO_TEST_CASE(a_container_without_a_name_is_not_even_asked_for) {
  auto nameless = docker::create_container(small_spec("", "demo/base:1"));
  BOOST_TEST(code_of(error_of(nameless)) == errc::invalid_argument);
  // The engine would have chosen a name.
  auto x = load("container-create-no-name");
  auto request
    = value_of(docker::create_container(small_spec("pr-x", "demo/base:1")));
  check_path(x, request);
  auto created = value_of(docker::parse_container_created(answer(x, request)));
  BOOST_TEST(created.id
             == "9f35ede4e726a92c74d76a3aa585738db2fab4ccaca1b934113e6e5241f1b"
                "945");
}

BOOST_AUTO_TEST_CASE(a_bad_container_name_is_not_even_asked_for) {
  auto refused
    = docker::create_container(small_spec("-bad/name", "demo/base:1"));
  BOOST_TEST(code_of(error_of(refused)) == errc::invalid_argument);
  auto x = load("container-create-bad-name");
  auto request
    = value_of(docker::create_container(small_spec("bad-name", "demo/base:1")));
  check_path(x, request);
  check_error(docker::parse_container_created(answer(x, request)),
              errc::rejected, request, x,
              "Invalid container name (-bad/name), only "
              "[a-zA-Z0-9][a-zA-Z0-9_.-] are allowed",
              "");
}

BOOST_AUTO_TEST_CASE(a_container_of_a_missing_image_is_not_created) {
  auto x = load("container-create-image-missing");
  auto request
    = value_of(docker::create_container(small_spec("pr-x", "demo/none:1")));
  check_request(x, request);
  check_error(docker::parse_container_created(answer(x, request)),
              errc::not_found, request, x, "No such image: demo/none:1",
              "Pull the image");
}

BOOST_AUTO_TEST_CASE(a_name_that_is_taken_is_a_conflict) {
  auto created = load("container-create-name-conflict");
  auto request = value_of(
    docker::create_container(small_spec("pr-full", "demo/health:1")));
  check_request(created, request);
  check_error(docker::parse_container_created(answer(created, request)),
              errc::conflict, request, created,
              "Conflict. The container name \"/pr-full\" is already in use by "
              "container \"b79488fc0d1cd22fa3e9b096e8df07564a2beb2ed545c667698"
              "8fe2f0cf60af6\". You have to remove (or rename) that container "
              "to be able to reuse that name.",
              "Remove or rename it");
  auto renamed = load("container-rename-conflict");
  auto rename = value_of(docker::rename_container(full_id, "pr-r3"));
  check_request(renamed, rename, "pr-r2");
  check_error(docker::check_done(answer(renamed, rename)), errc::conflict,
              rename, renamed,
              "Error when allocating new name: Conflict. The container name "
              "\"/pr-r3\" is already in use by container \"88c35c95b7cdb7a1186"
              "a92985f97be9f78c3a6b37d3eab59ab00b0a079e1d932\". You have to "
              "remove (or rename) that container to be able to reuse that "
              "name.",
              "Remove or rename it");
}

// -- start, stop, restart, remove, rename -------------------------------------

BOOST_AUTO_TEST_CASE(requests_are_as_recorded) {
  check_request(load("container-start"), start(), "pr-full");
  check_request(load("container-start-already"), start(), "pr-full");
  check_request(load("container-start-not-found"), start(), "pr-none");
  check_request(load("container-start-error-bad-command"), start(), "pr-bad");
  check_request(load("container-stop"), stop(2s), "pr-s");
  // Without the parameter it would be the container's own timeout.
  check_path(load("container-stop-already"), stop(2s), "pr-s");
  check_path(load("container-stop-not-found"), stop(2s), "pr-none");
  check_request(load("container-restart"),
                value_of(docker::restart_container(full_id, 0s)), "pr-s");
  check_request(load("container-remove"),
                value_of(docker::remove_container(full_id, true)), "pr-s");
  check_path(load("container-remove-running-conflict"),
             value_of(docker::remove_container(full_id, false)), "pr-s");
  check_request(load("container-rename"),
                value_of(docker::rename_container(full_id, "pr-r3")), "pr-r1");
  check_request(load("container-rename-same"),
                value_of(docker::rename_container(full_id, "pr-same")),
                "pr-same");
}

BOOST_AUTO_TEST_CASE(what_is_done_and_what_was_done_already_is_success) {
  check_success("container-start", start());
  check_success("container-start-already", start());
  check_success("container-stop", stop(2s));
  check_success("container-stop-already", stop(2s));
  check_success("container-restart",
                value_of(docker::restart_container(full_id, 0s)));
  check_success("container-remove",
                value_of(docker::remove_container(full_id, true)));
  check_success("container-remove-not-found",
                value_of(docker::remove_container(full_id, true)));
  check_success("container-rename",
                value_of(docker::rename_container(full_id, "pr-r3")));
  check_success("container-rename-same",
                value_of(docker::rename_container(full_id, "pr-same")));
}

BOOST_AUTO_TEST_CASE(what_is_success_for_one_operation_is_none_for_another) {
  auto restart = value_of(docker::restart_container(full_id, 0s));
  check_failure("container-start-already", restart, errc::bad_reply, "",
                "Is this a Docker Engine?");
  check_failure("container-remove-not-found", restart, errc::not_found,
                "No such container: pr-none", "");
  // A success with content is that of something else.
  check_failure("network-disconnect", start(), errc::bad_reply, "",
                "Is this a Docker Engine?");
}

BOOST_AUTO_TEST_CASE(a_missing_container_is_not_found) {
  check_failure("container-start-not-found", start(), errc::not_found,
                "No such container: pr-none", "");
  check_failure("container-stop-not-found", stop(2s), errc::not_found,
                "No such container: pr-none", "");
}

BOOST_AUTO_TEST_CASE(a_running_container_is_removed_only_by_force) {
  check_failure("container-remove-running-conflict",
                value_of(docker::remove_container(full_id, false)),
                errc::conflict,
                "You cannot remove a running container 7bfa9ae6223b5b45ef1b339"
                "5a8ef6fca6d8be5a93b6c96d3e1bb939f12ee9f23. Stop the container "
                "before attempting removal or force remove",
                "");
  check_failure("container-kill-not-running", stop(2s), errc::conflict,
                "Cannot kill container: pr-s: Container 7bfa9ae6223b5b45ef1b33"
                "95a8ef6fca6d8be5a93b6c96d3e1bb939f12ee9f23 is not running",
                "");
}

BOOST_AUTO_TEST_CASE(failed_starts_are_told_apart_by_their_text) {
  check_failure("container-start-error-bad-command", start(),
                errc::container_failed,
                "failed to create shim task: OCI runtime create failed: runc "
                "create failed: unable to start container process: exec: "
                "\"/nope\": stat /nope: no such file or directory: unknown",
                "command cannot be run");
  check_failure("container-start-error-network-missing", start(),
                errc::not_found, "network nonet not found",
                "create the container again");
  check_failure("container-start-error-port-allocated", start(), errc::busy,
                "driver failed programming external connectivity on endpoint "
                "pr-b (aefe8753c2625d8162c124aef072630dd19fed896e65bfd25c0ddedc"
                "fedeb1ed): Bind for 127.0.0.1:28081 failed: port is already "
                "allocated",
                "has the port");
  check_failure("container-start-error-port-in-use-by-process", start(),
                errc::busy,
                "driver failed programming external connectivity on endpoint "
                "pr-bind (7d90ebc4858e62f6ec4a8884a3770784d035260485d5df7292139"
                "dd3010ac6d6): Error starting userland proxy: listen tcp4 "
                "127.0.0.1:5000: bind: address already in use",
                "has the port");
}

// -- wait ---------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(the_exit_status_is_read) {
  auto x = load("container-wait");
  auto request = value_of(docker::wait_container(full_id));
  check_request(x, request, "pr-w");
  BOOST_TEST(value_of(docker::parse_container_exit(answer(x, request))).status
             == 7);
}

BOOST_AUTO_TEST_CASE(a_removal_by_somebody_else_is_not_done_but_waited_for) {
  auto refused = load("container-remove-in-progress");
  auto removal = value_of(docker::remove_container(full_id, true));
  check_request(refused, removal, "pr-c");
  check_failure("container-remove-in-progress", removal, errc::conflict,
                "removal of container pr-c is already in progress", "");
  BOOST_TEST(docker::is_being_removed(answer(refused, removal)));
  for (const auto* other : {"container-remove", "container-remove-not-found",
                            "container-remove-running-conflict"})
    BOOST_TEST(!docker::is_being_removed(answer(load(other), removal)), other);
  auto waiting = value_of(docker::await_removal(full_id));
  check_request(load("container-wait-removed"), waiting, "pr-c");
  check_success("container-wait-removed", waiting);
  check_success("container-remove-not-found", waiting);
}

BOOST_AUTO_TEST_CASE(a_removal_by_somebody_else_that_fails_is_an_error) {
  auto waiting = value_of(docker::await_removal(full_id));
  auto x = answer(load("container-wait-removed"), waiting);
  x.body = R"({"Error":{"Message":"device is busy"},"StatusCode":137})";
  auto err = docker::check_done(x);
  BOOST_TEST(code_of(err) == errc::peer_failed);
  BOOST_TEST(failure_of(err).reply == "device is busy");
  x.body = R"({"Err)";
  BOOST_TEST(code_of(docker::check_done(x)) == errc::bad_reply);
}

BOOST_AUTO_TEST_CASE(a_restart_policy_is_changed_without_a_word_about_limits) {
  auto x = set_policy("no");
  BOOST_TEST(x.target == "/containers/" + std::string{full_id} + "/update");
  BOOST_TEST(x.body == R"({"RestartPolicy":{"Name":"no"}})");
  check_success("container-update-restart-policy", x);
  BOOST_TEST(!docker::set_restart_policy(full_id, "sometimes"));
}
