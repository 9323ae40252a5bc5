#include "actors/host_directory.hpp"

#include "tests/support/npm_hosts.hpp"

#include <boost/test/unit_test.hpp>

using namespace dw;
using namespace dw::test;

namespace {

std::vector<npm::listed_host_pointer>
listed(const std::vector<proxy_host>& hosts) {
  std::vector<npm::listed_host_pointer> result;
  result.reserve(hosts.size());
  for (const auto& host : hosts)
    result.push_back(std::make_shared<npm::listed_host>(host));
  return result;
}

std::vector<int64_t> ids(const std::vector<proxy_host>& hosts) {
  std::vector<int64_t> result;
  result.reserve(hosts.size());
  for (const auto& x : hosts)
    result.push_back(x.id);
  return result;
}

proxy_host
marked(int64_t id, std::vector<std::string> domains, const std::string& stage) {
  return make_host(id, std::move(domains), mark("shop", stage, "0123456789ab"));
}

using id_list = std::vector<int64_t>;

host_directory directory_of(const std::vector<proxy_host>& hosts) {
  host_directory result;
  result.replace(listed(hosts));
  return result;
}

} // namespace

BOOST_AUTO_TEST_SUITE(host_directory_tests)

BOOST_AUTO_TEST_CASE(it_is_filled_by_a_listing_also_of_nothing) {
  host_directory all;
  BOOST_TEST(!all.is_filled());
  BOOST_TEST(all.find({"a.test"}, "shop", "live").empty());
  all.replace({});
  BOOST_TEST(all.is_filled());
  BOOST_TEST(all.all().empty());
}

BOOST_AUTO_TEST_CASE(hosts_are_found_by_domain_however_spelled) {
  auto all = directory_of(
    {make_host(1, {"a.test", "Www.A.test."}), make_host(2, {"b.test"})});
  BOOST_TEST(ids(all.find({"A.TEST"}, {}, {})) == id_list{1});
  BOOST_TEST(ids(all.find({"www.a.test"}, {}, {})) == id_list{1});
  BOOST_TEST(all.find({"c.test"}, {}, {}).empty());
}

BOOST_AUTO_TEST_CASE(hosts_are_found_by_the_mark_of_their_stage) {
  auto all
    = directory_of({marked(1, {"a.test"}, "live"),
                    marked(2, {"b.test"}, "next"), make_host(3, {"c.test"})});
  BOOST_TEST(ids(all.find({}, "shop", "next")) == id_list{2});
  BOOST_TEST(all.find({}, "shop", "old").empty());
  BOOST_TEST(all.find({}, "other", "live").empty());
}

BOOST_AUTO_TEST_CASE(each_host_is_found_once_and_in_order) {
  auto all = directory_of({make_host(9, {"z.test"}),
                           marked(4, {"a.test", "b.test"}, "live"),
                           make_host(2, {"c.test"})});
  BOOST_TEST(ids(all.find({"c.test", "b.test", "a.test"}, "shop", "live"))
             == (id_list{4, 2}));
}

BOOST_AUTO_TEST_CASE(a_listing_replaces_the_one_before) {
  auto all = directory_of({marked(1, {"a.test"}, "live")});
  all.replace(listed({make_host(2, {"b.test"})}));
  BOOST_TEST(all.find({"a.test"}, "shop", "live").empty());
  BOOST_TEST(ids(all.all()) == id_list{2});
}

BOOST_AUTO_TEST_SUITE_END()
