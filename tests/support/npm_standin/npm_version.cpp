#include "tests/support/npm_standin/npm_version.hpp"

#include <algorithm>
#include <array>

namespace npm_standin {

namespace {

struct release {
  npm_version id;
  std::string_view line;
  std::string_view text;
  int minor;
  int revision;
};

constexpr std::array<release, 3> releases{{
  {npm_version::v2_11, "2.11", "2.11.3", 11, 3},
  {npm_version::v2_12, "2.12", "2.12.6", 12, 6},
  {npm_version::v2_15, "2.15", "2.15.1", 15, 1},
}};

const release& of(npm_version x) {
  return *std::ranges::find(releases, x, &release::id);
}

} // namespace

std::optional<npm_version> parse_npm_version(std::string_view text) {
  auto i = std::ranges::find(releases, text, &release::line);
  if (i == releases.end())
    return std::nullopt;
  return i->id;
}

std::string_view to_string(npm_version x) {
  return of(x).text;
}

json to_json(npm_version x) {
  return json::object{
    {"major", 2}, {"minor", of(x).minor}, {"revision", of(x).revision}};
}

} // namespace npm_standin
