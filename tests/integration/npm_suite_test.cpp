// The NPM actors against the Nginx Proxy Manager that DW_TEST_NPM_URL names
// (see tests/support/env --help), or else against a stand-in: health,
// permissions and proxy hosts. The other files of this program are about logins
// and routes.

#include "tests/integration/npm_fixture.hpp"

#include <algorithm>

using namespace dw;
using namespace dw::test;

namespace {

struct hosts_fixture : npm_fixture {
  create_proxy_host host(const std::string& domain) const {
    create_proxy_host result;
    result.domains = {domain};
    result.target = nowhere();
    return result;
  }

  proxy_host create(const std::string& domain) {
    return ask<proxy_host>(proxy, host(domain));
  }

  proxy_host read(int64_t id) {
    return ask<proxy_host>(proxy, read_proxy_host{{}, id});
  }

  proxy_host find(const std::string& domain) {
    return ask<proxy_host>(proxy, find_proxy_host{{}, domain});
  }
};

} // namespace

// -- health and permissions ---------------------------------------------------

BOOST_FIXTURE_TEST_SUITE(npm_account, npm_fixture)

BOOST_AUTO_TEST_CASE(a_ping_tells_the_version_and_what_we_may) {
  auto info = ask<proxy_info>(proxy, ping_proxy{});
  BOOST_TEST(std::ranges::count(info.version, '.') == 2, info.version);
  BOOST_TEST(info.can_manage);
  BOOST_TEST(info.sees_all);
  BOOST_TEST(info.is_admin);
}

BOOST_AUTO_TEST_CASE(a_user_for_deploys_manages_what_it_made_and_no_more) {
  create_proxy_host what;
  what.domains = {domain("admins")};
  what.target = nowhere();
  auto foreign = ask<proxy_host>(proxy, what);
  auto limited = registrar_of(user_with("user", "manage"), http);
  auto info = ask<proxy_info>(limited, ping_proxy{});
  BOOST_TEST(info.can_manage);
  BOOST_TEST(!info.sees_all);
  BOOST_TEST(!info.is_admin);
  BOOST_TEST(info.also_granted.empty());
  auto taken = refusal<proxy_host>(limited, what);
  check_failure(taken, errc::domain_taken, domain("admins"));
  what.domains = {domain("own")};
  auto own = ask<proxy_host>(limited, what);
  auto all = ask<std::vector<proxy_host>>(limited, list_proxy_hosts{});
  BOOST_TEST_REQUIRE(all.size() == 1u);
  BOOST_TEST(all[0].id == own.id);
  auto hidden = refusal<proxy_host>(limited, read_proxy_host{{}, foreign.id});
  check_failure(hidden, errc::not_found, std::to_string(foreign.id));
  ask<done>(limited, delete_proxy_host{{}, own.id});
}

BOOST_AUTO_TEST_CASE(what_a_user_for_deploys_does_not_need_is_told) {
  // As it is made, a user may manage everything that is its own.
  auto info = ask<proxy_info>(registrar_of(user_as_made(), http), ping_proxy{});
  BOOST_TEST(info.can_manage);
  BOOST_TEST(!info.is_admin);
  const std::vector<std::string> all{"redirection_hosts", "dead_hosts",
                                     "streams", "access_lists", "certificates"};
  BOOST_TEST(info.also_granted == all, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_user_who_may_only_look_is_told_so) {
  create_proxy_host what;
  what.domains = {domain("app")};
  what.target = nowhere();
  auto host = ask<proxy_host>(proxy, what);
  auto looker = registrar_of(user_with("all", "view"), http);
  auto info = ask<proxy_info>(looker, ping_proxy{});
  BOOST_TEST(!info.can_manage);
  BOOST_TEST(info.sees_all);
  BOOST_TEST(ask<proxy_host>(looker, read_proxy_host{{}, host.id}).id
             == host.id);
  update_proxy_host change;
  change.id = host.id;
  change.target = proxy_target{"http", npm.forward_host, 2};
  check_failure(refusal<proxy_host>(looker, change), errc::forbidden);
}

BOOST_AUTO_TEST_CASE(a_user_without_permission_is_told_before_a_deploy) {
  auto nobody = registrar_of(user_with("user", "hidden"), http);
  BOOST_TEST(!ask<proxy_info>(nobody, ping_proxy{}).can_manage);
  auto err = refusal<std::vector<proxy_host>>(nobody, list_proxy_hosts{});
  check_failure(err, errc::forbidden);
  BOOST_TEST(!failure_of(err).hint.empty());
}

BOOST_AUTO_TEST_SUITE_END()

// -- proxy hosts --------------------------------------------------------------

BOOST_FIXTURE_TEST_SUITE(npm_hosts, hosts_fixture)

BOOST_AUTO_TEST_CASE(a_host_is_created_served_and_listed) {
  auto what = host(domain("app"));
  what.meta = R"({"note":"of the suite"})";
  auto made = ask<proxy_host>(proxy, what);
  BOOST_TEST(made.id > 0);
  BOOST_TEST(made.domains == what.domains, boost::test_tools::per_element());
  BOOST_TEST((made.target == what.target));
  BOOST_TEST(made.enabled);
  BOOST_TEST(made.nginx_online.value_or(false));
  BOOST_TEST(made.websockets);
  BOOST_TEST(made.block_exploits);
  BOOST_TEST(made.meta == what.meta);
  BOOST_TEST((read(made.id) == made));
  auto all = ask<std::vector<proxy_host>>(proxy, list_proxy_hosts{});
  BOOST_TEST(std::ranges::count(all, made) == 1);
}

BOOST_AUTO_TEST_CASE(an_update_changes_what_is_given_and_no_more) {
  auto made = create(domain("app"));
  update_proxy_host change;
  change.id = made.id;
  change.target = proxy_target{"https", npm.forward_host, 2};
  auto changed = ask<proxy_host>(proxy, change);
  auto expected = made;
  expected.target = *change.target;
  BOOST_TEST((changed == expected));
  update_proxy_host rename;
  rename.id = made.id;
  rename.domains = std::vector<std::string>{domain("b"), domain("a")};
  rename.settings.websockets = false;
  changed = ask<proxy_host>(proxy, rename);
  expected.domains = {domain("a"), domain("b")};
  expected.websockets = false;
  BOOST_TEST((changed == expected));
}

BOOST_AUTO_TEST_CASE(a_host_is_disabled_and_enabled_as_often_as_somebody_asks) {
  auto id = create(domain("app")).id;
  for (auto i = 0; i < 2; ++i)
    ask<done>(proxy, disable_proxy_host{{}, id});
  BOOST_TEST(!read(id).enabled);
  for (auto i = 0; i < 2; ++i)
    ask<done>(proxy, enable_proxy_host{{}, id});
  auto host = read(id);
  BOOST_TEST(host.enabled);
  BOOST_TEST(host.nginx_online.value_or(false));
}

BOOST_AUTO_TEST_CASE(enabling_keeps_the_access_list) {
  auto what = host(domain("app"));
  what.settings.access_list = access_list();
  auto made = ask<proxy_host>(proxy, what);
  ask<done>(proxy, disable_proxy_host{{}, made.id});
  ask<done>(proxy, enable_proxy_host{{}, made.id});
  BOOST_TEST(read(made.id).access_list_id == *what.settings.access_list);
}

BOOST_AUTO_TEST_CASE(a_deleted_host_is_gone_also_if_deleted_again) {
  auto id = create(domain("app")).id;
  for (auto i = 0; i < 2; ++i)
    ask<done>(proxy, delete_proxy_host{{}, id});
  auto err = refusal<proxy_host>(proxy, read_proxy_host{{}, id});
  check_failure(err, errc::not_found, std::to_string(id));
}

BOOST_AUTO_TEST_CASE(a_domain_is_found_in_any_spelling) {
  auto plain = create(domain("app")).id;
  auto upper = domain("APP");
  std::ranges::transform(upper, upper.begin(), [](char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  });
  for (const auto& spelling : {domain("app"), upper, domain("app") + "."})
    BOOST_TEST(find(spelling).id == plain, spelling);
  auto other = create(domain("b\u00fccher"));
  BOOST_TEST_REQUIRE(other.domains.size() == 1u);
  BOOST_TEST(other.domains[0] == domain("xn--bcher-kva"));
  for (const auto* name : {"b\u00fccher", "B\u00dcCHER", "xn--bcher-kva"})
    BOOST_TEST(find(domain(name)).id == other.id, name);
}

BOOST_AUTO_TEST_CASE(a_part_of_a_domain_is_not_found) {
  create(domain("my-app"));
  auto err = refusal<proxy_host>(proxy, find_proxy_host{{}, domain("app")});
  check_failure(err, errc::not_found, domain("app"));
}

BOOST_AUTO_TEST_CASE(a_domain_belongs_to_one_host_in_any_spelling) {
  auto made = create(domain("app"));
  auto err = refusal<proxy_host>(proxy, host(domain("App") + "."));
  check_failure(err, errc::domain_taken, std::to_string(made.id));
  auto other = create(domain("other"));
  update_proxy_host change;
  change.id = other.id;
  change.domains = std::vector<std::string>{domain("app")};
  check_failure(refusal<proxy_host>(proxy, change), errc::domain_taken);
  BOOST_TEST((read(other.id) == other));
}

BOOST_AUTO_TEST_CASE(what_is_no_domain_is_not_sent) {
  auto err = refusal<proxy_host>(proxy, host("no domain; at all"));
  check_failure(err, errc::invalid_argument, "no domain");
}

BOOST_AUTO_TEST_CASE(a_host_that_does_not_exist_is_not_found) {
  constexpr int64_t absent = 999'999'999;
  auto err = refusal<proxy_host>(proxy, read_proxy_host{{}, absent});
  check_failure(err, errc::not_found, std::to_string(absent));
  err = refusal<done>(proxy, enable_proxy_host{{}, absent});
  check_failure(err, errc::not_found, std::to_string(absent));
}

BOOST_AUTO_TEST_SUITE_END()
