#include "actors/semver.hpp"

#include <boost/algorithm/string/classification.hpp>
#include <boost/algorithm/string/split.hpp>

#include <algorithm>
#include <charconv>
#include <limits>

namespace dw {

namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_number(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_digit);
}

// Without leading zeros, which no number of a version has.
bool is_plain_number(std::string_view text) {
  return is_number(text) && (text == "0" || text.front() != '0');
}

std::optional<uint64_t> parse_number(std::string_view text) {
  uint64_t result = 0;
  if (!is_plain_number(text))
    return std::nullopt;
  auto [end, error]
    = std::from_chars(text.data(), text.data() + text.size(), result);
  if (error != std::errc{} || result == std::numeric_limits<uint64_t>::max())
    return std::nullopt;
  return result;
}

std::vector<std::string> split(std::string_view text, const char* separator) {
  std::vector<std::string> result;
  boost::split(result, text, boost::is_any_of(separator));
  return result;
}

bool is_identifier(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
           || c == '-';
  });
}

// Takes what follows `mark` off the end of `text`. @returns whether each of its
// parts is an identifier.
bool take_identifiers(std::string_view& text, char mark,
                      std::vector<std::string>& out) {
  auto begin = text.find(mark);
  if (begin == std::string_view::npos)
    return true;
  out = split(text.substr(begin + 1), ".");
  text = text.substr(0, begin);
  return std::all_of(out.begin(), out.end(), is_identifier);
}

// A version of which minor and patch may be missing.
struct partial_version {
  semver version;
  size_t given = 0;

  bool is_complete() const {
    return given == 3;
  }

  // The first release that does not begin with the numbers up to `place`.
  semver next(size_t place) const {
    semver result;
    std::copy_n(version.core.begin(), place + 1, result.core.begin());
    ++result.core.at(place);
    return result;
  }

  semver next() const {
    return next(given - 1);
  }
};

bool is_wildcard(std::string_view text) {
  return text == "*" || text == "x" || text == "X";
}

std::optional<partial_version> parse_partial(std::string_view text) {
  partial_version result;
  std::vector<std::string> build;
  auto& prerelease = result.version.prerelease;
  if (!take_identifiers(text, '+', build)
      || !take_identifiers(text, '-', prerelease))
    return std::nullopt;
  for (const auto& x : prerelease)
    if (is_number(x) && !is_plain_number(x))
      return std::nullopt;
  auto numbers = split(text, ".");
  if (numbers.size() > 3)
    return std::nullopt;
  auto has_wildcard = false;
  for (const auto& x : numbers) {
    has_wildcard = has_wildcard || is_wildcard(x);
    if (has_wildcard && is_wildcard(x))
      continue;
    auto number = parse_number(x);
    if (has_wildcard || !number)
      return std::nullopt;
    result.version.core.at(result.given++) = *number;
  }
  auto has_more = !prerelease.empty() || !build.empty();
  if (has_more && !result.is_complete())
    return std::nullopt;
  return result;
}

std::strong_ordering
compare_identifiers(const std::string& x, const std::string& y) {
  if (is_number(x) != is_number(y))
    return is_number(x) ? std::strong_ordering::less
                        : std::strong_ordering::greater;
  // Numbers without leading zeros, of any length.
  if (is_number(x) && x.size() != y.size())
    return x.size() <=> y.size();
  return x.compare(y) <=> 0;
}

} // namespace

std::strong_ordering operator<=>(const semver& x, const semver& y) {
  if (x.core != y.core)
    return x.core < y.core ? std::strong_ordering::less
                           : std::strong_ordering::greater;
  // A release comes after its prereleases.
  if (x.prerelease.empty() || y.prerelease.empty())
    return x.prerelease.empty() <=> y.prerelease.empty();
  return std::lexicographical_compare_three_way(
    x.prerelease.begin(), x.prerelease.end(), y.prerelease.begin(),
    y.prerelease.end(), compare_identifiers);
}

std::optional<semver> parse_semver(std::string_view text) {
  auto result = parse_partial(text);
  if (!result || !result->is_complete())
    return std::nullopt;
  return std::move(result->version);
}

std::optional<semver> parse_version_tag(std::string_view tag) {
  return parse_semver(tag.substr(tag.starts_with('v') ? 1 : 0));
}

// -- semver_range -------------------------------------------------------------

namespace {

// The operator that a term begins with.
std::string_view operator_of(std::string_view term) {
  auto end = term.find_first_not_of("<>=~^");
  return term.substr(0, end);
}

// The words of a text, an operator together with the version after it.
std::vector<std::string> terms_of(std::string_view text) {
  std::vector<std::string> result;
  auto is_open = false;
  for (auto& word : split(text, " ")) {
    if (word.empty())
      continue;
    if (is_open)
      result.back() += word;
    else
      result.push_back(word);
    is_open = operator_of(result.back()) == result.back();
  }
  return result;
}

// What "^" reaches up to: the next version that may break what works.
semver next_breaking(const partial_version& x) {
  const auto& core = x.version.core;
  for (size_t place = 0; place + 1 < x.given; ++place)
    if (core.at(place) > 0)
      return x.next(place);
  return x.next();
}

// What a term reaches up to that has two ends.
semver end_of(std::string_view op, const partial_version& x) {
  if (op == "^")
    return next_breaking(x);
  return op == "~" ? x.next(std::min<size_t>(x.given, 2) - 1) : x.next();
}

bool is_operator(std::string_view text) {
  constexpr std::array<std::string_view, 8> known{
    "", "=", "<", "<=", ">", ">=", "~", "^"};
  return std::find(known.begin(), known.end(), text) != known.end();
}

} // namespace

bool semver_range::add_term(std::string_view text, all_of& out,
                            std::string& why) {
  auto op = operator_of(text);
  auto version = text.substr(op.size());
  auto x = parse_partial(version.substr(version.starts_with('v') ? 1 : 0));
  if (!x || !is_operator(op)) {
    why
      = x ? "it has an operator that is none" : "it has a version that is none";
    return false;
  }
  auto add = [&out](relation how, semver bound) {
    out.push_back({how, std::move(bound)});
  };
  auto is_exact = x->is_complete();
  if (x->given == 0) {
    why = "no version is below or above all others";
    add(relation::at_least, {});
    return op != "<" && op != ">";
  }
  if (op == "<") {
    add(relation::less, x->version);
  } else if (op == ">=") {
    add(relation::at_least, x->version);
  } else if (op == ">" || op == "<=") {
    auto is_below = op == "<=";
    if (is_exact)
      add(is_below ? relation::at_most : relation::greater, x->version);
    else
      add(is_below ? relation::less : relation::at_least, x->next());
  } else if (is_exact && op != "^" && op != "~") {
    add(relation::equal, x->version);
  } else {
    add(relation::at_least, x->version);
    add(relation::less, end_of(op, *x));
  }
  return true;
}

std::optional<semver_range>
semver_range::parse(std::string_view text, std::string& why) {
  semver_range result;
  for (;;) {
    auto end = text.find("||");
    all_of set;
    for (const auto& term : terms_of(text.substr(0, end)))
      if (!add_term(term, set, why))
        return std::nullopt;
    if (set.empty()) {
      why = "it is empty";
      return std::nullopt;
    }
    result.any_of_.push_back(std::move(set));
    if (end == std::string_view::npos)
      return result;
    text.remove_prefix(end + 2);
  }
}

bool semver_range::contains(const semver& x) const {
  return std::any_of(any_of_.begin(), any_of_.end(),
                     [&x](const auto& set) { return holds(set, x); });
}

bool semver_range::holds(const comparison& x, const semver& version) {
  auto order = version <=> x.bound;
  switch (x.how) {
    case relation::less:
      return std::is_lt(order);
    case relation::at_most:
      return std::is_lteq(order);
    case relation::equal:
      return std::is_eq(order);
    case relation::at_least:
      return std::is_gteq(order);
    case relation::greater:
      return std::is_gt(order);
  }
  return false;
}

bool semver_range::holds(const all_of& xs, const semver& version) {
  auto names_it = [&version](const comparison& x) {
    return !x.bound.prerelease.empty() && x.bound.core == version.core;
  };
  auto is_wanted
    = version.prerelease.empty() || std::any_of(xs.begin(), xs.end(), names_it);
  return is_wanted && std::all_of(xs.begin(), xs.end(), [&](const auto& x) {
           return holds(x, version);
         });
}

} // namespace dw
