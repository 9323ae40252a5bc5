#include "actors/image_puller.hpp"

#include "tests/support/actor_fixture.hpp"
#include "tests/support/engine_answers.hpp"
#include "tests/support/scripted_http.hpp"
#include "transports/docker_api.hpp"

#include <boost/test/unit_test.hpp>

#include <deque>
#include <memory>
#include <string>
#include <vector>

using namespace dw;
using namespace dw::test;
using namespace std::chrono_literals;

using log_type = std::vector<std::string>;

namespace {

constexpr auto pulling = R"({"status":"Pulling from shop","id":"1"})"
                         "\r\n";
constexpr auto downloading = R"({"status":"Downloading","id":"0123456789ab",)"
                             R"("progressDetail":{"current":5,"total":10}})"
                             "\r\n";
constexpr auto complete
  = R"({"status":"Pull complete","id":"0123456789ab","progressDetail":{}})"
    "\r\n";

/// A credential store that answers when the test says so.
struct credential_desk {
  std::vector<std::string> asked;
  std::deque<caf::expected<found_credentials>> answers;
};

struct progress_log {
  pull_listener_actor who;
  std::shared_ptr<std::vector<pull_progress>> heard
    = std::make_shared<std::vector<pull_progress>>();
};

struct fixture : actor_fixture {
  fixture() {
    auto store = keep(sys.spawn([this](credential_store_actor::pointer)
                                  -> credential_store_actor::behavior_type {
      return {
        [this](const find_credentials& x) -> caf::result<found_credentials> {
          desk.asked.push_back(x.registry);
          if (desk.answers.empty())
            return found_credentials{};
          auto next = std::move(desk.answers.front());
          desk.answers.pop_front();
          if (!next)
            return std::move(next.error());
          return std::move(*next);
        }};
    }));
    puller
      = keep(image_puller_actor{sys.spawn(image_puller, http.actor(), store)});
  }

  static pull_image
  pull(std::string reference = "shop:1", uint64_t ticket = 0) {
    pull_image result;
    result.options.ticket = ticket;
    result.reference = std::move(reference);
    return result;
  }

  static registry_credentials login(std::string name) {
    return {std::move(name), secret{"secret of somebody"}, {}};
  }

  scripted_exchange& on_pull(const std::string& name = "shop") {
    return http.on(http_method::post,
                   target_begins("/images/create?fromImage=" + name + "&"));
  }

  scripted_exchange& on_inspect(const std::string& reference = "shop:1") {
    return http.on(http_method::get, "/images/" + reference + "/json");
  }

  static scripted_exchange& answer_image(scripted_exchange& x) {
    return answer_json(
      x, 200, R"({"Id":"sha256:)" + full_id('5') + R"(","Config":{}})");
  }

  static std::string auth_of(const scripted_exchange& x) {
    for (const auto& y : x.request().headers)
      if (y.name == "X-Registry-Auth")
        return y.value.reveal();
    return {};
  }

  progress_log listen() {
    progress_log result;
    result.who = keep(sys.spawn(
      [heard = result.heard](
        pull_listener_actor::pointer) -> pull_listener_actor::behavior_type {
        return {[heard](const pull_progress& x) { heard->push_back(x); }};
      }));
    return result;
  }

  scripted_http http{*this};
  credential_desk desk;
  image_puller_actor puller;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(image_puller_tests, fixture)

// -- pulling ------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_pull_ends_with_a_look_at_the_image) {
  auto& stream = on_pull().chunk("").chunk(pulling).chunk(complete).answer(200);
  answer_image(on_inspect());
  auto image = ask<image_info>(puller, pull());
  BOOST_REQUIRE(image);
  BOOST_TEST(image->id == "sha256:" + full_id('5'));
  BOOST_TEST(auth_of(stream) == "");
  BOOST_TEST(desk.asked == log_type{"docker.io"});
}

BOOST_AUTO_TEST_CASE(every_byte_is_acknowledged) {
  auto& stream = on_pull().chunk("").chunk(pulling).chunk(complete).answer(200);
  answer_image(on_inspect());
  ask<image_info>(puller, pull());
  BOOST_TEST(stream.acknowledged()
             == std::string{pulling}.size() + std::string{complete}.size());
}

BOOST_AUTO_TEST_CASE(many_who_wait_for_one_image_share_a_pull) {
  auto& stream = on_pull();
  std::vector<pending<image_info>> answers;
  for (int i = 0; i < 10; ++i)
    answers.push_back(request<image_info>(puller, pull()));
  run();
  stream.chunk(complete);
  run();
  answers.push_back(request<image_info>(puller, pull()));
  auto& inspect = on_inspect();
  stream.answer(200);
  run();
  answers.push_back(request<image_info>(puller, pull()));
  answer_image(inspect);
  run();
  BOOST_TEST(http.log().size() == 2u);
  for (auto& x : answers)
    BOOST_TEST(x.value().id == "sha256:" + full_id('5'));
}

BOOST_AUTO_TEST_CASE(a_later_pull_asks_the_registry_again) {
  for (int i = 0; i < 2; ++i) {
    on_pull().chunk(pulling).answer(200);
    answer_image(on_inspect());
    BOOST_CHECK(ask<image_info>(puller, pull()));
  }
}

BOOST_AUTO_TEST_CASE(different_images_are_pulled_side_by_side) {
  auto& shop = on_pull("shop");
  auto& blog = on_pull("blog");
  auto one = request<image_info>(puller, pull("shop:1"));
  auto two = request<image_info>(puller, pull("blog:1"));
  run();
  BOOST_TEST(shop.asked());
  answer_image(on_inspect("blog:1"));
  blog.chunk(pulling).answer(200);
  run();
  BOOST_CHECK(two.get());
  BOOST_TEST(!one.ready());
  shop.fail(errc::connection_lost);
  run();
  BOOST_TEST(one.ready());
}

BOOST_AUTO_TEST_CASE(platforms_are_pulled_apart) {
  auto arm = pull();
  arm.platform = "linux/arm64";
  on_pull();
  auto& second = on_pull();
  auto one = request<image_info>(puller, pull());
  auto two = request<image_info>(puller, arm);
  run();
  BOOST_TEST(second.asked());
}

BOOST_AUTO_TEST_CASE(a_bad_reference_is_refused_without_asking) {
  auto answer = ask<image_info>(puller, pull("Shop:1"));
  BOOST_REQUIRE(!answer);
  BOOST_TEST((code_of(answer.error()) == errc::invalid_argument));
  BOOST_TEST(desk.asked.empty());
  auto explicitly = pull("Shop:1");
  explicitly.credentials = login("me");
  BOOST_CHECK(!ask<image_info>(puller, explicitly));
}

// -- progress -----------------------------------------------------------------

BOOST_AUTO_TEST_CASE(each_listener_hears_how_far_it_is) {
  auto& stream = on_pull().chunk("").chunk(downloading);
  auto one = listen();
  auto two = listen();
  auto first = request<image_info>(puller, pull(), one.who);
  auto second = request<image_info>(puller, pull(), two.who);
  auto third = request<image_info>(puller, pull());
  run();
  stream.chunk(complete);
  run();
  for (const auto* x : {&one, &two}) {
    BOOST_REQUIRE(x->heard->size() == 2u);
    BOOST_TEST(x->heard->front().reference == "shop:1");
    BOOST_TEST(x->heard->front().bytes_done == 5u);
    BOOST_TEST(x->heard->front().bytes_total == 10u);
    BOOST_TEST(x->heard->back().layers_done == 1u);
  }
}

BOOST_AUTO_TEST_CASE(nothing_new_is_not_told) {
  auto listener = listen();
  on_pull().chunk(downloading).chunk(downloading);
  auto answer = request<image_info>(puller, pull(), listener.who);
  run();
  BOOST_TEST(listener.heard->size() == 1u);
}

BOOST_AUTO_TEST_CASE(one_who_has_given_up_hears_no_more) {
  auto& stream = on_pull();
  auto listener = listen();
  auto one = request<image_info>(puller, pull("shop:1", 1), listener.who);
  auto two = request<image_info>(puller, pull());
  run();
  caf::send_as(one.asker(), puller, cancel{1});
  stream.chunk(downloading);
  run();
  stream.chunk(complete);
  run();
  BOOST_TEST(listener.heard->size() <= 1u);
}

// -- failures -----------------------------------------------------------------

BOOST_AUTO_TEST_CASE(an_error_within_the_stream_fails_the_pull) {
  auto& stream = on_pull().chunk(pulling).chunk(
    R"({"errorDetail":{"message":"unknown blob"},"error":"unknown blob"})"
    "\r\n");
  auto one = request<image_info>(puller, pull());
  auto two = request<image_info>(puller, pull());
  run();
  BOOST_TEST(stream.cancelled());
  for (const auto* x : {&one, &two}) {
    BOOST_TEST((code_of(x->error()) == errc::pull_failed));
    BOOST_TEST(failure_of(x->error()).object == "shop:1");
    BOOST_TEST(failure_of(x->error()).reply == "unknown blob");
  }
}

BOOST_AUTO_TEST_CASE(an_error_at_the_streams_very_end_fails_the_pull) {
  on_pull()
    .chunk(R"({"errorDetail":{"message":"unknown blob"}})"
           "\r\n")
    .answer(200);
  auto answer = ask<image_info>(puller, pull());
  BOOST_REQUIRE(!answer);
  BOOST_TEST((code_of(answer.error()) == errc::pull_failed));
}

BOOST_AUTO_TEST_CASE(an_error_answer_may_come_in_several_pieces) {
  auto& stream = on_pull();
  stream.chunk("", 404)
    .chunk(R"({"message":"manifest for shop:1 not )", 404)
    .chunk(R"(found: manifest unknown: manifest unknown"})", 404)
    .answer(404, {}, json_headers());
  auto answer = ask<image_info>(puller, pull());
  BOOST_REQUIRE(!answer);
  BOOST_TEST((code_of(answer.error()) == errc::not_found));
  BOOST_TEST(failure_of(answer.error()).status == 404);
  BOOST_TEST(failure_of(answer.error()).reply
             == "manifest for shop:1 not found: manifest unknown: manifest "
                "unknown");
  BOOST_TEST(stream.acknowledged() > 0u);
}

BOOST_AUTO_TEST_CASE(an_endless_error_answer_is_not_kept) {
  auto& stream = on_pull();
  auto piece = std::string(40'000, 'x');
  for (int i = 0; i < 5; ++i)
    stream.chunk(piece, 500);
  stream.answer(500);
  auto answer = ask<image_info>(puller, pull());
  BOOST_REQUIRE(!answer);
  BOOST_TEST((code_of(answer.error()) == errc::pull_failed));
  BOOST_TEST(stream.acknowledged() == 200'000u);
}

BOOST_AUTO_TEST_CASE(a_stream_that_is_cut_off_fails_the_pull) {
  on_pull().chunk(pulling).fail(errc::connection_lost);
  auto lost = ask<image_info>(puller, pull());
  BOOST_REQUIRE(!lost);
  BOOST_TEST((code_of(lost.error()) == errc::connection_lost));
  on_pull().chunk(R"({"status":"Pull)").answer(200);
  auto cut = ask<image_info>(puller, pull());
  BOOST_REQUIRE(!cut);
  BOOST_TEST((code_of(cut.error()) == errc::connection_lost));
}

BOOST_AUTO_TEST_CASE(an_image_that_is_not_there_afterwards_is_an_error) {
  on_pull().chunk(complete).answer(200);
  answer_error(on_inspect(), 404, "no such image: shop:1");
  auto answer = ask<image_info>(puller, pull());
  BOOST_REQUIRE(!answer);
  BOOST_TEST((code_of(answer.error()) == errc::not_found));
}

BOOST_AUTO_TEST_CASE(after_an_engines_replacement_the_version_is_agreed_again) {
  on_pull()
    .chunk(R"({"message":"client version 1.52 is too new. )"
           R"(Maximum supported API version is 1.41"})",
           400)
    .answer(400, {}, json_headers());
  http.on_ping(engine_info{.api_version = "1.41"});
  auto answer = ask<image_info>(puller, pull());
  BOOST_REQUIRE(!answer);
  BOOST_TEST((code_of(answer.error()) == errc::version_mismatch));
}

// -- credentials --------------------------------------------------------------

BOOST_AUTO_TEST_CASE(the_login_is_that_of_the_images_registry) {
  desk.answers.push_back(found_credentials{login("me"), "a file"});
  auto& stream = http.on(http_method::post, target_begins("/images/create?"));
  auto answer = request<image_info>(puller, pull("registry.test:5000/shop:1"));
  run();
  BOOST_TEST(desk.asked == log_type{"registry.test:5000"});
  BOOST_TEST(auth_of(stream)
             == docker::encode_registry_auth(login("me"), "registry.test:5000")
                  .reveal());
}

BOOST_AUTO_TEST_CASE(an_explicit_login_is_not_looked_up) {
  auto& stream = on_pull();
  auto what = pull();
  what.credentials = login("me");
  auto answer = request<image_info>(puller, what);
  run();
  BOOST_TEST(desk.asked.empty());
  BOOST_TEST(
    auth_of(stream)
    == docker::encode_registry_auth(login("me"), "docker.io").reveal());
}

BOOST_AUTO_TEST_CASE(a_login_is_not_shared_with_others) {
  auto& mine = on_pull();
  auto& yours = on_pull();
  auto& nobodys = on_pull();
  auto what = pull();
  what.credentials = login("me");
  auto one = request<image_info>(puller, what);
  run();
  what.credentials = login("you");
  auto two = request<image_info>(puller, what);
  run();
  auto three = request<image_info>(puller, pull());
  run();
  BOOST_TEST(auth_of(mine) != auth_of(yours));
  BOOST_TEST(auth_of(nobodys) == "");
}

BOOST_AUTO_TEST_CASE(a_failed_look_up_of_the_login_fails_the_pull) {
  desk.answers.push_back(make_failure(
    errc::unauthorized, {.operation = "find credentials for",
                         .object = "docker.io",
                         .reply = "docker-credential-pass: exit status 1"}));
  auto one = request<image_info>(puller, pull());
  auto two = request<image_info>(puller, pull());
  run();
  for (const auto* x : {&one, &two})
    BOOST_TEST((code_of(x->error()) == errc::unauthorized));
  BOOST_TEST(http.log().empty());
  on_pull().chunk(complete).answer(200);
  answer_image(on_inspect());
  BOOST_CHECK(ask<image_info>(puller, pull()));
}

// -- giving up ----------------------------------------------------------------

BOOST_AUTO_TEST_CASE(one_cancels_and_the_others_go_on) {
  auto& stream = on_pull();
  auto one = request<image_info>(puller, pull("shop:1", 4));
  auto two = request<image_info>(puller, pull("shop:1", 4));
  run();
  caf::send_as(one.asker(), puller, cancel{4});
  run();
  BOOST_TEST((code_of(one.error()) == errc::cancelled));
  BOOST_TEST(failure_of(one.error()).object == "shop:1");
  BOOST_TEST(!stream.cancelled());
  answer_image(on_inspect());
  stream.chunk(complete).answer(200);
  run();
  BOOST_CHECK(two.get());
}

BOOST_AUTO_TEST_CASE(the_last_who_cancels_ends_the_pull) {
  auto& stream = on_pull();
  auto one = request<image_info>(puller, pull("shop:1", 4));
  auto two = request<image_info>(puller, pull("shop:1", 5));
  run();
  caf::send_as(one.asker(), puller, cancel{4});
  caf::send_as(two.asker(), puller, cancel{5});
  run();
  BOOST_TEST(stream.cancelled());
  BOOST_TEST((code_of(two.error()) == errc::cancelled));
  auto& again = on_pull();
  auto three = request<image_info>(puller, pull());
  run();
  BOOST_TEST(again.asked());
}

BOOST_AUTO_TEST_CASE(one_dies_and_the_others_go_on) {
  auto& stream = on_pull();
  auto one = request<image_info>(puller, pull());
  auto two = request<image_info>(puller, pull());
  run();
  kill(one.asker());
  BOOST_TEST(!stream.cancelled());
  kill(two.asker());
  BOOST_TEST(stream.cancelled());
}

BOOST_AUTO_TEST_CASE(each_who_waits_has_a_deadline_of_its_own) {
  auto& stream = on_pull();
  auto hasty = pull();
  hasty.options.timeout = 10s;
  auto lazy = pull();
  lazy.options.timeout = 1h;
  auto one = request<image_info>(puller, hasty);
  auto two = request<image_info>(puller, lazy);
  advance(9999ms);
  BOOST_TEST(!one.ready());
  advance(1ms);
  BOOST_TEST((code_of(one.error()) == errc::timed_out));
  BOOST_TEST(!stream.cancelled());
  advance(1h);
  BOOST_TEST((code_of(two.error()) == errc::timed_out));
  BOOST_TEST(stream.cancelled());
}

BOOST_AUTO_TEST_CASE(a_pull_is_cancelled_while_its_login_is_looked_up) {
  auto answer = request<image_info>(puller, pull("shop:1", 4));
  expect<pull_image>(puller);
  caf::send_as(answer.asker(), puller, cancel{4});
  run();
  BOOST_TEST((code_of(answer.error()) == errc::cancelled));
  BOOST_TEST(http.log().empty());
}

BOOST_AUTO_TEST_CASE(a_pull_is_cancelled_while_the_image_is_looked_at) {
  on_pull().chunk(complete).answer(200);
  auto& inspect = on_inspect();
  auto answer = request<image_info>(puller, pull("shop:1", 4));
  run();
  caf::send_as(answer.asker(), puller, cancel{4});
  run();
  BOOST_TEST(inspect.cancelled());
  BOOST_TEST((code_of(answer.error()) == errc::cancelled));
}

BOOST_AUTO_TEST_CASE(requests_without_a_ticket_are_not_cancelled) {
  auto& stream = on_pull();
  auto answer = request<image_info>(puller, pull());
  run();
  caf::send_as(answer.asker(), puller, cancel{0});
  run();
  BOOST_TEST(!answer.ready());
  BOOST_TEST(!stream.cancelled());
}

BOOST_AUTO_TEST_CASE(all_who_wait_are_told_when_it_ends) {
  on_pull();
  auto one = request<image_info>(puller, pull());
  auto two = request<image_info>(puller, pull());
  run();
  kill(puller);
  BOOST_TEST((code_of(one.error()) == errc::service_restarted));
  BOOST_TEST((code_of(two.error()) == errc::service_restarted));
}

// -- inspecting ---------------------------------------------------------------

BOOST_AUTO_TEST_CASE(an_image_is_inspected) {
  answer_image(on_inspect("blog:latest"));
  auto image = ask<image_info>(puller, inspect_image{{}, "blog"});
  BOOST_REQUIRE(image);
  BOOST_TEST(image->id == "sha256:" + full_id('5'));
}

BOOST_AUTO_TEST_CASE(an_inspection_can_be_cancelled) {
  auto& inspect = on_inspect();
  auto answer = request<image_info>(puller, inspect_image{{0ms, 3}, "shop:1"});
  run();
  caf::send_as(answer.asker(), puller, cancel{3});
  run();
  BOOST_TEST(inspect.cancelled());
  BOOST_TEST((code_of(answer.error()) == errc::cancelled));
}

// -- removing -----------------------------------------------------------------

BOOST_AUTO_TEST_CASE(an_image_is_removed) {
  auto& removal = http.on(http_method::del, target_begins("/images/shop:1?"));
  answer_json(removal, 200, R"([{"Untagged":"shop:1"}])");
  BOOST_TEST(bool{ask<done>(puller, remove_image{{}, "shop:1"})});
}

BOOST_AUTO_TEST_CASE(an_image_in_use_is_not_removed) {
  answer_error(http.on(http_method::del, target_begins("/images/shop:1?")), 409,
               "conflict: image is being used by stopped container 0123");
  auto result = ask<done>(puller, remove_image{{}, "shop:1"});
  BOOST_REQUIRE(!result);
  BOOST_TEST((code_of(result.error()) == errc::conflict));
}

// -- asking the registry ------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_digest_is_looked_up_with_the_registrys_login) {
  desk.answers.push_back(found_credentials{login("ada"), "a file"});
  auto& lookup
    = http.on(http_method::get, "/distribution/registry.test/shop:1/json");
  answer_json(lookup, 200, R"({"Descriptor":{"digest":"sha256:1"}})");
  auto found
    = ask<found_digest>(puller, find_digest{{}, "registry.test/shop:1"});
  BOOST_REQUIRE(found);
  BOOST_TEST(found->digest == "sha256:1");
  BOOST_TEST(
    auth_of(lookup)
    == docker::encode_registry_auth(login("ada"), "registry.test").reveal());
  BOOST_TEST(desk.asked.front() == "registry.test");
}

BOOST_AUTO_TEST_CASE(what_the_registry_does_not_have_has_no_digest) {
  answer_error(http.on(http_method::get, "/distribution/shop:1/json"), 404,
               "manifest unknown: manifest unknown");
  auto found = ask<found_digest>(puller, find_digest{{}, "shop:1"});
  BOOST_REQUIRE(!found);
  BOOST_TEST((code_of(found.error()) == errc::not_found));
  BOOST_TEST(render(found.error()).find("shop:1") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_name_that_is_none_is_not_looked_up) {
  auto found = ask<found_digest>(puller, find_digest{{}, "Shop:1"});
  BOOST_REQUIRE(!found);
  BOOST_TEST((code_of(found.error()) == errc::invalid_argument));
}

BOOST_AUTO_TEST_CASE(a_look_up_ends_with_its_deadline) {
  auto& lookup = http.on(http_method::get, "/distribution/shop:1/json");
  auto answer
    = request<found_digest>(puller, find_digest{{500ms, 1}, "shop:1"});
  advance(600ms);
  BOOST_TEST((code_of(answer.error()) == errc::timed_out));
  BOOST_TEST(lookup.cancelled());
}

BOOST_AUTO_TEST_SUITE_END()
