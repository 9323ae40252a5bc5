#include "main/api/routes.hpp"

#include <boost/test/unit_test.hpp>

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <cctype>
#include <set>

using namespace dw::api;

namespace {

std::string lower(std::string_view text) {
  std::string result{text};
  std::transform(result.begin(), result.end(), result.begin(),
                 [](unsigned char c) { return std::tolower(c); });
  return result;
}

// "get /v1/stages read"
std::set<std::string> documented() {
  std::set<std::string> result;
  auto document = YAML::LoadFile(DW_TEST_DATA "/../../docs/openapi.yaml");
  for (const auto& path : document["paths"])
    for (const auto& operation : path.second) {
      const auto& x = operation.second;
      auto is_open = x["security"] && x["security"].size() == 0;
      result.insert(operation.first.as<std::string>() + " "
                    + path.first.as<std::string>() + " "
                    + (is_open ? "-" : x["x-scope"].as<std::string>()));
    }
  return result;
}

std::set<std::string> served() {
  std::set<std::string> result;
  for (const auto& x : routes())
    result.insert(lower(x.method) + " " + std::string{x.pattern} + " "
                  + (x.needs ? to_string(*x.needs) : "-"));
  return result;
}

} // namespace

BOOST_AUTO_TEST_SUITE(api_routes)

BOOST_AUTO_TEST_CASE(the_document_has_the_routes_that_are_served) {
  auto one = documented();
  auto two = served();
  BOOST_TEST(one == two, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_path_leads_to_its_route) {
  auto x = match("GET", {"v1", "stages", "shop", "prod", "logs"});
  BOOST_REQUIRE(x.found);
  BOOST_TEST(x.found->pattern == "/v1/stages/{project}/{stage}/logs");
  BOOST_TEST((x.args == std::vector<std::string>{"shop", "prod"}));
  BOOST_TEST(match("HEAD", {"healthz"}).found != nullptr);
}

BOOST_AUTO_TEST_CASE(another_method_is_told_from_another_path) {
  auto x = match("DELETE", {"v1", "deploys"});
  BOOST_TEST(!x.found);
  BOOST_TEST(x.allowed == "GET, POST");
  for (const auto& path : std::vector<std::vector<std::string>>{
         {""},
         {"v1"},
         {"v1", "deploys", ""},
         {"v1", "stages", "", "prod"},
         {"v1", "stages", "shop", "prod", "logs", "x"},
         {"V1", "deploys"},
         {"v1/deploys"}}) {
    x = match("GET", path);
    BOOST_TEST(!x.found);
    BOOST_TEST(x.allowed == "");
  }
}

BOOST_AUTO_TEST_SUITE_END()
