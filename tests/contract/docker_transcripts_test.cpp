#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

// Keeps the recorded exchanges and the tests that replay them together.

namespace fs = std::filesystem;

namespace {

/// The text of all tests of the Docker Engine API.
std::string all_tests() {
  std::string result;
  for (const auto& entry : fs::directory_iterator{DW_TEST_DATA}) {
    auto name = entry.path().filename().string();
    if (!name.starts_with("docker_") || !name.ends_with("_test.cpp"))
      continue;
    std::ifstream in{entry.path()};
    result.append(std::istreambuf_iterator<char>{in}, {});
  }
  return result;
}

} // namespace

BOOST_AUTO_TEST_CASE(every_recorded_exchange_is_replayed_by_a_test) {
  auto tests = all_tests();
  size_t count = 0;
  for (const auto& entry :
       fs::directory_iterator{fs::path{DW_TEST_DATA} / "docker"}) {
    ++count;
    BOOST_TEST(entry.path().extension() == ".json");
    auto name = entry.path().stem().string();
    BOOST_TEST((tests.find("\"" + name + "\"") != std::string::npos),
               name << " is not replayed");
  }
  BOOST_TEST(count > 90u);
}
