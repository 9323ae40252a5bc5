// A whole node, its tokens and journal included, as a controller finds it.

#include "main/node_runtime.hpp"

#include "actors/node_proof.hpp"
#include "actors/sealing.hpp"
#include "messages/error.hpp"
#include "tests/support/node_peers.hpp"
#include "tests/support/temp_directory.hpp"

#include <caf/scoped_actor.hpp>

#include <boost/test/unit_test.hpp>

#include <ctime>

using namespace dw;
using namespace dw::test;
using namespace std::chrono_literals;

namespace {

struct fixture {
  fixture() : tokens{dir.path("tokens")} {
    configuration config;
    config.engine = engine_at(dir.path("no-engine"));
    auto seal = find_sealer(dir.path("key"), true);
    BOOST_REQUIRE(seal);
    auto journal
      = journal_store::open({dir.path("journal"), 5}, std::move(*seal));
    BOOST_REQUIRE(journal);
    node.emplace(machine.sys(), config, std::move(*journal), "alpha",
                 api::token_store{dir.path("tokens")});
    auto port = publish_node(machine.sys(), node_gateway_actor{node->gateway()},
                             "127.0.0.1", 0);
    BOOST_REQUIRE(port);
    auto found = controller.dial(*port);
    BOOST_REQUIRE(found);
    gateway = *found;
  }

  std::string make_token(api::scope may) {
    auto token = tokens.create("ops", may, 0, std::time(nullptr));
    BOOST_REQUIRE(token);
    return *token;
  }

  // Asks as one and the same actor, whose pass it is.
  template <class T, class... Ts>
  caf::expected<T> ask(Ts&&... xs) {
    caf::expected<T> result{caf::sec::runtime_error};
    link->request(gateway, 20s, std::forward<Ts>(xs)...)
      .receive([&](T& x) { result = std::move(x); },
               [&](caf::error& err) { result = std::move(err); });
    return result;
  }

  caf::expected<node_welcome> log_in(const std::string& token) {
    auto key = key_of_token(secret{token});
    BOOST_REQUIRE(key);
    auto nonce = make_nonce();
    auto x = ask<node_challenge>(node_hello{key->id, nonce, "0.1.0"});
    if (!x)
      return std::move(x.error());
    BOOST_TEST(x->name == "alpha");
    BOOST_TEST(is_proof(x->proof, node_party::node, key->key, nonce, x->nonce));
    return ask<node_welcome>(node_login{
      x->nonce, prove(node_party::controller, key->key, nonce, x->nonce)});
  }

  temp_directory dir;
  api::token_store tokens;
  node_peer machine;
  node_peer controller;
  std::optional<node_runtime> node;
  caf::scoped_actor link{controller.sys(), true};
  node_gateway_actor gateway;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(a_node, fixture)

BOOST_AUTO_TEST_CASE(lets_in_who_has_a_token_of_its) {
  auto welcome = log_in(make_token(api::scope::read));
  BOOST_REQUIRE(welcome);
  BOOST_TEST(!welcome->has_proxy);
  auto work = ask<work_record>(welcome->pass, read_work{"0123456789ab"});
  BOOST_REQUIRE(!work);
  BOOST_CHECK(code_of(work.error()) == errc::not_found);
  auto engine = ask<engine_info>(welcome->pass, ping_engine{});
  BOOST_REQUIRE(!engine);
  BOOST_CHECK(code_of(engine.error()) == errc::socket_missing);
  auto cancelled = ask<done>(welcome->pass, cancel_work{});
  BOOST_REQUIRE(!cancelled);
  BOOST_CHECK(code_of(cancelled.error()) == errc::forbidden);
}

BOOST_AUTO_TEST_CASE(knows_no_other_tokens) {
  make_token(api::scope::read);
  auto welcome = log_in("dw_0123abcd_c2VjcmV0");
  BOOST_REQUIRE(!welcome);
  BOOST_CHECK(code_of(welcome.error()) == errc::unauthorized);
}

BOOST_AUTO_TEST_CASE(forgets_who_is_in_when_the_token_is_revoked) {
  auto token = make_token(api::scope::deploy);
  auto welcome = log_in(token);
  BOOST_REQUIRE(welcome);
  BOOST_CHECK(ask<done>(welcome->pass, cancel_work{}));
  BOOST_REQUIRE(!tokens.revoke(key_of_token(secret{token})->id));
  auto refused = ask<done>(welcome->pass, cancel_work{});
  BOOST_REQUIRE(!refused);
  BOOST_CHECK(code_of(refused.error()) == errc::unauthorized);
}

// To do without the engine it takes work, records it, and tells how it failed.
BOOST_AUTO_TEST_CASE(records_the_work_that_it_takes) {
  auto welcome = log_in(make_token(api::scope::deploy));
  BOOST_REQUIRE(welcome);
  submit_work work;
  work.deploy_id = "0123456789ab";
  work.action = stage_action::stop;
  work.spec.project = "shop";
  work.spec.stage = "prod";
  work.spec.image = "shop";
  work.spec.tag = "1";
  work.asked_by = "cli:anna";
  BOOST_CHECK(ask<done>(welcome->pass, work));
  BOOST_CHECK(ask<done>(welcome->pass, work));
  auto record = ask<work_record>(welcome->pass, read_work{work.deploy_id});
  BOOST_REQUIRE(record);
  BOOST_TEST(record->work.asked_by == "controller ops for cli:anna");
}

BOOST_AUTO_TEST_SUITE_END()
