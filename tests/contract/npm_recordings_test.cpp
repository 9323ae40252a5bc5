#include "tests/support/npm_transcript.hpp"

#include <filesystem>

namespace fs = std::filesystem;

// Every recorded exchange is there to be replayed: one that no test names
// proves nothing.
BOOST_AUTO_TEST_CASE(every_recorded_exchange_is_used_by_a_test) {
  std::string tests;
  for (const auto* topic : {"account", "hosts", "tokens"})
    tests += dw::test::read_file(DW_TEST_DATA "/npm_" + std::string{topic}
                                 + "_test.cpp");
  auto root = fs::path{DW_TEST_DATA} / "npm";
  size_t recordings = 0;
  for (const auto& entry : fs::recursive_directory_iterator{root}) {
    if (!entry.is_regular_file())
      continue;
    ++recordings;
    auto name = entry.path().lexically_relative(root).replace_extension();
    BOOST_TEST(tests.find('"' + name.string() + '"') != std::string::npos,
               name << " is used by no test");
  }
  BOOST_TEST(recordings > 180u);
}
