#include "actors/proxy_registrar.hpp"

#include "messages/error.hpp"
#include "tests/support/npm_fixture.hpp"

using namespace dw;
using namespace dw::test;
using namespace std::chrono_literals;

BOOST_FIXTURE_TEST_SUITE(proxy_registrar_tests, npm_fixture)

// -- reads --------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_read_carries_the_token_and_goes_to_the_endpoint) {
  auto& list = on_list({make_host(1, {"a.test"})});
  auto hosts = ask<std::vector<proxy_host>>(aut, list_proxy_hosts{});
  BOOST_REQUIRE(hosts);
  BOOST_TEST(hosts->size() == 1u);
  BOOST_TEST(list.request().origin.base_url == "http://npm.test:81");
  BOOST_TEST(token_in(list.request()) == "token-0");
}

BOOST_AUTO_TEST_CASE(reads_run_side_by_side) {
  auto& one = on(get, "/1");
  auto& two = on(get, "/2");
  auto first = begin<proxy_host>(read_proxy_host{{}, 1});
  auto second = begin<proxy_host>(read_proxy_host{{}, 2});
  two.answer(200, to_json(make_host(2, {"b.test"})));
  run();
  BOOST_TEST(second.value().id == 2);
  BOOST_TEST(!first.ready());
  one.answer(200, to_json(make_host(1, {"a.test"})));
  run();
  BOOST_TEST(first.value().id == 1);
}

BOOST_AUTO_TEST_CASE(a_host_is_found_by_its_name) {
  http.on(get, hosts_path)
    .always()
    .answer(200, to_json(std::vector{make_host(1, {"A.test"})}));
  BOOST_TEST(ask<proxy_host>(aut, find_proxy_host{{}, "a.test."})->id == 1);
  auto absent = ask<proxy_host>(aut, find_proxy_host{{}, "b.test"});
  BOOST_REQUIRE(!absent);
  BOOST_TEST((code_of(absent.error()) == errc::not_found));
  BOOST_TEST(failure_of(absent.error()).object == "b.test");
  auto wrong = ask<proxy_host>(aut, find_proxy_host{{}, "http://a.test"});
  BOOST_REQUIRE(!wrong);
  BOOST_TEST((code_of(wrong.error()) == errc::invalid_argument));
}

BOOST_AUTO_TEST_CASE(a_listing_serves_all_who_asked_before_it_began) {
  using hosts = std::vector<proxy_host>;
  auto& first = http.on(get, hosts_path);
  auto one = begin<hosts>(list_proxy_hosts{});
  auto two = begin<hosts>(list_proxy_hosts{});
  auto three = begin<hosts>(list_proxy_hosts{});
  on_list({make_host(1, {"a.test"}), make_host(2, {"b.test"})});
  first.answer(200, to_json(std::vector{make_host(1, {"a.test"})}));
  run();
  BOOST_TEST(one.value().size() == 1u);
  BOOST_TEST(two.value().size() == 2u);
  BOOST_TEST(three.value().size() == 2u);
  BOOST_TEST(http.log().size() == 2u);
}

BOOST_AUTO_TEST_CASE(a_listing_that_fails_fails_for_all_who_wait) {
  using hosts = std::vector<proxy_host>;
  http.on(get, hosts_path).fail(errc::connection_refused);
  auto one = request<hosts>(aut, list_proxy_hosts{});
  auto two = request<hosts>(aut, list_proxy_hosts{});
  http.on(get, hosts_path).fail(errc::timed_out);
  run();
  BOOST_TEST((code_of(one.error()) == errc::connection_refused));
  BOOST_TEST((code_of(two.error()) == errc::timed_out));
}

BOOST_AUTO_TEST_CASE(a_listing_can_be_of_one_stage) {
  on_list({make_host(1, {"A.test"}), make_host(2, {"b.test"}),
           make_host(3, {"c.test"}, mark("shop", "prod", "i-1"))});
  auto hosts = ask<std::vector<proxy_host>>(
    aut, list_proxy_hosts{{}, {"a.test"}, "shop", "prod"});
  BOOST_REQUIRE(hosts);
  BOOST_REQUIRE(hosts->size() == 2u);
  BOOST_TEST(hosts->front().id == 1);
  BOOST_TEST(hosts->back().id == 3);
}

BOOST_AUTO_TEST_CASE(listings_take_a_tenth_of_the_time) {
  using hosts = std::vector<proxy_host>;
  auto& slow = http.on(get, hosts_path);
  auto one = begin<hosts>(list_proxy_hosts{});
  advance(100ms);
  slow.answer(200, "[]");
  run();
  BOOST_TEST(one.ready());
  on_list({});
  auto two = begin<hosts>(list_proxy_hosts{});
  advance(899ms);
  BOOST_TEST(!two.ready());
  advance(1ms);
  BOOST_TEST(two.ready());
}

BOOST_AUTO_TEST_CASE(a_ping_tells_version_and_permissions) {
  http.on(get, "/api/")
    .answer(200, R"({"version":{"major":2,"minor":15,"revision":1}})");
  on_account(R"({"proxy_hosts":"manage","visibility":"user",)"
             R"("certificates":"view","streams":"hidden"})");
  auto info = ask<proxy_info>(aut, ping_proxy{});
  BOOST_REQUIRE(info);
  BOOST_TEST(
    (*info == proxy_info{"2.15.1", true, false, false, {"certificates"}}));
}

BOOST_AUTO_TEST_CASE(the_time_of_a_call_is_that_of_its_exchanges) {
  auto& slow = on(get, "/1").fail(errc::timed_out);
  read_proxy_host what{{}, 1};
  what.options.timeout = 1234ms;
  ask<proxy_host>(aut, what);
  BOOST_TEST((slow.request().deadlines.total == 1234ms));
}

// -- tokens -------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(an_expired_token_is_replaced_and_the_read_repeated) {
  on(get, "/1").answer(400, expired);
  auto& again = on(get, "/1").answer(200, to_json(make_host(1, {"a.test"})));
  BOOST_TEST(ask<proxy_host>(aut, read_proxy_host{{}, 1})->id == 1);
  BOOST_TEST(token_in(again.request()) == "token-1");
  BOOST_TEST(tokens->replaced == std::vector<std::string>{"token-0"});
  BOOST_TEST(tokens->refreshes == 0u);
}

BOOST_AUTO_TEST_CASE(a_read_is_repeated_only_once) {
  on(get, "/1").answer(401, expired);
  on(get, "/1").answer(401, expired);
  auto result = ask<proxy_host>(aut, read_proxy_host{{}, 1});
  BOOST_REQUIRE(!result);
  BOOST_TEST((code_of(result.error()) == errc::unauthorized));
}

BOOST_AUTO_TEST_CASE(a_500_of_a_bad_token_is_repeated_with_a_better_one) {
  tokens->refresh_failure = errc::peer_failed;
  on(get, "/1").answer(500, internal_error);
  on(get, "/1").answer(200, to_json(make_host(1, {"a.test"})));
  BOOST_TEST(ask<proxy_host>(aut, read_proxy_host{{}, 1})->id == 1);
  BOOST_TEST(tokens->refreshes == 1u);
  BOOST_TEST(tokens->replaced.size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_500_with_a_good_token_is_a_failure) {
  on(get, "/1").answer(500, internal_error);
  auto result = ask<proxy_host>(aut, read_proxy_host{{}, 1});
  BOOST_REQUIRE(!result);
  BOOST_TEST((code_of(result.error()) == errc::peer_failed));
  BOOST_TEST(tokens->refreshes == 1u);
  BOOST_TEST(tokens->replaced.empty());
}

BOOST_AUTO_TEST_CASE(a_500_is_not_blamed_on_the_token_without_an_answer) {
  tokens->refresh_failure = errc::timed_out;
  on(get, "/1").answer(500, internal_error);
  auto result = ask<proxy_host>(aut, read_proxy_host{{}, 1});
  BOOST_REQUIRE(!result);
  BOOST_TEST((code_of(result.error()) == errc::peer_failed));
  BOOST_TEST(tokens->replaced.empty());
}

BOOST_AUTO_TEST_CASE(a_refused_login_is_the_answer) {
  tokens->login_failure = errc::unauthorized;
  on(get, "/1").answer(400, expired);
  auto result = ask<proxy_host>(aut, read_proxy_host{{}, 1});
  BOOST_REQUIRE(!result);
  BOOST_TEST(failure_of(result.error()).reply == "scripted");
}

// -- the queue ----------------------------------------------------------------

BOOST_AUTO_TEST_CASE(mutations_run_one_after_the_other) {
  auto& first = on(del, "/1");
  auto& second = on(del, "/2");
  auto one = begin<done>(delete_proxy_host{{}, 1});
  auto two = begin<done>(delete_proxy_host{{}, 2});
  BOOST_TEST(first.asked());
  BOOST_TEST(!second.asked());
  first.answer(200, "true");
  run();
  BOOST_TEST(one.ready());
  BOOST_TEST(second.asked());
  second.answer(200, "true");
  run();
  BOOST_TEST(two.ready());
}

BOOST_AUTO_TEST_CASE(reads_do_not_wait_for_mutations) {
  auto& mutation = on(del, "/1");
  auto one = begin<done>(delete_proxy_host{{}, 1});
  on(get, "/2").answer(200, to_json(make_host(2, {"b.test"})));
  BOOST_TEST(ask<proxy_host>(aut, read_proxy_host{{}, 2})->id == 2);
  mutation.answer(200, "true");
  run();
  BOOST_TEST(one.ready());
}

BOOST_AUTO_TEST_CASE(a_failed_mutation_does_not_stop_the_queue) {
  on(del, "/1").fail(errc::connection_refused);
  on(del, "/2").answer(200, "true");
  auto one = begin<done>(delete_proxy_host{{}, 1});
  auto two = begin<done>(delete_proxy_host{{}, 2});
  BOOST_TEST((code_of(one.error()) == errc::connection_refused));
  BOOST_TEST(two.get().engaged());
}

BOOST_AUTO_TEST_CASE(a_read_can_be_cancelled) {
  auto& first = on(get, "/1");
  auto& second = on(get, "/1");
  read_proxy_host what{{}, 1};
  what.options.ticket = 4;
  auto one = begin<proxy_host>(what);
  auto two = begin<proxy_host>(what); // same ticket, other asker
  caf::send_as(one.asker(), aut, cancel{4});
  run();
  BOOST_TEST((code_of(one.error()) == errc::cancelled));
  BOOST_TEST(first.cancelled());
  BOOST_TEST(!second.cancelled());
  second.answer(200, to_json(make_host(1, {"a.test"})));
  run();
  BOOST_TEST(two.value().id == 1);
}

BOOST_AUTO_TEST_CASE(a_mutation_can_be_cancelled_until_it_begins) {
  auto& first = on(del, "/1");
  delete_proxy_host what{{}, 1};
  what.options.ticket = 4;
  auto one = begin<done>(what);
  what.id = 2;
  auto two = begin<done>(what);
  caf::send_as(one.asker(), aut, cancel{4});
  caf::send_as(two.asker(), aut, cancel{4});
  run();
  BOOST_TEST((code_of(two.error()) == errc::cancelled));
  BOOST_TEST(!one.ready());
  first.answer(200, "true");
  run();
  BOOST_TEST(one.get().engaged());
  BOOST_TEST(http.log().size() == 1u); // the second was never sent
}

BOOST_AUTO_TEST_CASE(the_calls_of_an_asker_that_ends_are_cancelled) {
  auto& first = on(del, "/1");
  auto& read = on(get, "/3");
  auto one = begin<done>(delete_proxy_host{{}, 1});
  auto two = begin<done>(delete_proxy_host{{}, 2});
  auto three = begin<proxy_host>(read_proxy_host{{}, 3});
  for (auto& x : {one.asker(), two.asker(), three.asker()})
    kill(x);
  BOOST_TEST(read.cancelled());
  BOOST_TEST(!first.cancelled()); // what has begun is finished
  first.answer(200, "true");
  run();
  on(del, "/4").answer(200, "true");
  BOOST_TEST(ask<done>(aut, delete_proxy_host{{}, 4}).engaged());
}

BOOST_AUTO_TEST_CASE(nobody_is_left_waiting_when_the_registrar_dies) {
  on(del, "/1");
  on(get, "/3");
  auto one = begin<done>(delete_proxy_host{{}, 1});
  auto two = begin<done>(delete_proxy_host{{}, 2});
  auto three = begin<proxy_host>(read_proxy_host{{}, 3});
  kill(aut);
  BOOST_TEST((code_of(one.error()) == errc::service_restarted));
  BOOST_TEST((code_of(two.error()) == errc::service_restarted));
  BOOST_TEST((code_of(three.error()) == errc::service_restarted));
}

// -- create -------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_created_host_is_looked_up_posted_and_read) {
  on_list({});
  auto& posted = on_post().answer(201, created(make_host(5, {"a.test"})));
  on(get, "/5").answer(200, to_json(make_host(5, {"a.test"})));
  auto host = ask<proxy_host>(aut, wanted());
  BOOST_REQUIRE(host);
  BOOST_TEST((*host == make_host(5, {"a.test"})));
  BOOST_TEST(posted.request().fresh_connection);
  BOOST_TEST(http.log()
             == (std::vector<std::string>{"GET /api/nginx/proxy-hosts",
                                          "POST /api/nginx/proxy-hosts",
                                          "GET /api/nginx/proxy-hosts/5"}));
}

BOOST_AUTO_TEST_CASE(a_name_that_is_taken_is_not_posted) {
  on_list({make_host(3, {"A.test"})});
  auto result = ask<proxy_host>(aut, wanted());
  BOOST_REQUIRE(!result);
  BOOST_TEST((code_of(result.error()) == errc::domain_taken));
  BOOST_TEST(failure_of(result.error()).reply.find("3") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_name_of_a_host_that_we_cannot_see_is_explained) {
  on_list({});
  on_post().answer(
    400, R"({"error":{"code":400,"message":"a.test is already in use"}})");
  auto result = ask<proxy_host>(aut, wanted());
  BOOST_REQUIRE(!result);
  BOOST_TEST((code_of(result.error()) == errc::domain_taken));
  BOOST_TEST(failure_of(result.error()).hint.find("cannot see")
             != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_created_host_that_nginx_refuses_is_deleted_again) {
  on_list({});
  on_post().answer(201, created(make_host(5, {"a.test"})));
  on(get, "/5").answer(200, to_json(offline(5, "5.conf:37")));
  on(del, "/5").answer(200, "true");
  auto result = ask<proxy_host>(aut, wanted());
  BOOST_REQUIRE(!result);
  BOOST_TEST((code_of(result.error()) == errc::route_offline));
  BOOST_TEST(failure_of(result.error()).reply.find("unknown directive")
             != std::string::npos);
}

BOOST_AUTO_TEST_CASE(reading_what_was_created_lets_the_next_mutation_begin) {
  on_list({});
  on_post().answer(201, created(make_host(5, {"a.test"})));
  auto& proof = on(get, "/5");
  auto& next = on(del, "/7");
  auto one = begin<proxy_host>(wanted());
  auto two = begin<done>(delete_proxy_host{{}, 7});
  BOOST_TEST(proof.asked());
  BOOST_TEST(next.asked());
  auto offline = make_host(5, {"a.test"});
  offline.nginx_online = false;
  auto& drop = on(del, "/5").answer(200, "true");
  proof.answer(200, to_json(offline));
  run();
  BOOST_TEST(!drop.asked()); // that is a mutation again
  next.answer(200, "true");
  run();
  two.value();
  BOOST_TEST(drop.asked());
  BOOST_TEST((code_of(one.error()) == errc::route_offline));
}

BOOST_AUTO_TEST_CASE(a_created_host_is_finished_whoever_gives_up) {
  on_list({});
  on_post().answer(201, created(make_host(5, {"a.test"})));
  auto& proof = on(get, "/5");
  auto one = begin<proxy_host>(wanted());
  BOOST_TEST(proof.asked());
  kill(one.asker());
  BOOST_TEST(!proof.cancelled());
}

BOOST_AUTO_TEST_CASE(what_could_not_be_deleted_again_is_told) {
  on_list({});
  on_post().answer(201, created(make_host(5, {"a.test"})));
  on(get, "/5").answer(200, to_json(offline(5, "5.conf:37")));
  on(del, "/5").fail(errc::connection_refused);
  auto result = ask<proxy_host>(aut, wanted());
  BOOST_REQUIRE(!result);
  BOOST_TEST((code_of(result.error()) == errc::route_offline));
  BOOST_TEST(failure_of(result.error()).hint.find("Proxy host 5 (a.test)")
             != std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_innocent_victim_is_put_again) {
  on_list({});
  on_post().answer(201, created(make_host(5, {"a.test"})));
  on(get, "/5").answer(200, to_json(offline(5, "404.conf")));
  auto& put = on(put_, "/5").answer(200, to_json(make_host(5, {"a.test"})));
  BOOST_TEST(ask<proxy_host>(aut, wanted())->id == 5);
  BOOST_TEST(put.request().body
             == R"({"domain_names":["a.test"],"forward_scheme":"http",)"
                R"("forward_host":"127.0.0.1","forward_port":8080,)"
                R"("enabled":true,"meta":{}})");
}

BOOST_AUTO_TEST_CASE(a_500_that_created_the_host_is_completed_by_a_put) {
  for (const auto* failure : {"500", "timeout"}) {
    BOOST_TEST_CONTEXT(failure) {
      on_list({});
      if (failure == std::string{"500"})
        on_post().answer(500, internal_error);
      else
        on_post().fail(errc::timed_out);
      auto row = make_host(5, {"a.test"});
      row.nginx_online = caf::none;
      on_list({make_host(1, {"b.test"}), row});
      on(put_, "/5").answer(200, to_json(make_host(5, {"a.test"})));
      BOOST_TEST(ask<proxy_host>(aut, wanted())->id == 5);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_500_that_created_nothing_is_a_failure) {
  on_list({});
  on_post().answer(500, internal_error);
  on_list({});
  on_account(R"({"proxy_hosts":"manage"})");
  auto result = ask<proxy_host>(aut, wanted());
  BOOST_REQUIRE(!result);
  BOOST_TEST((code_of(result.error()) == errc::peer_failed));
}

BOOST_AUTO_TEST_CASE(a_500_may_be_a_missing_permission) {
  on_list({});
  on_post().answer(500, internal_error);
  on_list({});
  on_account(R"({"proxy_hosts":"view"})");
  auto result = ask<proxy_host>(aut, wanted());
  BOOST_REQUIRE(!result);
  BOOST_TEST((code_of(result.error()) == errc::forbidden));
}

BOOST_AUTO_TEST_CASE(a_host_that_somebody_else_created_is_not_touched) {
  on_list({});
  on_post().fail(errc::timed_out);
  auto theirs = make_host(5, {"a.test"});
  theirs.target.port = 1;
  on_list({theirs});
  auto result = ask<proxy_host>(aut, wanted());
  BOOST_REQUIRE(!result);
  BOOST_TEST((code_of(result.error()) == errc::timed_out));
}

BOOST_AUTO_TEST_CASE(a_create_is_repeated_after_a_look_if_its_token_was_bad) {
  tokens->refresh_failure = errc::peer_failed;
  on_list({});
  on_post().answer(500, internal_error);
  on_list({});
  auto& again = on_post().answer(201, created(make_host(5, {"a.test"})));
  on(get, "/5").answer(200, to_json(make_host(5, {"a.test"})));
  BOOST_TEST(ask<proxy_host>(aut, wanted())->id == 5);
  BOOST_TEST(token_in(again.request()) == "token-1");
}

// -- update -------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(an_update_reads_and_puts) {
  on(get, "/5").answer(200, to_json(make_host(5, {"a.test"})));
  auto changed = make_host(5, {"a.test"});
  changed.target.port = 9090;
  auto& put = on(put_, "/5").answer(200, to_json(changed));
  BOOST_TEST((*ask<proxy_host>(aut, port_update(5, 9090)) == changed));
  BOOST_TEST(put.request().body
             == R"({"forward_scheme":"http","forward_host":"127.0.0.1",)"
                R"("forward_port":9090})");
}

BOOST_AUTO_TEST_CASE(an_update_that_nginx_refuses_is_taken_back) {
  auto before = make_host(5, {"a.test"});
  before.hsts_subdomains = true;
  on(get, "/5").answer(200, to_json(before));
  on(put_, "/5").answer(200, to_json(offline(5, "5.conf:44")));
  auto& restored = on(put_, "/5").answer(200, to_json(before));
  auto result = ask<proxy_host>(aut, port_update(5, 9090));
  BOOST_REQUIRE(!result);
  BOOST_TEST((code_of(result.error()) == errc::route_offline));
  BOOST_TEST(failure_of(result.error()).hint.find("may have the new settings")
             == std::string::npos);
  BOOST_TEST(restored.request().body.find(R"("forward_port":8080)")
             != std::string::npos);
  BOOST_TEST(restored.request().body.find(R"("hsts_subdomains":true)")
             != std::string::npos);
}

BOOST_AUTO_TEST_CASE(what_could_not_be_taken_back_is_told) {
  on(get, "/5").answer(200, to_json(make_host(5, {"a.test"})));
  on(put_, "/5").answer(200, to_json(offline(5, "5.conf:44")));
  on(put_, "/5").answer(200, to_json(offline(5, "5.conf:12")));
  auto result = ask<proxy_host>(aut, port_update(5, 9090));
  BOOST_REQUIRE(!result);
  BOOST_TEST(failure_of(result.error()).hint.find("may have the new settings")
             != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_put_that_another_host_broke_is_repeated) {
  auto good = make_host(5, {"a.test"});
  on(get, "/5").answer(200, to_json(good));
  on(put_, "/5").answer(200, to_json(offline(5, "404.conf")));
  on(put_, "/5").answer(200, to_json(good));
  auto result = begin<proxy_host>(port_update(5, 9090));
  BOOST_TEST(!result.ready());
  advance(500ms);
  BOOST_TEST(result.value().id == 5);
}

BOOST_AUTO_TEST_CASE(a_put_is_repeated_three_times_with_growing_pauses) {
  on(get, "/5").answer(200, to_json(make_host(5, {"a.test"})));
  for (int i = 0; i < 3; ++i)
    on(put_, "/5").answer(500, internal_error);
  on(put_, "/5").answer(200, to_json(make_host(5, {"a.test"})));
  auto result = begin<proxy_host>(port_update(5, 9090));
  const std::chrono::milliseconds pauses[] = {500ms, 1000ms, 2000ms};
  size_t requests = 2;
  for (auto pause : pauses) {
    BOOST_TEST(http.log().size() == requests);
    advance(pause - 1ms);
    BOOST_TEST(http.log().size() == requests);
    advance(1ms);
    BOOST_TEST(http.log().size() == ++requests);
  }
  BOOST_TEST(result.value().id == 5);
}

BOOST_AUTO_TEST_CASE(a_put_that_goes_on_failing_is_taken_back) {
  on(get, "/5").answer(200, to_json(make_host(5, {"a.test"})));
  for (int i = 0; i < 4; ++i)
    on(put_, "/5").answer(500, internal_error);
  auto& restored
    = on(put_, "/5").answer(200, to_json(make_host(5, {"a.test"})));
  auto result = begin<proxy_host>(port_update(5, 9090));
  advance(10s);
  BOOST_TEST((code_of(result.error()) == errc::peer_failed));
  BOOST_TEST(restored.request().body.find(R"("forward_port":8080)")
             != std::string::npos);
}

// Nobody listens any more, but the first attempt may have been carried out.
BOOST_AUTO_TEST_CASE(a_put_that_got_lost_is_in_doubt_whatever_comes_next) {
  on(get, "/5").answer(200, to_json(make_host(5, {"a.test"})));
  on(put_, "/5").fail(errc::connection_lost);
  on(put_, "/5").fail(errc::connection_refused);
  auto& restored
    = on(put_, "/5").answer(200, to_json(make_host(5, {"a.test"})));
  auto result = begin<proxy_host>(port_update(5, 9090));
  advance(10s);
  BOOST_TEST((code_of(result.error()) == errc::connection_lost));
  BOOST_TEST(restored.request().body.find(R"("forward_port":8080)")
             != std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_update_that_was_refused_needs_no_undoing) {
  on(get, "/5").answer(200, to_json(make_host(5, {"a.test"})));
  on(put_, "/5")
    .answer(400,
            R"({"error":{"code":400,"message":"b.test is already in use"}})");
  auto result = ask<proxy_host>(aut, port_update(5, 9090));
  BOOST_REQUIRE(!result);
  BOOST_TEST((code_of(result.error()) == errc::domain_taken));
}

BOOST_AUTO_TEST_CASE(an_old_verdict_on_a_disabled_host_does_not_count) {
  auto disabled = offline(5, "5.conf:44");
  disabled.enabled = false;
  on(get, "/5").answer(200, to_json(disabled));
  on(put_, "/5").answer(200, to_json(disabled));
  BOOST_TEST(ask<proxy_host>(aut, port_update(5, 9090)).engaged());
}

// -- delete, enable, disable --------------------------------------------------

BOOST_AUTO_TEST_CASE(a_host_that_is_gone_is_deleted) {
  on(del, "/5").answer(404, R"({"error":{"message":"Not Found - 5"}})");
  BOOST_TEST(ask<done>(aut, delete_proxy_host{{}, 5}).engaged());
}

BOOST_AUTO_TEST_CASE(a_500_that_deleted_the_host_is_a_success) {
  on(del, "/5").answer(500, internal_error);
  on(get, "/5").answer(404, R"({"error":{"message":"Not Found - 5"}})");
  BOOST_TEST(ask<done>(aut, delete_proxy_host{{}, 5}).engaged());
  // Up to 2.11 an absent host is an empty object.
  on(del, "/6").answer(500, internal_error);
  on(get, "/6").answer(200, "{}");
  BOOST_TEST(ask<done>(aut, delete_proxy_host{{}, 6}).engaged());
}

BOOST_AUTO_TEST_CASE(a_500_that_left_the_host_is_a_failure) {
  on(del, "/5").answer(500, internal_error);
  on(get, "/5").answer(200, to_json(make_host(5, {"a.test"})));
  auto result = ask<done>(aut, delete_proxy_host{{}, 5});
  BOOST_REQUIRE(!result);
  BOOST_TEST((code_of(result.error()) == errc::peer_failed));
}

BOOST_AUTO_TEST_CASE(enabling_is_an_update_with_a_verdict) {
  auto disabled = make_host(5, {"a.test"});
  disabled.enabled = false;
  on(get, "/5").answer(200, to_json(disabled));
  auto& put = on(put_, "/5").answer(200, to_json(make_host(5, {"a.test"})));
  BOOST_TEST(ask<done>(aut, enable_proxy_host{{}, 5}).engaged());
  BOOST_TEST(put.request().body == R"({"enabled":true})");
}

BOOST_AUTO_TEST_CASE(a_host_that_nginx_refuses_is_disabled_again) {
  auto disabled = make_host(5, {"a.test"});
  disabled.enabled = false;
  on(get, "/5").answer(200, to_json(disabled));
  on(put_, "/5").answer(200, to_json(offline(5, "5.conf:44")));
  on(put_, "/5").answer(200, to_json(make_host(5, {"a.test"})));
  on(post, "/5/disable").answer(200, "true");
  auto result = ask<done>(aut, enable_proxy_host{{}, 5});
  BOOST_REQUIRE(!result);
  BOOST_TEST((code_of(result.error()) == errc::route_offline));
}

BOOST_AUTO_TEST_CASE(a_host_may_be_disabled_already) {
  on(post, "/5/disable")
    .answer(400, R"({"error":{"message":"Host is already disabled"}})");
  BOOST_TEST(ask<done>(aut, disable_proxy_host{{}, 5}).engaged());
  auto disabled = make_host(6, {"b.test"});
  disabled.enabled = false;
  on(post, "/6/disable").fail(errc::connection_lost);
  on(get, "/6").answer(200, to_json(disabled));
  BOOST_TEST(ask<done>(aut, disable_proxy_host{{}, 6}).engaged());
}

BOOST_AUTO_TEST_SUITE_END()
