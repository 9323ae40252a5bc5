// Logins at a real NPM, or at its stand-in.

#include "tests/integration/npm_fixture.hpp"
#include "tests/support/npm_standin/json.hpp"
#include "transports/npm_api.hpp"

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <atomic>
#include <memory>

using namespace dw;
using namespace dw::test;
using namespace std::chrono_literals;

namespace {

/// What passed through a `short_lived`.
struct login_log {
  std::atomic<int> logins = 0;
  std::atomic<int> refreshes = 0;
  std::atomic<int> refused_tokens = 0;
};

struct short_lived_state {
  http_client_actor http;
  npm_endpoint endpoint;
  std::shared_ptr<login_log> log;
  /// Given out last.
  secret token;
  bool is_held = false;
  std::string lifetime;
};

using short_lived_pointer
  = http_client_actor::stateful_pointer<short_lived_state>;
using response_promise = caf::typed_response_promise<http_response>;

/// Every login gets a token that ends soon, which any client of NPM can ask for
/// with a token of a day.
void log_in(short_lived_pointer self, const http_request& request,
            response_promise promise) {
  ++self->state.log->logins;
  self->request(self->state.http, caf::infinite, request)
    .then(
      [self, promise](const http_response& response) mutable {
        auto& st = self->state;
        auto token = npm::parse_token(response);
        if (!token) {
          promise.deliver(response);
          return;
        }
        auto shorter = at(st.endpoint, npm::refresh(token->value));
        shorter.target += "?expiry=" + st.lifetime;
        self->request(st.http, caf::infinite, shorter)
          .then(
            [self, promise](const http_response& brief) mutable {
              if (auto got = npm::parse_token(brief))
                self->state.token = got->value;
              promise.deliver(brief);
            },
            [promise](caf::error& err) mutable { promise.deliver(err); });
      },
      [promise](caf::error& err) mutable { promise.deliver(err); });
}

/// Hands a request on when the token is no good any more.
void hold(short_lived_pointer self, const http_request& request,
          response_promise promise) {
  auto probe = at(self->state.endpoint, npm::refresh(self->state.token));
  self->request(self->state.http, caf::infinite, probe)
    .then(
      [self, request, promise](const http_response& response) mutable {
        if (response.status == 200) {
          hold(self, request, promise);
          return;
        }
        ++self->state.log->refused_tokens;
        promise.delegate(self->state.http, request);
      },
      [promise](caf::error& err) mutable { promise.deliver(err); });
}

/// An HTTP CLIENT in front of another, with which tokens do not live long.
/// @param lifetime Of the tokens, "2s"; NPM cuts up to a second off.
/// @param is_slow Whether it holds the first request with a token back until
///                that has expired, and loses all refreshes.
http_client_actor::behavior_type
short_lived(short_lived_pointer self, http_client_actor http,
            npm_endpoint endpoint, std::shared_ptr<login_log> log,
            std::string lifetime, bool is_slow) {
  self->state.http = std::move(http);
  self->state.endpoint = std::move(endpoint);
  self->state.log = std::move(log);
  self->state.lifetime = std::move(lifetime);
  self->state.is_held = is_slow;
  return {
    [self, is_slow](http_request& x) -> caf::result<http_response> {
      auto promise = self->make_response_promise<http_response>();
      if (x.target.ends_with("/tokens") && x.method == http_method::post) {
        log_in(self, x, promise);
        return promise;
      }
      if (x.target.ends_with("/tokens")) {
        ++self->state.log->refreshes;
        if (is_slow)
          return make_failure(errc::connection_lost, {.operation = "refresh"});
      } else if (std::exchange(self->state.is_held, false)) {
        hold(self, x, promise);
        return promise;
      }
      promise.delegate(self->state.http, std::move(x));
      return promise;
    },
    [self](http_request& x, const body_consumer_actor& consumer) {
      return self->delegate(self->state.http, std::move(x), consumer);
    },
    [self](const consumed& x) { self->delegate(self->state.http, x); },
    [self](const cancel& x) { self->delegate(self->state.http, x); },
  };
}

struct tokens_fixture : npm_fixture {
  proxy_token get(const token_keeper_actor& whom) {
    return ask<proxy_token>(whom, get_token{});
  }

  http_client_actor short_lived_http(std::string lifetime, bool is_slow) {
    return sys.spawn(short_lived, http, endpoint(), log, std::move(lifetime),
                     is_slow);
  }

  std::shared_ptr<login_log> log = std::make_shared<login_log>();
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(npm_tokens, tokens_fixture)

BOOST_AUTO_TEST_CASE(one_login_serves_all_who_ask) {
  auto keeper = keeper_of(endpoint(), http);
  auto first = get(keeper);
  BOOST_TEST(!first.value.empty());
  BOOST_TEST((first.lifetime == 24h));
  BOOST_TEST((get(keeper) == first));
}

BOOST_AUTO_TEST_CASE(a_login_on_demand_brings_another_token) {
  auto keeper = keeper_of(endpoint(), http);
  auto first = get(keeper);
  auto second = ask<proxy_token>(keeper, login{});
  BOOST_TEST((second.value != first.value));
  BOOST_TEST((get(keeper) == second));
}

BOOST_AUTO_TEST_CASE(a_wrong_password_is_told_without_showing_it) {
  auto keeper = keeper_of(endpoint(npm.identity, "wrong-password"), http);
  auto err = refusal<proxy_token>(keeper, get_token{});
  check_failure(err, errc::unauthorized, npm.identity);
  BOOST_TEST(!is_transient(err));
  BOOST_TEST(render(err).find("wrong-password") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_unknown_user_is_told_as_a_wrong_password) {
  auto keeper = keeper_of(endpoint("nobody@" + domain("users"), "x"), http);
  auto err = refusal<proxy_token>(keeper, get_token{});
  check_failure(err, errc::unauthorized);
}

BOOST_AUTO_TEST_CASE(a_refresh_extends_a_token) {
  auto keeper = keeper_of(endpoint(), http);
  auto none = refusal<proxy_token>(keeper, refresh_token{});
  check_failure(none, errc::unauthorized);
  auto first = get(keeper);
  auto second = ask<proxy_token>(keeper, refresh_token{});
  BOOST_TEST((second.value != first.value));
  BOOST_TEST((get(keeper) == second));
}

BOOST_AUTO_TEST_CASE(a_refused_token_is_replaced_by_a_login) {
  auto keeper = keeper_of(endpoint(), http);
  auto first = get(keeper);
  auto second = ask<proxy_token>(keeper, replace_token{{}, first.value});
  BOOST_TEST((second.value != first.value));
  // Who comes late with the same complaint gets the new one.
  BOOST_TEST(
    (ask<proxy_token>(keeper, replace_token{{}, first.value}) == second));
}

BOOST_AUTO_TEST_CASE(a_token_is_refreshed_before_it_ends) {
  auto keeper = keeper_of(endpoint(), short_lived_http("4s", false));
  auto first = get(keeper);
  BOOST_TEST((first.lifetime == 4s));
  BOOST_TEST(comes_true([&] { return log->refreshes > 0; }));
  BOOST_TEST(comes_true([&] { return get(keeper).value != first.value; }));
  BOOST_TEST(log->logins == 1);
}

BOOST_AUTO_TEST_CASE(an_expired_token_is_replaced_and_the_request_repeated) {
  auto slow = registrar_of(endpoint(), short_lived_http("2s", true));
  ask<std::vector<proxy_host>>(slow, list_proxy_hosts{});
  BOOST_TEST(log->refused_tokens == 1);
  BOOST_TEST(log->logins >= 2);
}

BOOST_AUTO_TEST_CASE(a_server_that_is_not_there_is_told) {
  auto nowhere = endpoint();
  nowhere.origin.base_url = "http://127.0.0.1:1";
  auto err = refusal<proxy_token>(keeper_of(nowhere, http), get_token{});
  check_failure(err, errc::connection_refused);
}

BOOST_AUTO_TEST_SUITE_END()
