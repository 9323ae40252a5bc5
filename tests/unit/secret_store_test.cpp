#include "actors/secret_store.hpp"

#include "actors/sealing.hpp"
#include "messages/error.hpp"
#include "tests/support/temp_directory.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <fstream>
#include <sys/stat.h>

using namespace dw;

namespace {

struct fixture {
  fixture() {
    ::unsetenv(key_variable);
  }

  ~fixture() {
    ::unsetenv(key_variable);
  }

  std::string content() const {
    std::ifstream in{files.secrets, std::ios::binary};
    return {std::istreambuf_iterator<char>{in}, {}};
  }

  test::temp_directory directory;
  secret_files files{directory.path("state/secrets.json"),
                     directory.path("state/key")};
  secret_store store{files};
  registry_credentials login{"ci", secret{"hunter2"}, {}};
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(stored_secrets, fixture)

BOOST_AUTO_TEST_CASE(a_login_is_found_again) {
  BOOST_TEST(!store_login(store, "registry.test", login));
  auto found = find_login(secret_store{files}, "registry.test");
  BOOST_REQUIRE(found);
  BOOST_REQUIRE(*found);
  BOOST_TEST((**found == login));
}

BOOST_AUTO_TEST_CASE(nothing_is_found_without_a_file_or_a_key) {
  auto found = find_login(store, "registry.test");
  BOOST_REQUIRE(found);
  BOOST_TEST(!*found);
  BOOST_TEST(!std::filesystem::exists(directory.path("state")));
  auto none = secret_store{{}}.find("x");
  BOOST_REQUIRE(none);
  BOOST_TEST(!*none);
}

BOOST_AUTO_TEST_CASE(the_files_are_private_and_show_nothing) {
  BOOST_TEST(!store_login(store, "registry.test", login));
  BOOST_TEST(content().find("registry.test") != std::string::npos);
  BOOST_TEST(content().find("hunter2") == std::string::npos);
  BOOST_TEST(content().find("ci\"") == std::string::npos);
  for (const auto& path : {files.secrets, files.key}) {
    struct stat info = {};
    BOOST_REQUIRE(::stat(path.c_str(), &info) == 0);
    BOOST_TEST((info.st_mode & 07777) == 0600u, path);
  }
}

BOOST_AUTO_TEST_CASE(a_forgotten_login_is_gone) {
  BOOST_TEST(!store_login(store, "one.test", login));
  BOOST_TEST(!store_login(store, "two.test", login));
  auto was_there = store.erase("one.test");
  BOOST_REQUIRE(was_there);
  BOOST_TEST(*was_there);
  BOOST_TEST(!*store.erase("one.test"));
  BOOST_TEST(!*find_login(store, "one.test"));
  BOOST_TEST(!!*find_login(store, "two.test"));
}

BOOST_AUTO_TEST_CASE(a_registry_and_a_proxy_of_one_name_are_told_apart) {
  BOOST_TEST(!store_login(store, registry_login("one.test"), login));
  BOOST_TEST(!*find_login(store, proxy_login("one.test")));
}

BOOST_AUTO_TEST_CASE(the_environment_may_have_the_key) {
  ::setenv(key_variable, std::string(64, 'a').c_str(), 1);
  BOOST_TEST(!store_login(store, "registry.test", login));
  BOOST_TEST(!std::filesystem::exists(files.key));
  BOOST_TEST(!!*find_login(store, "registry.test"));
  ::setenv(key_variable, std::string(64, 'b').c_str(), 1);
  auto found = find_login(store, "registry.test");
  BOOST_REQUIRE(!found);
  BOOST_TEST((code_of(found.error()) == errc::storage_failed));
  ::setenv(key_variable, "nonsense", 1);
  found = find_login(store, "registry.test");
  BOOST_REQUIRE(!found);
  auto text = render(found.error());
  BOOST_TEST(text.find(key_variable) != std::string::npos, text);
  BOOST_TEST(text.find("nonsense") == std::string::npos, text);
}

BOOST_AUTO_TEST_CASE(secrets_cannot_be_put_in_each_others_place) {
  BOOST_TEST(!store.put("one", secret{"1"}));
  auto text = content();
  text.replace(text.find("\"one\""), 5, "\"two\"");
  directory.write("state/secrets.json", text);
  BOOST_TEST(!store.find("two"));
}

BOOST_AUTO_TEST_CASE(a_damaged_file_is_told_and_left_alone) {
  BOOST_TEST(!store.put("one", secret{"1"}));
  for (const auto* text : {"", "{}", "{\"version\": 2, \"secrets\": {}}",
                           "{\"version\": 1, \"secrets\": {\"one\": \"?\"}}"}) {
    directory.write("state/secrets.json", text);
    auto found = store.find("one");
    BOOST_REQUIRE(!found);
    BOOST_TEST((code_of(found.error()) == errc::storage_failed));
    BOOST_TEST(
      (code_of(store.put("two", secret{"2"})) == errc::storage_failed));
    BOOST_TEST(content() == text);
  }
}

BOOST_AUTO_TEST_SUITE_END()
