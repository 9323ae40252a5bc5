#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dw {

/// A version by semver 2.0.0. Build metadata is dropped, for it has no part in
/// the order of versions.
struct semver {
  /// Major, minor, patch.
  std::array<uint64_t, 3> core{};
  /// The identifiers of "-rc.1"; empty for a release.
  std::vector<std::string> prerelease;

  friend bool operator==(const semver&, const semver&) = default;

  /// Precedence: section 11 of semver 2.0.0.
  friend std::strong_ordering operator<=>(const semver& x, const semver& y);
};

/// Reads "1.2.3-rc.1+build", all of it. None if it is no such version, or has a
/// number beyond 64 bits.
std::optional<semver> parse_semver(std::string_view text);

/// The same for an image's tag, which may begin with a "v".
std::optional<semver> parse_version_tag(std::string_view tag);

/// A set of versions, written as comparisons that must all hold, or several of
/// these with "||" between: ">=1.2 <2", "^1.4 || 3.x". Comparisons are `>`,
/// `>=`, `<`, `<=`, `=` (or nothing), `~` (the same minor version) and `^` (up
/// to the next breaking one); versions may lack minor and patch.
class semver_range {
public:
  /// @param why Where there is no result: what is wrong with it.
  static std::optional<semver_range>
  parse(std::string_view text, std::string& why);

  /// Whether it has a version. A prerelease only if a comparison names one of
  /// the same major, minor and patch.
  bool contains(const semver& x) const;

private:
  enum class relation { less, at_most, equal, at_least, greater };

  struct comparison {
    relation how = relation::equal;
    semver bound;
  };

  using all_of = std::vector<comparison>;

  static bool add_term(std::string_view text, all_of& out, std::string& why);
  static bool holds(const comparison& x, const semver& version);
  static bool holds(const all_of& xs, const semver& version);

  std::vector<all_of> any_of_;
};

} // namespace dw
