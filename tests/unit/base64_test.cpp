#include "transports/base64.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <utility>

using namespace dw;

namespace {

const std::pair<const char*, const char*> rfc4648[] = {
  {"", ""},
  {"f", "Zg=="},
  {"fo", "Zm8="},
  {"foo", "Zm9v"},
  {"foob", "Zm9vYg=="},
  {"fooba", "Zm9vYmE="},
  {"foobar", "Zm9vYmFy"},
};

std::string decoded(std::string_view text) {
  auto result = decode_base64(text);
  BOOST_REQUIRE_MESSAGE(result, text);
  return *result;
}

} // namespace

BOOST_AUTO_TEST_CASE(the_vectors_of_the_rfc_are_met_both_ways) {
  for (auto [plain, encoded] : rfc4648) {
    BOOST_TEST(encode_base64url(plain) == encoded);
    BOOST_TEST(decoded(encoded) == plain);
  }
}

BOOST_AUTO_TEST_CASE(padding_may_be_left_out) {
  BOOST_TEST(decoded("Zg") == "f");
  BOOST_TEST(decoded("Zm8") == "fo");
  BOOST_TEST(decoded("Zm9vYmE") == "fooba");
}

BOOST_AUTO_TEST_CASE(every_byte_survives) {
  std::string bytes;
  for (int i = 0; i < 256; ++i)
    bytes += static_cast<char>(i);
  for (size_t skip = 0; skip < 4; ++skip) {
    auto encoded = encode_base64url(bytes.substr(skip));
    BOOST_TEST(encoded.find_first_of("+/") == std::string::npos);
    BOOST_TEST(encoded.size() % 4 == 0u);
    BOOST_TEST((decoded(encoded) == bytes.substr(skip)));
  }
}

BOOST_AUTO_TEST_CASE(both_alphabets_are_read_but_not_mixed) {
  BOOST_TEST(decoded("-_-_") == decoded("+/+/"));
  BOOST_TEST(!decode_base64("-/-/"));
}

BOOST_AUTO_TEST_CASE(what_is_no_base64_is_refused) {
  for (auto text : {"=", "====", "Z", "Zg=", "Zg===", "Z===", "Zm9vY", "Zg==Zg",
                    "Zm9v\n", " Zm9v", "Zm 9v", "Zm9v=", "Zm\x80v", "Zm*v"})
    BOOST_TEST(!decode_base64(text), text);
  BOOST_TEST(!decode_base64(std::string_view{"Zm9\0", 4}));
}
