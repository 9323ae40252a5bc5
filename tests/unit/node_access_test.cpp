#include "actors/node_access.hpp"

#include "actors/node_proof.hpp"
#include "messages/error.hpp"
#include "tests/support/actor_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <map>

using namespace dw;
using namespace dw::test;
using namespace std::chrono_literals;

namespace {

struct fixture : actor_fixture {
  fixture()
    : access{"alpha", [this](const std::string& id) {
               auto i = clients.find(id);
               return i != clients.end() ? caf::optional<node_client>{i->second}
                                         : caf::none;
             }} {
    clients["0123abcd"] = {"ci", key, node_right::work};
  }

  caf::actor_addr somebody() {
    auto x = keep(sys.spawn([](caf::event_based_actor*) -> caf::behavior {
      return {[](caf::ok_atom) {}};
    }));
    return x.address();
  }

  node_challenge greet() {
    auto result = access.greet({"0123abcd", nonce, "0.1.0"}, now);
    BOOST_REQUIRE(result);
    return *result;
  }

  node_login answer_to(const node_challenge& x) const {
    return {x.nonce, prove(node_party::controller, key, nonce, x.nonce)};
  }

  bool is_refused(const node_login& x) {
    auto pass = access.admit(x, holder, now);
    return !pass && code_of(pass.error()) == errc::unauthorized
           && failure_of(pass.error()).reply == "unauthorized";
  }

  errc check(const node_pass& pass, node_right needed) {
    auto client = access.check(pass, needed);
    return client ? errc{} : code_of(client.error());
  }

  const secret key{std::string(64, 'a')};
  const std::string nonce = make_nonce();
  const caf::actor_addr holder = somebody();
  node_access::time_point now{1h};
  std::map<std::string, node_client> clients;
  node_access access;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(access_to_a_node, fixture)

BOOST_AUTO_TEST_CASE(a_node_proves_that_it_knows_the_token) {
  auto x = greet();
  BOOST_TEST(x.name == "alpha");
  BOOST_TEST(is_proof(x.proof, node_party::node, key, nonce, x.nonce));
}

BOOST_AUTO_TEST_CASE(a_right_proof_gives_a_pass) {
  auto pass = access.admit(answer_to(greet()), holder, now);
  BOOST_REQUIRE(pass);
  BOOST_CHECK(check(*pass, node_right::look) == errc{});
  BOOST_CHECK(check(*pass, node_right::work) == errc{});
  BOOST_CHECK(check(*pass, node_right::remove) == errc::forbidden);
}

BOOST_AUTO_TEST_CASE(a_proof_is_good_once) {
  auto login = answer_to(greet());
  BOOST_REQUIRE(access.admit(login, holder, now));
  BOOST_TEST(is_refused(login));
}

BOOST_AUTO_TEST_CASE(a_wrong_proof_is_refused_and_spends_the_challenge) {
  auto x = greet();
  auto login = answer_to(x);
  BOOST_TEST(is_refused({x.nonce, x.proof})); // the node's own
  BOOST_TEST(is_refused(login));
}

BOOST_AUTO_TEST_CASE(a_proof_that_comes_late_is_refused) {
  auto login = answer_to(greet());
  now += node_access::challenge_time;
  BOOST_TEST(is_refused(login));
}

BOOST_AUTO_TEST_CASE(nobodys_token_and_bad_nonces_are_refused) {
  for (const auto& hello :
       {node_hello{"ffffffff", nonce, ""}, node_hello{"0123abcd", "", ""},
        node_hello{"0123abcd", "short", ""}}) {
    auto result = access.greet(hello, now);
    BOOST_REQUIRE(!result);
    BOOST_CHECK(code_of(result.error()) == errc::unauthorized);
  }
}

BOOST_AUTO_TEST_CASE(challenges_that_wait_are_limited_and_expire) {
  for (size_t i = 0; i < node_access::max_open; ++i)
    greet();
  auto refused = access.greet({"0123abcd", nonce, ""}, now);
  BOOST_REQUIRE(!refused);
  BOOST_CHECK(code_of(refused.error()) == errc::busy);
  now += node_access::challenge_time;
  greet();
}

BOOST_AUTO_TEST_CASE(a_pass_ends_with_its_holder) {
  auto pass = access.admit(answer_to(greet()), holder, now);
  BOOST_REQUIRE(pass);
  access.forget(somebody());
  BOOST_CHECK(check(*pass, node_right::look) == errc{});
  access.forget(holder);
  BOOST_CHECK(check(*pass, node_right::look) == errc::unauthorized);
}

BOOST_AUTO_TEST_CASE(a_pass_ends_with_its_token) {
  auto pass = access.admit(answer_to(greet()), holder, now);
  BOOST_REQUIRE(pass);
  clients["0123abcd"].key = secret{std::string(64, 'b')};
  BOOST_CHECK(check(*pass, node_right::look) == errc::unauthorized);
  clients.clear();
  BOOST_CHECK(check(*pass, node_right::look) == errc::unauthorized);
}

BOOST_AUTO_TEST_CASE(a_new_pass_takes_the_place_of_the_one_before) {
  auto first = access.admit(answer_to(greet()), holder, now);
  auto second = access.admit(answer_to(greet()), holder, now);
  BOOST_REQUIRE((first && second));
  BOOST_CHECK(check(*first, node_right::look) == errc::unauthorized);
  BOOST_CHECK(check(*second, node_right::look) == errc{});
}

BOOST_AUTO_TEST_CASE(what_is_no_pass_opens_nothing) {
  BOOST_REQUIRE(access.admit(answer_to(greet()), holder, now));
  for (const auto& text : {std::string{}, std::string(64, '0')})
    BOOST_CHECK(check({secret{text}}, node_right::look) == errc::unauthorized);
}

BOOST_AUTO_TEST_SUITE_END()
