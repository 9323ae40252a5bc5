#include "actors/route_plan.hpp"

#include "messages/error.hpp"
#include "tests/support/npm_hosts.hpp"

#include <boost/test/unit_test.hpp>

using namespace dw;
using namespace dw::test;

using names = std::vector<std::string>;

namespace {

const route_owner us{"shop", "prod", "i-2"};
const auto our_mark = mark("shop", "prod", "i-1");
const auto new_mark = mark("shop", "prod", "i-2");
const auto their_mark = mark("blog", "prod", "i-9");

set_route wanted(names domains) {
  set_route result;
  result.domains = std::move(domains);
  result.target = {"http", "127.0.0.1", 9090};
  result.owner = us;
  return result;
}

/// A host of ours that is as `wanted` says.
proxy_host settled(int64_t id, names domains) {
  auto result = make_host(id, std::move(domains), new_mark);
  result.target.port = 9090;
  return result;
}

route_plan plan(const set_route& what, const std::vector<proxy_host>& hosts) {
  auto result = plan_route(what, hosts);
  if (!result)
    BOOST_FAIL(render(result.error()));
  return std::move(*result);
}

failure refusal(const set_route& what, const std::vector<proxy_host>& hosts,
                errc code) {
  auto result = plan_route(what, hosts);
  BOOST_REQUIRE(!result);
  BOOST_TEST((code_of(result.error()) == code));
  return failure_of(result.error());
}

/// The only change of a plan.
update_proxy_host change_of(const route_plan& x) {
  BOOST_REQUIRE(x.updates.size() == 1u);
  BOOST_TEST(!x.creation);
  return x.updates.front().change;
}

bool is_empty(const route_plan& x) {
  return x.updates.empty() && !x.creation;
}

} // namespace

// -- nothing, one, or a new one -----------------------------------------------

BOOST_AUTO_TEST_CASE(names_that_nobody_has_get_a_host_of_their_own) {
  auto what = wanted({"B.test.", "a.test", "b.test"});
  what.settings.caching = true;
  auto result = plan(what, {make_host(1, {"other.test"})});
  BOOST_TEST(result.updates.empty());
  BOOST_REQUIRE(result.creation);
  BOOST_TEST(result.creation->domains == (names{"b.test", "a.test"}));
  BOOST_TEST((result.creation->target == what.target));
  BOOST_TEST((result.creation->settings == what.settings));
  BOOST_TEST(result.creation->meta == new_mark);
}

BOOST_AUTO_TEST_CASE(our_host_gets_the_new_target_and_mark_and_nothing_else) {
  auto before = make_host(5, {"a.test"}, our_mark);
  auto result = plan(wanted({"a.test"}), {before});
  auto change = change_of(result);
  BOOST_TEST(change.id == 5);
  BOOST_TEST((*change.target == proxy_target{"http", "127.0.0.1", 9090}));
  BOOST_TEST(*change.meta == new_mark);
  BOOST_TEST(!change.domains);
  BOOST_TEST(!change.enabled);
  BOOST_TEST((change.settings == proxy_options{}));
  BOOST_TEST((result.updates.front().before == before));
}

BOOST_AUTO_TEST_CASE(foreign_meta_of_our_host_is_kept) {
  auto host = make_host(5, {"a.test"}, R"({"x":1,)" + our_mark.substr(1));
  auto change = change_of(plan(wanted({"a.test"}), {host}));
  BOOST_TEST(*change.meta == R"({"x":1,)" + new_mark.substr(1));
}

BOOST_AUTO_TEST_CASE(nothing_changes_if_all_is_so_already) {
  BOOST_TEST(is_empty(plan(wanted({"a.test"}), {settled(5, {"a.test"})})));
  // The order and the spelling of the names do not matter.
  BOOST_TEST(is_empty(
    plan(wanted({"a.test", "b.test"}), {settled(5, {"B.test", "a.test"})})));
}

BOOST_AUTO_TEST_CASE(every_difference_needs_a_change) {
  using modify = std::function<void(proxy_host&)>;
  const modify modifications[] = {
    [](auto& x) { x.target.scheme = "https"; },
    [](auto& x) { x.target.host = "web"; },
    [](auto& x) { x.target.port = 1; },
    [](auto& x) { x.meta = our_mark; },
    [](auto& x) { x.enabled = false; },
    [](auto& x) { x.nginx_online = false; },
    [](auto& x) { x.nginx_online = caf::none; },
    [](auto& x) { x.domains.push_back("b.test"); },
  };
  for (const auto& modify_host : modifications) {
    auto host = settled(5, {"a.test"});
    modify_host(host);
    auto change = change_of(plan(wanted({"a.test"}), {host}));
    BOOST_TEST(bool{change.target});
    BOOST_TEST(bool{change.enabled} == !host.enabled);
  }
}

// -- names --------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(our_host_gets_exactly_the_wanted_names) {
  auto host = settled(5, {"a.test", "old.test"});
  auto change = change_of(plan(wanted({"a.test", "new.test"}), {host}));
  BOOST_REQUIRE(change.domains);
  BOOST_TEST(*change.domains == (names{"a.test", "new.test"}));
}

BOOST_AUTO_TEST_CASE(names_stay_with_the_host_that_has_them) {
  std::vector<proxy_host> hosts{settled(5, {"a.test"}),
                                make_host(6, {"b.test", "x.test"}, our_mark)};
  auto result = plan(wanted({"a.test", "b.test", "c.test"}), hosts);
  BOOST_REQUIRE(result.updates.size() == 2u);
  // A name that is new goes to the first one only.
  BOOST_TEST(result.updates[0].change.id == 5);
  BOOST_TEST(*result.updates[0].change.domains == (names{"a.test", "c.test"}));
  BOOST_TEST(result.updates[1].change.id == 6);
  BOOST_TEST(*result.updates[1].change.domains == (names{"b.test"}));
}

BOOST_AUTO_TEST_CASE(a_wildcard_is_a_name_of_its_own) {
  auto result = plan(wanted({"a.test"}), {make_host(1, {"*.test"})});
  BOOST_TEST(result.creation.has_value());
}

BOOST_AUTO_TEST_CASE(without_a_proper_name_nothing_is_planned) {
  refusal(wanted({}), {}, errc::invalid_argument);
  auto bad
    = refusal(wanted({"a.test", "http://b.test"}), {}, errc::invalid_argument);
  BOOST_TEST(bad.object == "http://b.test");
}

// -- owners -------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_host_of_another_stage_is_taken) {
  auto context
    = refusal(wanted({"b.test", "A.test"}),
              {make_host(7, {"a.test"}, their_mark)}, errc::domain_taken);
  BOOST_TEST(context.object == "a.test");
  BOOST_TEST(context.reply
             == "proxy host 7, of stage blog/prod, has it and forwards to "
                "http://127.0.0.1:8080");
}

BOOST_AUTO_TEST_CASE(a_host_without_a_mark_is_taken) {
  auto context = refusal(wanted({"a.test"}), {make_host(7, {"a.test"})},
                         errc::domain_taken);
  BOOST_TEST(context.reply.find("not managed by docker-watcher")
             != std::string::npos);
  BOOST_TEST(context.hint.find("adopt") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(one_taken_host_is_enough_to_change_nothing) {
  refusal(wanted({"a.test", "b.test"}),
          {make_host(5, {"a.test"}, our_mark), make_host(7, {"b.test"})},
          errc::domain_taken);
}

BOOST_AUTO_TEST_CASE(an_adopted_host_keeps_its_names) {
  auto host = make_host(7, {"A.test", "foo.*", "b.test"}, R"({"x":1})");
  auto what = wanted({"a.test"});
  what.adopt = true;
  auto result = plan(what, {host});
  auto change = change_of(result);
  BOOST_TEST(!change.domains);
  BOOST_TEST(*change.meta
             == npm::mark_adopted(R"({"x":1,)" + new_mark.substr(1)));
  what.domains.push_back("c.test");
  result = plan(what, {host});
  change = change_of(result);
  BOOST_TEST(*change.domains == (names{"A.test", "foo.*", "b.test", "c.test"}));
  // So that NPM gets them as it knows them.
  BOOST_TEST((result.updates.front().check == npm::domain_check::none));
}

BOOST_AUTO_TEST_CASE(new_names_go_to_our_host_rather_than_an_adopted_one) {
  auto what = wanted({"a.test", "b.test", "c.test"});
  what.adopt = true;
  auto result = plan(what, {make_host(3, {"a.test"}),
                            make_host(5, {"b.test"}, our_mark)});
  BOOST_REQUIRE(result.updates.size() == 2u);
  BOOST_TEST(result.updates[0].change.id == 5);
  BOOST_TEST(*result.updates[0].change.domains == (names{"b.test", "c.test"}));
  BOOST_TEST(!result.updates[1].change.domains);
}

BOOST_AUTO_TEST_CASE(a_disabled_host_is_enabled) {
  auto host = settled(5, {"a.test"});
  host.enabled = false;
  auto change = change_of(plan(wanted({"a.test"}), {host}));
  BOOST_TEST(*change.enabled);
}

// -- settings -----------------------------------------------------------------

BOOST_AUTO_TEST_CASE(only_settings_that_are_given_and_differ_are_changed) {
  auto host = settled(5, {"a.test"});
  host.certificate_id = 4;
  auto what = wanted({"a.test"});
  what.settings.websockets = true; // as it is
  what.settings.caching = false;   // as it is
  what.settings.certificate = 4;   // as it is
  BOOST_TEST(is_empty(plan(what, {host})));
  what.settings.block_exploits = false;
  what.settings.force_ssl = true;
  what.settings.access_list = 3;
  auto change = change_of(plan(what, {host}));
  proxy_options expected;
  expected.block_exploits = false;
  expected.force_ssl = true;
  expected.access_list = 3;
  BOOST_TEST((change.settings == expected));
}

BOOST_AUTO_TEST_CASE(settings_that_npm_would_drop_are_refused) {
  auto host = settled(5, {"a.test"}); // without a certificate
  auto what = wanted({"a.test"});
  what.settings.force_ssl = true;
  refusal(what, {host}, errc::invalid_argument);
  host.certificate_id = 4;
  plan(what, {host});
  what.settings.certificate = 0;
  refusal(what, {host}, errc::invalid_argument);
  what.settings = {};
  what.settings.hsts = true;
  refusal(what, {host}, errc::invalid_argument);
  what.settings.force_ssl = true;
  plan(what, {host});
}
