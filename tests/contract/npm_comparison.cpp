#include "tests/contract/npm_comparison.hpp"

#include <algorithm>
#include <map>
#include <regex>

namespace dw::test {

namespace {

using npm_standin::json;

/// Text that stands for any text of a form.
const std::map<std::string, std::regex>& placeholders() {
  static const std::map<std::string, std::regex> all{
    {"<JWT>", std::regex{R"([\w-]+\.[\w-]+\.[\w-]{300,})"}},
    {"<PEM>", std::regex{R"(-----BEGIN [A-Z ]+-----\n[^]+)"}},
    {"<TOTP_SECRET>", std::regex{"[A-Z2-7]{32}"}},
    {"<OTPAUTH_URL>", std::regex{"otpauth://totp/.+"}},
    {"<BACKUP_CODE>", std::regex{".{8}"}},
  };
  return all;
}

/// Replaces dates, process ids, directories and line numbers.
std::string without_accidents(std::string text) {
  static const std::pair<std::regex, const char*> rules[] = {
    {std::regex{R"(\d{4}([-/])\d\d[-/]\d\d)"}, "DATE$1"},
    {std::regex{R"(\d\d:\d\d:\d\d)"}, "TIME"},
    {std::regex{R"(TIME\.\d{3}Z)"}, "TIME_MS"},
    {std::regex{R"(\d+#\d+)"}, "PID"},
    {std::regex{R"(in /\S*/proxy_host/(\d+)\.conf:\d+)"}, "in HOST $1"},
    {std::regex{R"(file /\S*/nginx\.conf)"}, "file MAIN"},
  };
  for (const auto& [pattern, replacement] : rules)
    text = std::regex_replace(text, pattern, replacement);
  return text;
}

std::string below(const std::string& path, const std::string& name) {
  return std::string{path}.append("/").append(name);
}

class comparison {
public:
  explicit comparison(const std::set<std::string>& ignored)
    : ignored_(ignored) {
    // nop
  }

  void
  compare(const json& recorded, const json& actual, const std::string& path) {
    if (ignored_.contains(path))
      return;
    if (recorded.is_object() && actual.is_object())
      compare_members(recorded, actual, path);
    else if (recorded.is_array() && actual.is_array())
      compare_items(recorded, actual, path);
    else if (recorded.is_string() && actual.is_string())
      compare_texts(recorded, actual, path);
    else if (recorded.dump() != actual.dump())
      report(recorded, actual, path);
  }

  std::vector<std::string> found;

private:
  void
  report(const json& recorded, const json& actual, const std::string& path) {
    found.push_back(path + ": " + recorded.dump() + " became " + actual.dump());
  }

  void compare_members(const json& recorded, const json& actual,
                       const std::string& path) {
    for (const auto& [name, value] : recorded.members()) {
      const auto inner = below(path, name);
      if (const auto* other = actual.find(name))
        compare(value, *other, inner);
      else if (!ignored_.contains(inner))
        found.push_back(inner + " is missing");
    }
    for (const auto& [name, value] : actual.members())
      if (recorded.find(name) == nullptr)
        found.push_back(below(path, name) + " was not recorded");
  }

  void compare_items(const json& recorded, const json& actual,
                     const std::string& path) {
    const auto& left = recorded.items();
    const auto& right = actual.items();
    if (left.size() != right.size() && !ignored_.contains(path + "/#"))
      found.push_back(path + ": " + std::to_string(left.size())
                      + " items became " + std::to_string(right.size()));
    for (std::size_t i = 0; i < std::min(left.size(), right.size()); ++i)
      compare(left[i], right[i], below(path, std::to_string(i)));
  }

  void compare_texts(const json& recorded, const json& actual,
                     const std::string& path) {
    const auto i = placeholders().find(recorded.text());
    const auto equal = i != placeholders().end()
                         ? std::regex_match(actual.text(), i->second)
                         : without_accidents(recorded.text())
                             == without_accidents(actual.text());
    if (!equal)
      report(recorded, actual, path);
  }

  const std::set<std::string>& ignored_;
};

} // namespace

std::vector<std::string> differences(const json& recorded, const json& actual,
                                     const std::set<std::string>& ignored) {
  comparison run{ignored};
  run.compare(recorded, actual, "");
  return std::move(run.found);
}

} // namespace dw::test
