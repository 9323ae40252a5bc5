#include "transports/signature.hpp"

#include <boost/test/unit_test.hpp>

using namespace dw;

BOOST_AUTO_TEST_SUITE(signatures)

// The test cases 1, 2, 6 of RFC 4231.
BOOST_AUTO_TEST_CASE(the_hmac_is_that_of_the_standard) {
  BOOST_TEST(
    hmac_sha256_hex(secret{std::string(20, '\x0b')}, "Hi There")
    == "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  BOOST_TEST(
    hmac_sha256_hex(secret{"Jefe"}, "what do ya want for nothing?")
    == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  BOOST_TEST(
    hmac_sha256_hex(secret{std::string(131, '\xaa')},
                    "Test Using Larger Than Block-Size Key - Hash Key First")
    == "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

BOOST_AUTO_TEST_CASE(an_empty_key_and_text_have_one_too) {
  BOOST_TEST(
    hmac_sha256_hex(secret{}, "")
    == "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

BOOST_AUTO_TEST_CASE(only_the_secret_is_the_same) {
  BOOST_TEST(is_same_secret("secret", "secret"));
  BOOST_TEST(is_same_secret("", ""));
  for (const auto* shown :
       {"", "s", "secre", "secret ", "Secret", "secretsecret"})
    BOOST_TEST(!is_same_secret(shown, "secret"), shown);
}

BOOST_AUTO_TEST_SUITE_END()
