#include "main/api/access.hpp"

#include "tests/support/temp_directory.hpp"

#include <boost/test/unit_test.hpp>

using namespace dw;
using namespace dw::api;
using namespace std::chrono_literals;
using dw::test::temp_directory;

namespace {

constexpr int64_t now = 1'000'000;

struct fixture {
  server_request request_with(const std::string& authorization) const {
    server_request result;
    if (!authorization.empty())
      result.headers.push_back({"authorization", secret{authorization}});
    return result;
  }

  temp_directory directory;
  token_store tokens{directory.path("tokens")};
  std::string token = *tokens.create("ci", scope::deploy, 0, now);
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(api_access, fixture)

BOOST_AUTO_TEST_CASE(a_token_says_who_it_is) {
  for (const auto* scheme : {"Bearer ", "bearer ", "BEARER "}) {
    auto who = identify(request_with(scheme + token), tokens, now);
    BOOST_REQUIRE(who);
    BOOST_TEST(who->name == "token ci");
    BOOST_TEST(to_string(who->may) == "deploy");
  }
}

BOOST_AUTO_TEST_CASE(without_a_good_token_it_is_nobody) {
  const std::vector<std::string> texts{"",
                                       token,
                                       "Basic " + token,
                                       "Bearer",
                                       "Bearer ",
                                       "Bearer  " + token,
                                       "Bearer x" + token};
  for (const auto& text : texts)
    BOOST_TEST(!identify(request_with(text), tokens, now), text.substr(0, 10));
}

BOOST_AUTO_TEST_CASE(a_user_of_the_socket_may_do_everything) {
  auto request = request_with("");
  request.peer.uid = 1000;
  auto who = identify(request, tokens, now);
  BOOST_REQUIRE(who);
  BOOST_TEST(who->name == "uid 1000");
  BOOST_TEST(to_string(who->may) == "admin");
}

BOOST_AUTO_TEST_CASE(a_token_counts_also_on_the_socket) {
  auto request = request_with("Bearer " + token);
  request.peer.uid = 0;
  BOOST_TEST(to_string(identify(request, tokens, now)->may) == "deploy");
  request = request_with("Bearer nonsense");
  request.peer.uid = 0;
  BOOST_TEST(!identify(request, tokens, now));
}

BOOST_AUTO_TEST_CASE(a_client_has_so_many_requests_at_once_and_a_second) {
  rate_limiter limiter{2, 3};
  rate_limiter::time_point start{1h};
  for (int i = 0; i < 3; ++i)
    BOOST_TEST(limiter.admit("a", start));
  BOOST_TEST(!limiter.admit("a", start));
  BOOST_TEST(limiter.admit("b", start));
  BOOST_TEST(limiter.admit("a", start + 500ms));
  BOOST_TEST(!limiter.admit("a", start + 500ms));
  // No more than at once, however long it was away.
  for (int i = 0; i < 3; ++i)
    BOOST_TEST(limiter.admit("a", start + 1h));
  BOOST_TEST(!limiter.admit("a", start + 1h));
}

BOOST_AUTO_TEST_CASE(a_failed_login_costs_more_than_a_request) {
  rate_limiter limiter{2, 20};
  rate_limiter::time_point start{1h};
  auto fails = [&](const char* client, rate_limiter::time_point now) {
    auto result = limiter.admit(client, now);
    limiter.charge(client, 9, now);
    return result;
  };
  BOOST_TEST(fails("a", start));
  BOOST_TEST(fails("a", start));
  BOOST_TEST(!fails("a", start));
  BOOST_TEST(limiter.admit("b", start));
  // It owes nothing beyond that.
  BOOST_TEST(limiter.admit("a", start + 500ms));
  BOOST_TEST(!limiter.admit("a", start + 500ms));
}

BOOST_AUTO_TEST_CASE(many_clients_do_not_make_it_forget_one_that_asks_a_lot) {
  rate_limiter limiter{1, 2};
  rate_limiter::time_point start{1h};
  for (int i = 0; i < 30'000; ++i)
    limiter.admit(std::to_string(i), start + i * 1ms);
  auto later = start + 30s;
  BOOST_TEST(limiter.admit("a", later));
  BOOST_TEST(limiter.admit("a", later));
  for (int i = 0; i < 30'000; ++i)
    limiter.admit(std::to_string(i), later);
  BOOST_TEST(!limiter.admit("a", later));
}

BOOST_AUTO_TEST_SUITE_END()
