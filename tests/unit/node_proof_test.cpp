#include "actors/node_proof.hpp"
#include "actors/sha256.hpp"
#include "messages/error.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

using namespace dw;

namespace {

const secret key{std::string(64, 'a')};
const std::string mine(64, '1');
const std::string theirs(64, '2');

} // namespace

BOOST_AUTO_TEST_CASE(a_proof_is_good_for_what_it_was_made_for_only) {
  auto proof = prove(node_party::node, key, mine, theirs);
  BOOST_TEST(is_proof(proof, node_party::node, key, mine, theirs));
  BOOST_TEST(!is_proof(proof, node_party::controller, key, mine, theirs));
  BOOST_TEST(!is_proof(proof, node_party::node, key, theirs, mine));
  BOOST_TEST(!is_proof(proof, node_party::node, key, mine, mine));
  BOOST_TEST(!is_proof(proof, node_party::node, secret{"b"}, mine, theirs));
  BOOST_TEST(!is_proof("", node_party::node, key, mine, theirs));
  BOOST_TEST(!is_proof(proof.substr(1), node_party::node, key, mine, theirs));
}

BOOST_AUTO_TEST_CASE(parts_of_a_proof_do_not_run_into_each_other) {
  BOOST_TEST(prove(node_party::node, key, "12", "3")
             != prove(node_party::node, key, "1", "23"));
}

BOOST_AUTO_TEST_CASE(a_token_gives_its_name_and_its_hash) {
  const std::string token = "dw_0123abcd_c2VjcmV0";
  auto result = key_of_token(secret{token});
  BOOST_REQUIRE(result);
  BOOST_TEST(result->id == "0123abcd");
  BOOST_TEST(result->key.reveal() == sha256_hex(token));
}

BOOST_AUTO_TEST_CASE(what_is_no_token_is_refused_and_not_shown) {
  for (const std::string text :
       {"", "hunter2", "dw_", "dw_0123abcd", "dw_0123abcd_", "dw_0123ABCD_x",
        "dx_0123abcd_hunter2", "dw_0123abcdXhunter2"}) {
    auto result = key_of_token(secret{text});
    BOOST_REQUIRE_MESSAGE(!result, text);
    BOOST_TEST((code_of(result.error()) == errc::invalid_argument));
    BOOST_TEST(render(result.error()).find("hunter2") == std::string::npos);
  }
}

BOOST_AUTO_TEST_CASE(nonces_differ) {
  auto x = make_nonce();
  BOOST_TEST(is_nonce(x));
  BOOST_TEST(x != make_nonce());
  for (const std::string text : {"", "12", "g"})
    BOOST_TEST(!is_nonce(text));
}
