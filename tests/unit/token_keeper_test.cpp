#include "actors/token_keeper.hpp"

#include "messages/error.hpp"
#include "tests/support/actor_fixture.hpp"
#include "tests/support/scripted_http.hpp"
#include "transports/base64.hpp"

using namespace dw;
using namespace dw::test;
using namespace std::chrono_literals;

namespace {

constexpr auto post = http_method::post;
constexpr auto get = http_method::get;

constexpr auto refusal
  = R"({"error":{"code":400,"message":"Invalid email or password"}})";
constexpr auto internal_error
  = R"({"error":{"code":500,"message":"Internal Error"}})";

/// A token that lives for so many seconds; different names are different
/// tokens.
std::string jwt(const std::string& name, int seconds) {
  return "eyJhbGciOiJub25lIn0."
         + encode_base64url(R"({"jti":")" + name + R"(","iat":1000,"exp":)"
                            + std::to_string(1000 + seconds) + "}")
         + ".c2ln";
}

std::string answer_with(const std::string& token) {
  return R"({"token":")" + token + R"(","expires":"2026-11-24T15:26:08.312Z"})";
}

call with_ticket(uint64_t ticket) {
  call result;
  result.ticket = ticket;
  return result;
}

struct fixture : actor_fixture {
  fixture() : http{*this} {
    npm_endpoint endpoint;
    endpoint.origin.base_url = "http://npm.test:81";
    endpoint.base_path = "/api";
    endpoint.identity = "bot@example.test";
    endpoint.password = secret{"hunter2"};
    aut = keep(token_keeper_actor{
      sys.spawn(token_keeper, endpoint, http_client_actor{http.actor()})});
    run();
  }

  scripted_exchange& on_login() {
    return http.on(post, "/api/tokens");
  }

  scripted_exchange& on_refresh() {
    return http.on(get, "/api/tokens");
  }

  pending<proxy_token> ask_for_token(call options = {}) {
    auto result = request<proxy_token>(aut, get_token{options});
    run();
    return result;
  }

  /// What the keeper gives out now.
  std::string current() {
    return ask_for_token().value().value.reveal();
  }

  size_t count(const std::string& line) {
    return static_cast<size_t>(
      std::count(http.log().begin(), http.log().end(), line));
  }

  size_t logins() {
    return count("POST /api/tokens");
  }

  size_t refreshes() {
    return count("GET /api/tokens");
  }

  scripted_http http;
  token_keeper_actor aut;
};

const auto day = 24h;
const auto first = jwt("first", 24 * 3600);
const auto second = jwt("second", 24 * 3600);
const auto third = jwt("third", 24 * 3600);

} // namespace

BOOST_FIXTURE_TEST_SUITE(token_keeper_tests, fixture)

// -- logins -------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(nothing_is_asked_before_somebody_needs_a_token) {
  advance(48h);
  BOOST_TEST(http.log().empty());
}

BOOST_AUTO_TEST_CASE(a_login_says_where_and_who) {
  auto& login = on_login().answer(200, answer_with(first));
  auto token = ask_for_token().value();
  BOOST_TEST(token.value.reveal() == first);
  BOOST_TEST((token.lifetime == day));
  BOOST_TEST(login.request().origin.base_url == "http://npm.test:81");
  BOOST_TEST(login.request().body
             == R"({"identity":"bot@example.test","secret":"hunter2"})");
}

BOOST_AUTO_TEST_CASE(one_login_serves_all_who_wait) {
  auto& login = on_login();
  auto one = ask_for_token();
  auto two = ask_for_token();
  auto three = request<proxy_token>(aut, dw::login{});
  run();
  BOOST_TEST(logins() == 1u);
  BOOST_TEST(!one.ready());
  login.answer(200, answer_with(first));
  run();
  for (auto& x : {one, two, three})
    BOOST_TEST(x.value().value.reveal() == first);
  BOOST_TEST(current() == first);
  BOOST_TEST(logins() == 1u);
}

BOOST_AUTO_TEST_CASE(a_login_on_demand_replaces_a_good_token) {
  on_login().answer(200, answer_with(first));
  BOOST_TEST(current() == first);
  on_login().answer(200, answer_with(second));
  BOOST_TEST(ask<proxy_token>(aut, dw::login{})->value.reveal() == second);
  BOOST_TEST(current() == second);
}

BOOST_AUTO_TEST_CASE(a_refused_login_is_tried_again_only_when_asked) {
  on_login().answer(400, refusal);
  auto refused = ask_for_token();
  BOOST_TEST((code_of(refused.error()) == errc::unauthorized));
  advance(48h);
  BOOST_TEST(logins() == 1u);
  on_login().answer(200, answer_with(first)); // the password was repaired
  BOOST_TEST(current() == first);
}

BOOST_AUTO_TEST_CASE(a_second_factor_is_an_error_that_says_what_to_do) {
  on_login().answer(200, R"({"requires_2fa":true,"challenge_token":"x.y.z"})");
  auto refused = ask_for_token();
  BOOST_TEST((code_of(refused.error()) == errc::unauthorized));
  BOOST_TEST(render(refused.error()).find("two-factor") != std::string::npos);
  advance(48h);
  BOOST_TEST(logins() == 1u);
}

BOOST_AUTO_TEST_CASE(an_unreachable_proxy_is_the_answer) {
  on_login().fail(errc::connection_refused);
  BOOST_TEST((code_of(ask_for_token().error()) == errc::connection_refused));
}

// -- refreshes ----------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_token_is_refreshed_at_60_percent_of_its_life) {
  on_login().answer(200, answer_with(jwt("short", 1000)));
  current();
  advance(599s);
  BOOST_TEST(refreshes() == 0u);
  auto& refresh = on_refresh().answer(200, answer_with(second));
  advance(1s);
  BOOST_TEST(refreshes() == 1u);
  for (const auto& header : refresh.request().headers)
    if (header.name == "Authorization")
      BOOST_TEST(header.value.reveal() == "Bearer " + jwt("short", 1000));
  BOOST_TEST(current() == second);
  BOOST_TEST(logins() == 1u);
}

BOOST_AUTO_TEST_CASE(the_life_counts_from_before_the_request_was_sent) {
  auto& login = on_login();
  auto token = ask_for_token();
  advance(10s);
  login.answer(200, answer_with(jwt("short", 100)));
  run();
  BOOST_TEST(token.ready());
  on_refresh().answer(200, answer_with(second));
  advance(49s);
  BOOST_TEST(refreshes() == 0u);
  advance(1s); // 60 s after the question, 50 s after the answer
  BOOST_TEST(refreshes() == 1u);
}

BOOST_AUTO_TEST_CASE(refreshes_follow_each_other) {
  on_login().answer(200, answer_with(jwt("short", 100)));
  current();
  for (int i = 0; i < 5; ++i) {
    auto next = jwt(std::to_string(i), 100);
    on_refresh().answer(200, answer_with(next));
    advance(60s);
    BOOST_TEST(current() == next);
  }
  BOOST_TEST(logins() == 1u);
}

BOOST_AUTO_TEST_CASE(a_refresh_that_fails_in_any_way_is_followed_by_a_login) {
  using script = std::function<void(scripted_exchange&)>;
  const script failures[] = {
    [](auto& x) { x.answer(500, internal_error); },
    [](auto& x) {
      x.answer(400, R"({"error":{"code":400,"message":"Token has expired"}})");
    },
    [](auto& x) { x.answer(200, "<html>"); },
    [](auto& x) { x.fail(errc::timed_out); },
  };
  on_login().answer(200, answer_with(first));
  current();
  auto expected = first;
  for (const auto& fail : failures) {
    fail(on_refresh());
    expected = expected == first ? second : first;
    on_login().answer(200, answer_with(expected));
    advance(864min); // 60% of a day
    BOOST_TEST(current() == expected);
  }
}

BOOST_AUTO_TEST_CASE(a_token_is_used_while_it_is_being_refreshed) {
  on_login().answer(200, answer_with(jwt("short", 100)));
  current();
  auto& refresh = on_refresh();
  advance(60s);
  BOOST_TEST(current() == jwt("short", 100));
  refresh.answer(200, answer_with(second));
  run();
  BOOST_TEST(current() == second);
}

BOOST_AUTO_TEST_CASE(a_token_is_not_given_out_at_the_end_of_its_life) {
  on_login().answer(200, answer_with(jwt("short", 100)));
  current();
  on_refresh().fail(errc::timed_out);
  on_login().fail(errc::timed_out);
  advance(60s);
  BOOST_TEST(current() == jwt("short", 100)); // still good
  advance(36s);
  on_login().answer(200, answer_with(second));
  BOOST_TEST(current() == second);
}

BOOST_AUTO_TEST_CASE(a_refusal_after_a_failed_refresh_ends_the_attempts) {
  on_login().answer(200, answer_with(jwt("short", 100)));
  current();
  on_refresh().answer(500, internal_error);
  on_login().answer(400, refusal);
  advance(60s);
  advance(48h);
  BOOST_TEST(logins() == 2u);
  BOOST_TEST(refreshes() == 1u);
}

BOOST_AUTO_TEST_CASE(a_refresh_on_demand_tells_whether_the_token_is_good) {
  on_login().answer(200, answer_with(first));
  current();
  on_refresh().answer(200, answer_with(second));
  BOOST_TEST(ask<proxy_token>(aut, refresh_token{})->value.reveal() == second);
  BOOST_TEST(current() == second);
  on_refresh().answer(500, internal_error);
  auto bad = ask<proxy_token>(aut, refresh_token{});
  BOOST_REQUIRE(!bad);
  BOOST_TEST((code_of(bad.error()) == errc::peer_failed));
  BOOST_TEST(logins() == 1u); // that is for the asker to decide
}

BOOST_AUTO_TEST_CASE(without_a_token_there_is_nothing_to_refresh) {
  auto none = ask<proxy_token>(aut, refresh_token{});
  BOOST_REQUIRE(!none);
  BOOST_TEST((code_of(none.error()) == errc::unauthorized));
  BOOST_TEST(http.log().empty());
}

BOOST_AUTO_TEST_CASE(one_refresh_serves_all_who_wait) {
  on_login().answer(200, answer_with(first));
  current();
  auto& refresh = on_refresh();
  auto one = request<proxy_token>(aut, refresh_token{});
  auto two = request<proxy_token>(aut, refresh_token{});
  run();
  refresh.answer(200, answer_with(second));
  run();
  BOOST_TEST(one.value().value.reveal() == second);
  BOOST_TEST(two.value().value.reveal() == second);
  BOOST_TEST(refreshes() == 1u);
}

// -- replacing ----------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_bad_token_is_replaced_once_however_many_complain) {
  on_login().answer(200, answer_with(first));
  current();
  auto& login = on_login();
  auto one = request<proxy_token>(aut, replace_token{{}, secret{first}});
  auto two = request<proxy_token>(aut, replace_token{{}, secret{first}});
  run();
  login.answer(200, answer_with(second));
  run();
  BOOST_TEST(one.value().value.reveal() == second);
  BOOST_TEST(two.value().value.reveal() == second);
  auto late = ask<proxy_token>(aut, replace_token{{}, secret{first}});
  BOOST_REQUIRE(late);
  BOOST_TEST(late->value.reveal() == second);
  BOOST_TEST(logins() == 2u);
}

BOOST_AUTO_TEST_CASE(a_late_refresh_does_not_replace_the_token_of_a_login) {
  on_login().answer(200, answer_with(jwt("short", 100)));
  current();
  auto& refresh = on_refresh();
  advance(60s);
  on_login().answer(200, answer_with(second));
  auto replaced
    = ask<proxy_token>(aut, replace_token{{}, secret{jwt("short", 100)}});
  BOOST_REQUIRE(replaced);
  BOOST_TEST(replaced->value.reveal() == second);
  refresh.answer(200, answer_with(third));
  run();
  BOOST_TEST(current() == second);
}

// -- the end of calls ---------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_cancelled_call_fails_while_the_login_goes_on) {
  auto& login = on_login();
  auto one = ask_for_token(with_ticket(7));
  auto two = ask_for_token(with_ticket(7));
  caf::anon_send(aut, cancel{7}); // from nobody who asked
  run();
  BOOST_TEST(!one.ready());
  caf::send_as(one.asker(), aut, cancel{7});
  run();
  BOOST_TEST((code_of(one.error()) == errc::cancelled));
  BOOST_TEST(!two.ready());
  login.answer(200, answer_with(first));
  run();
  BOOST_TEST(two.value().value.reveal() == first);
}

BOOST_AUTO_TEST_CASE(a_call_fails_when_its_time_is_up) {
  auto& login = on_login();
  call hurried;
  hurried.timeout = 3s;
  auto one = ask_for_token(hurried);
  auto two = ask_for_token();
  advance(2999ms);
  BOOST_TEST(!one.ready());
  advance(1ms);
  BOOST_TEST((code_of(one.error()) == errc::timed_out));
  login.answer(200, answer_with(first));
  run();
  BOOST_TEST(two.value().value.reveal() == first);
}

BOOST_AUTO_TEST_CASE(nobody_is_left_waiting_when_the_keeper_dies) {
  on_login();
  auto one = ask_for_token();
  kill(aut);
  BOOST_TEST((code_of(one.error()) == errc::service_restarted));
}

BOOST_AUTO_TEST_SUITE_END()
