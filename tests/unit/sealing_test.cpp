#include "actors/sealing.hpp"

#include "messages/error.hpp"
#include "tests/support/temp_directory.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <sys/stat.h>

using namespace dw;

namespace {

const std::string digits(64, 'a');

sealer make_sealer(const std::string& key = digits) {
  auto result = sealer::from_text(secret{key}, "a test");
  BOOST_REQUIRE(result);
  return std::move(*result);
}

void check_refused(const caf::expected<sealer>& x, errc code,
                   const std::string& why) {
  BOOST_REQUIRE(!x);
  BOOST_TEST(to_string(code_of(x.error())) == to_string(code));
  auto text = render(x.error());
  BOOST_TEST(text.find(why) != std::string::npos, text);
}

} // namespace

BOOST_AUTO_TEST_SUITE(sealing)

BOOST_AUTO_TEST_CASE(what_is_sealed_opens_again) {
  auto seal = make_sealer();
  for (const auto& text :
       {std::string{}, std::string{"hunter2"}, std::string(100'000, '\xff')}) {
    auto opened = seal.open(seal.seal(secret{text}, "here"), "here");
    BOOST_REQUIRE(opened);
    BOOST_TEST((opened->reveal() == text));
  }
}

BOOST_AUTO_TEST_CASE(what_is_sealed_does_not_show_the_text) {
  auto seal = make_sealer();
  auto once = seal.seal(secret{"hunter2"}, "here");
  BOOST_TEST(once.find("hunter2") == std::string::npos);
  BOOST_TEST((once != seal.seal(secret{"hunter2"}, "here")));
}

BOOST_AUTO_TEST_CASE(another_key_or_place_does_not_open_it) {
  auto seal = make_sealer();
  auto sealed = seal.seal(secret{"hunter2"}, "here");
  BOOST_TEST(!seal.open(sealed, "there"));
  BOOST_TEST(!make_sealer(std::string(64, 'b')).open(sealed, "here"));
}

BOOST_AUTO_TEST_CASE(each_changed_or_missing_byte_is_noticed) {
  auto seal = make_sealer();
  auto sealed = seal.seal(secret{"hunter2"}, "here");
  for (size_t i = 0; i < sealed.size(); ++i) {
    auto changed = sealed;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    BOOST_TEST(!seal.open(changed, "here"));
    BOOST_TEST(!seal.open(sealed.substr(0, i), "here"));
  }
}

BOOST_AUTO_TEST_CASE(a_key_is_64_hexadecimal_digits) {
  BOOST_TEST(!!sealer::from_text(secret{digits + "\n"}, "a test"));
  for (const auto& bad :
       {std::string{}, digits.substr(1), digits + "a", std::string(64, 'x')}) {
    auto result = sealer::from_text(secret{bad}, "DOCKER_WATCHER_KEY");
    check_refused(result, errc::invalid_argument, "DOCKER_WATCHER_KEY");
  }
  auto shown = sealer::from_text(secret{"hunter2"}, "a test");
  BOOST_TEST(render(shown.error()).find("hunter2") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_new_key_file_is_private_and_stays) {
  test::temp_directory directory;
  auto path = directory.path("key");
  auto first = sealer::from_file_or_new(path);
  BOOST_REQUIRE(first);
  struct stat info = {};
  BOOST_REQUIRE(::stat(path.c_str(), &info) == 0);
  BOOST_TEST((info.st_mode & 07777) == 0600u);
  auto second = sealer::from_file_or_new(path);
  BOOST_REQUIRE(second);
  BOOST_TEST(!!second->open(first->seal(secret{"x"}, "here"), "here"));
  // Nothing but the key is left behind.
  auto files = std::filesystem::directory_iterator{directory.path()};
  BOOST_TEST(std::distance(begin(files), end(files)) == 1);
}

BOOST_AUTO_TEST_CASE(a_key_that_others_may_read_is_refused) {
  test::temp_directory directory;
  for (mode_t mode : {0640U, 0604U, 0660U}) {
    auto path = directory.write("key", digits, mode);
    check_refused(sealer::from_file(path), errc::invalid_argument,
                  "chmod 600 " + path);
  }
  BOOST_TEST(!!sealer::from_file(directory.write("key", digits, 0400)));
}

BOOST_AUTO_TEST_CASE(a_key_file_that_cannot_be_is_told) {
  test::temp_directory directory;
  check_refused(sealer::from_file(directory.path("none")), errc::not_found,
                "none");
  check_refused(sealer::from_file(directory.path()), errc::invalid_argument,
                directory.path());
  check_refused(sealer::from_file_or_new(directory.path("no/key")),
                errc::storage_failed, "no/key");
}

BOOST_AUTO_TEST_SUITE_END()
