#include "main/api/routes.hpp"

#include <boost/test/unit_test.hpp>

#include <fmt/format.h>

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

using strings = std::vector<std::string>;

// "get /v1/stages read tag image"
std::string line(std::string_view method, std::string_view path,
                 std::string_view needs, const strings& parameters) {
  return fmt::format("{} {} {} {}", method, path, needs,
                     fmt::join(parameters, " "));
}

strings query_of(const YAML::Node& operation) {
  strings result;
  for (const auto& x : operation["parameters"])
    if (x["in"].as<std::string>() == "query")
      result.push_back(x["name"].as<std::string>());
  return result;
}

std::set<std::string> documented() {
  std::set<std::string> result;
  auto document = YAML::LoadFile(DW_TEST_DATA "/../../docs/openapi.yaml");
  for (const auto& path : document["paths"])
    for (const auto& operation : path.second) {
      const auto& x = operation.second;
      auto is_open = x["security"] && x["security"].size() == 0;
      result.insert(
        line(operation.first.as<std::string>(), path.first.as<std::string>(),
             is_open ? "-" : x["x-scope"].as<std::string>(), query_of(x)));
    }
  return result;
}

std::set<std::string> served() {
  std::set<std::string> result;
  for (const auto& x : routes())
    result.insert(line(lower(x.method), x.pattern,
                       x.needs ? to_string(*x.needs) : "-",
                       {x.parameters.begin(), x.parameters.end()}));
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
