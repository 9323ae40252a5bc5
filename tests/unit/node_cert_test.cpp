// The files that docker-watcher node cert writes.

#include "main/commands.hpp"
#include "tests/support/temp_directory.hpp"
#include "transports/node_credentials.hpp"

#include <boost/test/unit_test.hpp>

#include <sys/stat.h>

#include <fstream>
#include <set>
#include <sstream>

using namespace dw;
using namespace dw::test;

namespace {

using names = std::set<std::string>;

struct fixture {
  exit_status make(const std::string& name, bool for_controller = false) {
    arguments args;
    args.command = "node cert";
    args.name = name;
    args.directory = dir.path();
    args.for_controller = for_controller;
    return run_node_cert(args);
  }

  names files() const {
    names result;
    for (const auto& x : std::filesystem::directory_iterator{dir.path()})
      result.insert(x.path().filename().string());
    return result;
  }

  std::string content(const std::string& name) const {
    std::ostringstream out;
    out << std::ifstream{dir.path(name)}.rdbuf();
    return out.str();
  }

  temp_directory dir;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(node_cert, fixture)

BOOST_AUTO_TEST_CASE(makes_authorities_and_what_a_node_needs) {
  BOOST_CHECK(make("web-1") == exit_status::done);
  names expected{"controllers-ca.key", "controllers-ca.pem", "nodes-ca.key",
                 "nodes-ca.pem",       "web-1.key",          "web-1.pem"};
  BOOST_TEST(files() == expected, boost::test_tools::per_element());
  for (const auto& x : expected) {
    struct stat info {};
    BOOST_REQUIRE(::stat(dir.path(x).c_str(), &info) == 0);
    BOOST_TEST((info.st_mode & 0777) == 0600u, x);
  }
  BOOST_CHECK(
    load_node_credentials({dir.path("controllers-ca.pem"),
                           dir.path("web-1.pem"), dir.path("web-1.key")}));
}

BOOST_AUTO_TEST_CASE(uses_the_authorities_that_are_there) {
  make("web-1");
  auto authority = content("nodes-ca.key");
  BOOST_CHECK(make("ops", true) == exit_status::done);
  BOOST_TEST(content("nodes-ca.key") == authority);
  BOOST_CHECK(load_node_credentials(
    {dir.path("nodes-ca.pem"), dir.path("ops.pem"), dir.path("ops.key")}));
}

BOOST_AUTO_TEST_CASE(overwrites_nothing) {
  make("web-1");
  auto key = content("web-1.key");
  BOOST_CHECK(make("web-1") != exit_status::done);
  BOOST_TEST(content("web-1.key") == key);
  // Not even half of a pair.
  dir.write("web-2.pem", "mine");
  BOOST_CHECK(make("web-2") != exit_status::done);
  BOOST_TEST(content("web-2.pem") == "mine");
  BOOST_TEST(!files().contains("web-2.key"));
}

BOOST_AUTO_TEST_CASE(makes_no_second_authority_where_half_of_one_is_missing) {
  make("web-1");
  std::filesystem::remove(dir.path("nodes-ca.key"));
  BOOST_CHECK(make("web-2") != exit_status::done);
  BOOST_TEST(!files().contains("nodes-ca.key"));
  BOOST_TEST(!files().contains("web-2.pem"));
}

BOOST_AUTO_TEST_CASE(refuses_names_that_are_not_fit_for_files) {
  for (const auto* x : {"", "../x", ".x", "-x", "a b", "nodes-ca"})
    BOOST_CHECK_MESSAGE(make(x) != exit_status::done, x);
  BOOST_TEST(files().empty());
}

BOOST_AUTO_TEST_SUITE_END()
