// The services against a real engine: how it is reached and agreed with. The
// other files of this program are about what is asked of it then.

#include "main/engine_endpoint.hpp"
#include "tests/integration/engine_fixture.hpp"
#include "tests/support/temp_directory.hpp"
#include "transports/docker_api.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

using namespace dw;
using namespace dw::test;
using namespace std::chrono_literals;

namespace {

/// Services of the engine at another address, or with another version.
service_settings
settings_of(const std::string& host, const std::string& api_version = {}) {
  std::vector<setting_problem> problems;
  auto result = engine_settings_of_environment();
  if (!host.empty())
    result.engine = make_engine_endpoint({host, {}, {}}, problems);
  result.engine.pinned_api_version = api_version;
  BOOST_TEST_REQUIRE(problems.empty());
  return result;
}

/// A unix socket that somebody listens on.
class listener {
public:
  explicit listener(const std::string& path)
    : descriptor_{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)} {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof(address.sun_path) - 1);
    BOOST_REQUIRE(::bind(descriptor_, reinterpret_cast<sockaddr*>(&address),
                         sizeof(address))
                    == 0
                  && ::listen(descriptor_, 1) == 0);
  }

  ~listener() {
    ::close(descriptor_);
  }

  listener(const listener&) = delete;
  listener& operator=(const listener&) = delete;

private:
  int descriptor_;
};

/// Lets a process of root, who may do everything, be nobody for a while.
class nobody {
public:
  nobody() : before_{::geteuid()} {
    constexpr uid_t id = 65534;
    BOOST_REQUIRE(before_ != 0 || ::seteuid(id) == 0);
  }

  ~nobody() {
    if (::geteuid() != before_)
      BOOST_TEST(::seteuid(before_) == 0);
  }

  nobody(const nobody&) = delete;
  nobody& operator=(const nobody&) = delete;

private:
  uid_t before_;
};

struct address_fixture : live_actors {
  caf::error ping_failure(const std::string& host) {
    service_set services{sys, settings_of(host)};
    return refusal<engine_info>(services.handles().engine, ping_engine{});
  }

  temp_directory dir;
};

/// Logins that the Docker CLI keeps are found without being named, and some
/// cases are about having none.
struct no_logins_of_the_cli {
  no_logins_of_the_cli() {
    ::setenv("DOCKER_CONFIG", "/nonexistent", 1);
  }
};

} // namespace

BOOST_TEST_GLOBAL_FIXTURE(no_logins_of_the_cli);

// -- versions -----------------------------------------------------------------

BOOST_FIXTURE_TEST_SUITE(engine_versions, engine_fixture)

BOOST_AUTO_TEST_CASE(a_ping_negotiates_the_version_and_tells_the_release) {
  auto info = ask<engine_info>(to.engine, ping_engine{});
  auto minor = [](const std::string& version) {
    BOOST_TEST(version.starts_with("1."));
    return std::stoi(version.substr(2));
  };
  BOOST_TEST(minor(info.api_version)
             == std::min(minor(info.max_api_version), docker::max_api_minor));
  BOOST_TEST(minor(info.api_version) >= docker::min_api_minor);
  BOOST_TEST(!info.release.empty());
  BOOST_TEST(info.os == "linux");
  BOOST_TEST(!info.arch.empty());
}

BOOST_AUTO_TEST_CASE(a_pinned_version_is_spoken) {
  auto newest = ask<engine_info>(to.engine, ping_engine{});
  service_set pinned{sys, settings_of({}, newest.api_version)};
  auto info = ask<engine_info>(pinned.handles().engine, ping_engine{});
  BOOST_TEST(info.api_version == newest.api_version);
  ask<std::vector<container_summary>>(pinned.handles().containers,
                                      list_containers{});
}

BOOST_AUTO_TEST_CASE(a_version_that_the_engine_does_not_speak_is_told) {
  service_set pinned{sys, settings_of({}, "1.999")};
  auto err = refusal<std::vector<container_summary>>(
    pinned.handles().containers, list_containers{});
  check_failure(err, errc::version_mismatch, "1.999");
}

BOOST_AUTO_TEST_SUITE_END()

// -- addresses ----------------------------------------------------------------

BOOST_FIXTURE_TEST_SUITE(engine_addresses, address_fixture)

BOOST_AUTO_TEST_CASE(a_socket_that_is_not_there_is_missing) {
  auto path = dir.path("none.sock");
  check_failure(ping_failure("unix://" + path), errc::socket_missing, path);
}

BOOST_AUTO_TEST_CASE(a_socket_that_nobody_listens_on_refuses) {
  auto path = dir.path("stale.sock");
  { const listener gone{path}; }
  check_failure(ping_failure("unix://" + path), errc::connection_refused, path);
}

BOOST_AUTO_TEST_CASE(a_socket_of_others_is_denied) {
  auto path = dir.path("others.sock");
  const listener others{path};
  BOOST_REQUIRE(::chmod(path.c_str(), 0) == 0);
  const nobody me;
  check_failure(ping_failure("unix://" + path), errc::socket_denied, path);
}

BOOST_AUTO_TEST_CASE(a_port_that_nobody_listens_on_refuses) {
  check_failure(ping_failure("tcp://127.0.0.1:1"), errc::connection_refused,
                "127.0.0.1:1");
}

BOOST_AUTO_TEST_CASE(a_server_that_is_no_engine_is_told) {
  auto registry = variable("DW_TEST_REGISTRY");
  check_failure(ping_failure("tcp://" + registry), errc::bad_reply, registry);
}

BOOST_AUTO_TEST_SUITE_END()

// -- an engine that goes away -------------------------------------------------

BOOST_FIXTURE_TEST_SUITE(engine_deaths, engine_fixture,
                         *boost::unit_test::precondition(needs_own_engine))

BOOST_AUTO_TEST_CASE(the_same_services_serve_when_the_engine_is_back) {
  auto id = create(spec("app"));
  auto waiting
    = begin(to.containers,
            read_logs{{}, run(script("log", "exec sleep 600")), -1, true},
            as<log_listener_actor>());
  ask<engine_info>(to.engine, ping_engine{});
  change_engine("kill");
  auto lost = outcome<done>(waiting);
  auto err = refusal<engine_info>(to.engine, ping_engine{});
  change_engine("start");
  BOOST_TEST_REQUIRE(!lost);
  check_failure(lost.error(), errc::connection_lost);
  check_failure(err, errc::connection_refused, "docker.sock");
  BOOST_TEST(is_transient(err));
  BOOST_TEST(inspect(id).id == id);
}

BOOST_AUTO_TEST_SUITE_END()
