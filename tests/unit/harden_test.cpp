#include "actors/harden.hpp"
#include "tests/support/actor_fixture.hpp"
#include "transports/obligation.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <boost/test/unit_test.hpp>

#include <stdexcept>

using namespace dw;
using namespace dw::test;

namespace {

using pinger_actor
  = caf::typed_actor<caf::replies_to<ping_engine>::with<engine_info>,
                     caf::replies_to<get_token>::with<proxy_token>>;

struct pinger_state {
  static inline const char* name = "pinger";
  std::vector<obligation<proxy_token>> owed;
};

pinger_actor::behavior_type
pinger(pinger_actor::stateful_pointer<pinger_state> self) {
  harden(self);
  return {
    [](const ping_engine& x) -> engine_info {
      if (x.options.ticket == 13)
        throw std::runtime_error{"unlucky"};
      return {};
    },
    [self](const get_token&) -> caf::result<proxy_token> {
      auto promise = self->make_response_promise<proxy_token>();
      self->state.owed.emplace_back(promise);
      return promise;
    },
  };
}

struct fixture : actor_fixture {
  pinger_actor aut = keep(sys.spawn(pinger));
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(harden_tests, fixture)

BOOST_AUTO_TEST_CASE(a_stray_error_does_not_end_a_hardened_actor) {
  caf::anon_send(caf::actor_cast<caf::actor>(aut),
                 make_failure(errc::not_found, {}));
  run();
  BOOST_TEST(bool{ask<engine_info>(aut, ping_engine{})});
}

BOOST_AUTO_TEST_CASE(an_exception_ends_it_and_reaches_whoever_waits) {
  auto owed = request<proxy_token>(aut, get_token{});
  run();
  auto answer = ask<engine_info>(aut, ping_engine{{.ticket = 13}});
  BOOST_REQUIRE(!answer);
  BOOST_TEST((code_of(answer.error()) == errc::internal));
  BOOST_TEST(failure_of(answer.error()).reply == "unlucky");
  BOOST_TEST((code_of(owed.error()) == errc::service_restarted));
  answer = ask<engine_info>(aut, ping_engine{});
  BOOST_TEST((code_of(answer.error()) == errc::service_restarted));
}

BOOST_AUTO_TEST_CASE(however_an_actor_ends_what_it_owes_is_answered) {
  for (auto reason :
       {caf::exit_reason::user_shutdown, caf::exit_reason::kill}) {
    auto mortal = keep(sys.spawn(pinger));
    auto owed = request<proxy_token>(mortal, get_token{});
    run();
    BOOST_TEST(!owed.ready());
    caf::anon_send_exit(mortal, reason);
    run();
    BOOST_TEST((code_of(owed.error()) == errc::service_restarted));
  }
}

BOOST_AUTO_TEST_SUITE_END()
