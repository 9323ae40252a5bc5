#include "messages/error.hpp"
#include "tests/support/npm_fixture.hpp"

using namespace dw;
using namespace dw::test;
using namespace std::chrono_literals;

namespace {

const auto our_mark = mark("shop", "prod", "i-1");
const auto new_mark = mark("shop", "prod", "i-2");

set_route route(std::vector<std::string> domains) {
  set_route result;
  result.domains = std::move(domains);
  result.target = {"http", "127.0.0.1", 9090};
  result.owner = {"shop", "prod", "i-2"};
  return result;
}

/// A host of ours as it is after `route`.
proxy_host routed(proxy_host before) {
  before.target.port = 9090;
  before.meta = new_mark;
  return before;
}

bool has_port(const scripted_exchange& x, int port) {
  auto member = R"("forward_port":)" + std::to_string(port) + ",";
  return x.request().body.find(member) != std::string::npos;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(proxy_routes_tests, npm_fixture)

// -- set_route ----------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_new_route_is_a_host_of_ours) {
  on_list({});
  auto host = routed(make_host(5, {"a.test"}));
  auto& posted = on_post().answer(201, created(host));
  on(get, "/5").answer(200, to_json(host));
  auto result = ask<route_result>(aut, route({"a.test"}));
  BOOST_REQUIRE(result);
  BOOST_TEST((result->changes == std::vector<route_change>{{5, true, {}}}));
  BOOST_TEST(posted.request().body.find(R"("meta":)" + new_mark)
             != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_switch_is_one_list_and_one_put) {
  auto before = make_host(5, {"a.test"}, our_mark);
  on_list({before});
  auto& put = on(put_, "/5").answer(200, to_json(routed(before)));
  auto result = ask<route_result>(aut, route({"a.test"}));
  BOOST_REQUIRE(result);
  BOOST_TEST(
    (result->changes == std::vector<route_change>{{5, false, before}}));
  BOOST_TEST(put.request().body
             == R"({"forward_scheme":"http","forward_host":"127.0.0.1",)"
                R"("forward_port":9090,"meta":)"
                  + new_mark + "}");
  BOOST_TEST(http.log().size() == 2u);
}

BOOST_AUTO_TEST_CASE(a_route_that_is_there_needs_no_mutation) {
  on_list({routed(make_host(5, {"a.test"}))});
  auto result = ask<route_result>(aut, route({"a.test"}));
  BOOST_REQUIRE(result);
  BOOST_TEST(result->changes.empty());
}

BOOST_AUTO_TEST_CASE(a_taken_name_changes_nothing) {
  on_list({make_host(5, {"a.test"}, our_mark), make_host(7, {"b.test"})});
  auto result = ask<route_result>(aut, route({"a.test", "b.test"}));
  BOOST_REQUIRE(!result);
  BOOST_TEST((code_of(result.error()) == errc::domain_taken));
}

BOOST_AUTO_TEST_CASE(a_route_of_two_hosts_changes_both) {
  auto one = make_host(5, {"a.test"}, our_mark);
  auto two = make_host(6, {"b.test"}, our_mark);
  on_list({one, two});
  on(put_, "/5").answer(200, to_json(routed(one)));
  on(put_, "/6").answer(200, to_json(routed(two)));
  auto result = ask<route_result>(aut, route({"a.test", "b.test"}));
  BOOST_REQUIRE(result);
  BOOST_TEST((result->changes
              == std::vector<route_change>{{5, false, one}, {6, false, two}}));
}

BOOST_AUTO_TEST_CASE(a_failure_in_the_middle_undoes_what_was_done) {
  auto one = make_host(5, {"a.test"}, our_mark);
  auto two = make_host(6, {"b.test"}, our_mark);
  on_list({one, two});
  on(put_, "/5").answer(200, to_json(routed(one)));
  auto refused = offline(6, "6.conf:12");
  on(put_, "/6").answer(200, to_json(refused));
  auto& second_back = on(put_, "/6").answer(200, to_json(two));
  auto& first_back = on(put_, "/5").answer(200, to_json(one));
  auto result = ask<route_result>(aut, route({"a.test", "b.test"}));
  BOOST_REQUIRE(!result);
  BOOST_TEST((code_of(result.error()) == errc::route_offline));
  BOOST_TEST(has_port(second_back, 8080));
  BOOST_TEST(has_port(first_back, 8080));
  BOOST_TEST(first_back.request().body.find(our_mark) != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_switch_that_is_half_undone_is_not_called_not_done) {
  auto one = make_host(5, {"a.test"}, our_mark);
  auto two = make_host(6, {"b.test"}, our_mark);
  on_list({one, two});
  on(put_, "/5").answer(200, to_json(routed(one)));
  on(put_, "/6").fail(errc::connection_refused);
  on(put_, "/5").fail(errc::connection_refused);
  auto result = ask<route_result>(aut, route({"a.test", "b.test"}));
  BOOST_REQUIRE(!result);
  BOOST_TEST((code_of(result.error()) == errc::connection_lost));
  BOOST_TEST(failure_of(result.error()).hint.find("5 (a.test)")
             != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_switch_that_nginx_refuses_restores_the_route) {
  auto before = make_host(5, {"a.test"}, our_mark);
  on_list({before});
  on(put_, "/5").answer(200, to_json(offline(5, "5.conf:12")));
  auto& back = on(put_, "/5").answer(200, to_json(before));
  auto result = ask<route_result>(aut, route({"a.test"}));
  BOOST_REQUIRE(!result);
  BOOST_TEST((code_of(result.error()) == errc::route_offline));
  BOOST_TEST(failure_of(result.error()).reply.find("unknown directive")
             != std::string::npos);
  BOOST_TEST(has_port(back, 8080));
}

BOOST_AUTO_TEST_CASE(a_host_that_was_offline_before_is_no_worse_after) {
  auto before = offline(5, "5.conf:12");
  before.meta = our_mark;
  on_list({before});
  on(put_, "/5").answer(200, to_json(before));
  on(put_, "/5").answer(200, to_json(before));
  auto result = ask<route_result>(aut, route({"a.test"}));
  BOOST_REQUIRE(!result);
  BOOST_TEST(failure_of(result.error()).hint.find("may have the new settings")
             == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_timed_out_switch_is_taken_back) {
  auto before = make_host(5, {"a.test"}, our_mark);
  on_list({before});
  on(put_, "/5").fail(errc::timed_out);
  auto& back = on(put_, "/5").answer(200, to_json(before));
  auto result = ask<route_result>(aut, route({"a.test"}));
  BOOST_REQUIRE(!result);
  BOOST_TEST((code_of(result.error()) == errc::timed_out));
  BOOST_TEST(has_port(back, 8080));
}

BOOST_AUTO_TEST_CASE(a_posted_route_is_recognised_by_its_mark) {
  on_list({});
  on_post().answer(500, internal_error);
  auto row = routed(make_host(5, {"a.test"}));
  row.nginx_online = caf::none;
  on_list({row});
  on(put_, "/5").answer(200, to_json(routed(make_host(5, {"a.test"}))));
  auto result = ask<route_result>(aut, route({"a.test"}));
  BOOST_REQUIRE(result);
  BOOST_TEST(result->changes.front().created);
}

BOOST_AUTO_TEST_CASE(two_routes_of_the_same_name_do_not_race) {
  auto before = make_host(5, {"a.test"}, our_mark);
  on_list({before});
  auto& put = on(put_, "/5");
  auto one = begin<route_result>(route({"a.test"}));
  auto two = begin<route_result>(route({"a.test"}));
  BOOST_TEST(http.log().size() == 2u); // the second has not even looked
  on(get, "/5").answer(200, to_json(routed(before)));
  put.answer(200, to_json(routed(before)));
  run();
  BOOST_TEST(one.value().changes.size() == 1u);
  BOOST_TEST(two.value().changes.empty());
}

// -- with hosts that are known ------------------------------------------------

BOOST_AUTO_TEST_CASE(a_known_host_is_read_again_and_not_listed) {
  auto before = make_host(5, {"a.test"}, our_mark);
  on_list({before});
  BOOST_REQUIRE(ask<std::vector<proxy_host>>(aut, list_proxy_hosts{}));
  auto edited = before;
  edited.target.port = 7070;
  on(get, "/5").answer(200, to_json(edited));
  on(put_, "/5").answer(200, to_json(routed(before)));
  auto result = ask<route_result>(aut, route({"a.test"}));
  BOOST_REQUIRE(result);
  BOOST_TEST(
    (result->changes == std::vector<route_change>{{5, false, edited}}));
}

BOOST_AUTO_TEST_CASE(a_new_name_is_posted_without_another_listing) {
  on_list({});
  BOOST_REQUIRE(ask<std::vector<proxy_host>>(aut, list_proxy_hosts{}));
  auto host = routed(make_host(5, {"a.test"}));
  on_post().answer(201, created(host));
  on(get, "/5").answer(200, to_json(host));
  BOOST_TEST(ask<route_result>(aut, route({"a.test"})).engaged());
}

BOOST_AUTO_TEST_CASE(a_known_host_that_is_gone_means_a_new_listing) {
  auto before = make_host(5, {"a.test"}, our_mark);
  on_list({before});
  BOOST_REQUIRE(ask<std::vector<proxy_host>>(aut, list_proxy_hosts{}));
  on(get, "/5").answer(404, R"({"error":{"message":"Not Found - 5"}})");
  auto other = make_host(6, {"a.test"}, our_mark);
  on_list({other});
  on(put_, "/6").answer(200, to_json(routed(other)));
  auto result = ask<route_result>(aut, route({"a.test"}));
  BOOST_REQUIRE(result);
  BOOST_TEST((result->changes == std::vector<route_change>{{6, false, other}}));
}

BOOST_AUTO_TEST_CASE(a_name_that_somebody_else_got_means_a_new_listing) {
  on_list({});
  BOOST_REQUIRE(ask<std::vector<proxy_host>>(aut, list_proxy_hosts{}));
  on_post().answer(
    400, R"({"error":{"code":400,"message":"a.test is already in use"}})");
  on_list({make_host(7, {"a.test"})});
  auto result = ask<route_result>(aut, route({"a.test"}));
  BOOST_REQUIRE(!result);
  BOOST_TEST((code_of(result.error()) == errc::domain_taken));
  BOOST_TEST(failure_of(result.error()).reply.find("7") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_old_proof_of_the_token_does_not_do_for_a_post) {
  on_list({});
  BOOST_REQUIRE(ask<std::vector<proxy_host>>(aut, list_proxy_hosts{}));
  advance(10s);
  on_list({});
  auto host = routed(make_host(5, {"a.test"}));
  on_post().answer(201, created(host));
  on(get, "/5").answer(200, to_json(host));
  BOOST_TEST(ask<route_result>(aut, route({"a.test"})).engaged());
}

// -- revert_route -------------------------------------------------------------

BOOST_AUTO_TEST_CASE(reverting_puts_the_former_host_back) {
  auto before = make_host(5, {"a.test"}, our_mark);
  on(get, "/5").answer(200, to_json(routed(before)));
  auto& back = on(put_, "/5").answer(200, to_json(before));
  BOOST_TEST(ask<done>(aut, revert_route{{}, {{5, false, before}}}).engaged());
  BOOST_TEST(has_port(back, 8080));
  BOOST_TEST(back.request().body.find(our_mark) != std::string::npos);
}

BOOST_AUTO_TEST_CASE(reverting_again_does_nothing) {
  auto before = make_host(5, {"a.test"}, our_mark);
  on(get, "/5").answer(200, to_json(before));
  on(del, "/6").answer(404, R"({"error":{"message":"Not Found - 6"}})");
  revert_route what{{}, {{5, false, before}, {6, true, {}}}};
  BOOST_TEST(ask<done>(aut, what).engaged());
  BOOST_TEST(ask<done>(aut, revert_route{}).engaged());
}

BOOST_AUTO_TEST_CASE(reverting_deletes_what_was_created) {
  on(del, "/6").answer(200, "true");
  BOOST_TEST(ask<done>(aut, revert_route{{}, {{6, true, {}}}}).engaged());
}

BOOST_AUTO_TEST_CASE(reverting_disables_what_was_disabled) {
  auto before = make_host(5, {"a.test"}, our_mark);
  before.enabled = false;
  auto now = routed(before);
  now.enabled = true;
  on(get, "/5").answer(200, to_json(now));
  on(put_, "/5").answer(200, to_json(make_host(5, {"a.test"}, our_mark)));
  on(post, "/5/disable").answer(200, "true");
  BOOST_TEST(ask<done>(aut, revert_route{{}, {{5, false, before}}}).engaged());
}

BOOST_AUTO_TEST_CASE(reverting_tries_everything_and_tells_the_first_error) {
  auto before = make_host(5, {"a.test"}, our_mark);
  on(del, "/6").fail(errc::connection_refused);
  on(get, "/5").answer(200, to_json(routed(before)));
  on(put_, "/5").answer(200, to_json(before));
  revert_route what{{}, {{5, false, before}, {6, true, {}}}};
  auto result = ask<done>(aut, what);
  BOOST_REQUIRE(!result);
  BOOST_TEST((code_of(result.error()) == errc::connection_refused));
}

BOOST_AUTO_TEST_SUITE_END()
