#include "main/api/token_store.hpp"

#include "messages/error.hpp"
#include "tests/support/temp_directory.hpp"

#include <boost/test/unit_test.hpp>

#include <sys/resource.h>
#include <sys/stat.h>

#include <fstream>
#include <sstream>

using namespace dw;
using namespace dw::api;
using dw::test::temp_directory;

namespace {

constexpr int64_t now = 1'000'000;

struct fixture {
  std::string create(scope may = scope::read, int64_t lifetime = 0) {
    auto result = store.create("ci of the shop", may, lifetime, now);
    if (!result)
      BOOST_FAIL("failed: " << render(result.error()));
    return *result;
  }

  std::string content() const {
    std::ostringstream out;
    out << std::ifstream{directory.path("tokens")}.rdbuf();
    return out.str();
  }

  temp_directory directory;
  token_store store{directory.path("tokens")};
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(token_stores, fixture)

BOOST_AUTO_TEST_CASE(a_token_is_known_by_its_scope) {
  for (auto may : {scope::read, scope::deploy, scope::admin}) {
    auto token = create(may);
    auto found = store.find(token, now);
    BOOST_REQUIRE(found);
    BOOST_TEST(to_string(found->may) == to_string(may));
    BOOST_TEST(found->name == "ci of the shop");
    BOOST_TEST(found->created == now);
  }
}

BOOST_AUTO_TEST_CASE(a_token_is_found_by_its_id_while_it_is_good) {
  auto token = create(scope::deploy, 60);
  auto id = token.substr(3, 8);
  auto found = store.find_by_id(id, now);
  BOOST_REQUIRE(found);
  BOOST_TEST(found->hash == store.find(token, now)->hash);
  BOOST_TEST(!store.find_by_id(id, now + 60));
  BOOST_TEST(!store.find_by_id("", now));
  BOOST_REQUIRE(!token_store{directory.path("tokens")}.revoke(id));
  BOOST_TEST(!store.find_by_id(id, now));
}

BOOST_AUTO_TEST_CASE(tokens_differ_and_are_not_kept) {
  auto one = create();
  auto two = create();
  BOOST_TEST(one != two);
  BOOST_TEST(one.size() == 56u); // dw_, 8 hex digits, _, 32 bytes with padding
  for (const auto& token : {one, two})
    BOOST_TEST(content().find(token.substr(12)) == std::string::npos);
}

BOOST_AUTO_TEST_CASE(what_is_no_token_is_nobodys) {
  auto token = create();
  auto other = token;
  other.back() = other.back() == 'A' ? 'B' : 'A';
  for (const auto& x : {std::string{}, std::string{"dw_"}, token.substr(0, 11),
                        token.substr(0, token.size() - 1), token + "x", other,
                        token.substr(3), std::string(100'000, 'x')})
    BOOST_TEST(!store.find(x, now), x.substr(0, 80));
}

BOOST_AUTO_TEST_CASE(a_token_expires) {
  auto token = create(scope::read, 60);
  BOOST_TEST(!!store.find(token, now + 59));
  BOOST_TEST(!store.find(token, now + 60));
}

BOOST_AUTO_TEST_CASE(a_token_that_another_process_revokes_is_worthless) {
  auto token = create();
  auto kept = create();
  BOOST_REQUIRE(store.find(token, now));
  token_store other{directory.path("tokens")};
  auto list = other.list();
  BOOST_REQUIRE(list);
  BOOST_REQUIRE(list->size() == 2u);
  BOOST_TEST(!other.revoke(list->front().id));
  BOOST_TEST(!store.find(token, now));
  BOOST_TEST(!!store.find(kept, now));
  auto err = other.revoke(list->front().id);
  BOOST_TEST((code_of(err) == errc::not_found));
}

BOOST_AUTO_TEST_CASE(only_its_owner_may_read_the_file) {
  create();
  struct stat info {};
  BOOST_REQUIRE(::stat(directory.path("tokens").c_str(), &info) == 0);
  BOOST_TEST((info.st_mode & 0777) == 0600u);
}

BOOST_AUTO_TEST_CASE(a_file_that_is_broken_lets_nobody_in) {
  auto token = create(scope::admin);
  auto whole = content();
  BOOST_REQUIRE(store.find(token, now));
  for (const auto& text :
       {std::string{}, std::string{"{}"}, whole.substr(0, whole.size() / 2),
        std::string{R"({"tokens":[{"id":"x"}]})"},
        std::string{R"({"tokens":[{"id":"x","scope":"root","sha256":""}]})"}}) {
    directory.write("tokens", text);
    BOOST_TEST(!store.find(token, now), text);
    BOOST_TEST(!store.list(), text);
    // It is not written over either.
    BOOST_TEST(!store.create("x", scope::read, 0, now));
    BOOST_TEST(content() == text);
  }
}

BOOST_AUTO_TEST_CASE(names_are_for_people) {
  for (const auto* name : {"", "a\nb", "\xff"})
    BOOST_TEST(!store.create(name, scope::read, 0, now));
  BOOST_TEST(!store.create(std::string(65, 'x'), scope::read, 0, now));
}

BOOST_AUTO_TEST_CASE(a_directory_that_is_not_there_is_told) {
  token_store nowhere{directory.path("no/tokens")};
  auto token = nowhere.create("x", scope::read, 0, now);
  BOOST_REQUIRE(!token);
  BOOST_TEST(render(token.error()).find("No such file or directory")
             != std::string::npos);
  BOOST_TEST(nowhere.list()->empty());
}

BOOST_AUTO_TEST_CASE(tokens_that_cannot_be_read_now_are_read_later) {
  auto token = create();
  rlimit before{};
  BOOST_REQUIRE(getrlimit(RLIMIT_NOFILE, &before) == 0);
  auto none = before;
  none.rlim_cur = 0;
  BOOST_REQUIRE(setrlimit(RLIMIT_NOFILE, &none) == 0);
  auto found = store.find(token, now);
  BOOST_REQUIRE(setrlimit(RLIMIT_NOFILE, &before) == 0);
  BOOST_TEST(!found);
  BOOST_TEST(bool{store.find(token, now)});
}

BOOST_AUTO_TEST_SUITE_END()
