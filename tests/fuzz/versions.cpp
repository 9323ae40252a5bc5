// Versions, ranges of them and patterns of tags.

#include "actors/push_policy.hpp"
#include "actors/semver.hpp"
#include "tests/fuzz/fuzz.hpp"

#include <array>

using namespace dw;
using namespace dw::fuzz;

namespace {

void check_order(const std::vector<semver>& xs) {
  for (const auto& x : xs)
    for (const auto& y : xs) {
      require((x < y) == (y > x), "an order has two sides");
      require((x == y) == ((x <=> y) == 0), "what is equal is the same");
      for (const auto& z : xs)
        require(!(x < y && y < z) || x < z, "an order is transitive");
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  auto text = text_of(data, size);
  std::string line{text.substr(0, text.find('\n'))};
  std::string why;
  auto range = semver_range::parse(line, why);
  require(range || !why.empty(), "a refused range has a reason");
  std::vector<semver> versions;
  while (!text.empty() && versions.size() < 8) {
    auto end = std::min(text.find('\n'), text.size() - 1) + 1;
    std::string tag{text.substr(0, end - 1)};
    text.remove_prefix(end);
    if (auto x = parse_version_tag(tag))
      versions.push_back(std::move(*x));
    auto_deploy rule;
    rule.semver = line;
    require(!takes_tag(rule, tag) || range, "a bad range takes no tag");
  }
  for (const auto& x : versions) {
    require(!range || range->contains(x) == range->contains(x), "it is pure");
  }
  check_order(versions);
  return 0;
}
